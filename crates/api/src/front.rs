//! The API as a service.
//!
//! Publishing goes straight to its handler: on the way through the router a request passes a dozen boxed services, which
//! for a call that is made thousands of times a second took as long as reading and checking the event. What happens
//! around it is the same, by the same functions.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::{BoxError, Extension, Router};
use bytes::Bytes;
use futures_util::FutureExt;
use http::Method;
use tower::Service;

use crate::middleware::{Asked, Begun, PUBLISH_PATH, Room, Surroundings, answer_panic};
use crate::router::router;
use crate::{ApiState, events};

/// Everything that is served. Cheap to clone.
#[derive(Clone)]
pub struct Front(Arc<Inner>);

struct Inner {
    state: ApiState,
    surroundings: Surroundings,
    room: Room,
    router: Router,
}

impl Front {
    /// The API over `state`, with other paths beside its own: the console's pages. What surrounds requests surrounds
    /// theirs too. Must be made after the recorder of metrics was installed.
    pub fn new(state: ApiState, beside: Router) -> Self {
        let room = Room::new(state.config().requests_max, state.config().request_deadline);
        let surroundings = Surroundings::new(state.ids());
        let router = router(state.clone(), room.clone(), surroundings.clone(), beside);
        Self(Arc::new(Inner { state, surroundings, room, router }))
    }
}

impl Inner {
    /// Publishes with all that the router's layers would do around it.
    async fn publish(&self, request: Request) -> Response {
        let begun = Begun::new(&self.surroundings, &request, Asked::publish());
        // On the heap at once: it is large, and each of the futures around it would be made by moving it.
        let accept = Box::pin(events::accept(State(self.state.clone()), Extension(begun.call()), request));
        let accepted = AssertUnwindSafe(self.room.serve(accept)).catch_unwind().await;
        begun.end(&self.surroundings, accepted.unwrap_or_else(answer_panic))
    }
}

impl<B> Service<http::Request<B>> for Front
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let request = request.map(Body::new);
        if request.method() == Method::POST && request.uri().path() == PUBLISH_PATH {
            let inner = self.0.clone();
            return Box::pin(async move { Ok(inner.publish(request).await) });
        }
        Box::pin(self.0.router.clone().call(request))
    }
}
