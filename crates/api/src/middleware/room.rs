//! How many requests may be under way at once, and for how long.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::problem::{Kind, Problem};

/// When a caller that found no room should come back, in seconds.
const RETRY_AFTER_S: u64 = 1;

/// The room for requests.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    places: Arc<Semaphore>,
    deadline: Duration,
}

impl Room {
    /// For so many requests at once, each for no longer than `deadline`.
    pub(crate) fn new(places: usize, deadline: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))), deadline }
    }

    /// Does `work` if there is room, within the deadline; answers 503 otherwise, at once rather than in a queue.
    pub(crate) async fn serve(&self, work: impl Future<Output = Response>) -> Response {
        let Ok(_place) = self.places.try_acquire() else {
            return Problem::new(Kind::Unavailable, "as many requests as the service takes are under way")
                .retry_after(RETRY_AFTER_S)
                .into_response();
        };
        match timeout(self.deadline, work).await {
            Ok(response) => response,
            Err(_) => Problem::new(
                Kind::Unavailable,
                format!(
                    "the request was given up after {} s; it may or may not have taken effect",
                    self.deadline.as_secs()
                ),
            )
            .retry_after(RETRY_AFTER_S)
            .into_response(),
        }
    }
}

/// Serves the request if there is room; see [`Room::serve`].
pub(crate) async fn within_room(State(room): State<Room>, request: Request, next: Next) -> Response {
    room.serve(next.run(request)).await
}
