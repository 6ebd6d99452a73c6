//! The seam between those who decide what to send and the network.
//!
//! [`crate::Client`] is the real one; a simulation implements the trait to drive the engine without sockets.

use async_trait::async_trait;

use crate::failure::Failure;
use crate::request::Request;
use crate::response::Response;

/// What became of a request. The failure is boxed because it is large and rare.
pub type Outcome = Result<Response, Box<Failure>>;

/// Sends requests, one at most for each call.
///
/// An implementation never sends a request twice, ends within the request's deadlines, and is safe to drop
/// in the middle: what was on its way then may or may not have arrived.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and waits for what comes back.
    async fn send(&self, request: Request) -> Outcome;
}
