//! One layer around every request; several would each cost allocations, and publishing is called very often.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::IdSource;
use http::HeaderValue;

use super::context::{self, CallContext, REQUEST_ID};
use super::headers;
use super::observe::{Asked, Meters};

/// What every request gets.
#[derive(Clone)]
pub(crate) struct Surroundings {
    ids: Arc<dyn IdSource>,
    meters: Meters,
}

impl Surroundings {
    /// Must be made after the recorder was installed.
    pub(crate) fn new(ids: Arc<dyn IdSource>) -> Self {
        Self { ids, meters: Meters::new() }
    }
}

/// A request that is under way.
pub(crate) struct Begun {
    started: Instant,
    call: CallContext,
    id: HeaderValue,
    asked: Asked,
}

impl Begun {
    /// Reads or makes the request's id.
    pub(crate) fn new(surroundings: &Surroundings, request: &Request, asked: Asked) -> Self {
        let started = Instant::now();
        let (call, id) = context::read(request.headers(), &*surroundings.ids);
        Self { started, call, id, asked }
    }

    /// What handlers want to know of it.
    pub(crate) fn call(&self) -> CallContext {
        self.call.clone()
    }

    /// Sends the id back as `X-Request-Id`, adds safe headers, counts and logs.
    pub(crate) fn end(self, surroundings: &Surroundings, mut response: Response) -> Response {
        let Self { started, call, id, asked } = self;
        headers::secure(response.headers_mut());
        response.headers_mut().insert(REQUEST_ID, id);
        surroundings.meters.note(&asked, &call, response.status(), started.elapsed());
        response
    }
}

/// Does around whatever the router leads to what [`Begun`] does.
pub(crate) async fn surround(
    State(surroundings): State<Surroundings>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Begun::new(&surroundings, &request, Asked::of(&request));
    request.extensions_mut().insert(begun.call());
    begun.end(&surroundings, next.run(request).await)
}
