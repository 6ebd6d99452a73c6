//! Counts and logs requests. Bodies, queries and credentials are never part of it.

use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use http::{Method, StatusCode};
use metrics::{Counter, Histogram, counter, histogram};
use tracing::debug;

use super::CallContext;

/// The route that nothing matched.
const NO_ROUTE: &str = "none";

/// Where events are published. Its requests are most by far: what counts them is looked up once.
pub(crate) const PUBLISH_PATH: &str = "/v1/events";

/// Counts requests.
#[derive(Clone)]
pub(crate) struct Meters {
    accepted: Counter,
    accepted_seconds: Histogram,
}

/// A request as it is counted.
pub(crate) struct Asked {
    route: Route,
    method: &'static str,
}

enum Route {
    Publish,
    Matched(MatchedPath),
    None,
}

impl Route {
    fn as_str(&self) -> &str {
        match self {
            Self::Publish => PUBLISH_PATH,
            Self::Matched(path) => path.as_str(),
            Self::None => NO_ROUTE,
        }
    }
}

impl Asked {
    /// A call that publishes events.
    pub(crate) const fn publish() -> Self {
        Self { route: Route::Publish, method: "POST" }
    }

    pub(super) fn of(request: &Request) -> Self {
        let method = match *request.method() {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            _ => "other",
        };
        let route = request.extensions().get::<MatchedPath>().cloned().map_or(Route::None, Route::Matched);
        Self { route, method }
    }
}

impl Meters {
    /// Must be made after the recorder was installed.
    pub(crate) fn new() -> Self {
        let (counter, histogram) = meters_of(PUBLISH_PATH, "POST", StatusCode::ACCEPTED);
        Self { accepted: counter, accepted_seconds: histogram }
    }

    /// Notes how a request was answered, and how long that took.
    pub(super) fn note(&self, asked: &Asked, call: &CallContext, status: StatusCode, elapsed: Duration) {
        let (method, route) = (asked.method, asked.route.as_str());
        debug!(
            request.id = &*call.request_id,
            http.method = method,
            http.route = route,
            http.status = status.as_u16(),
            duration_ms = elapsed.as_secs_f64() * 1_000.0,
            "answered a request"
        );
        if status == StatusCode::ACCEPTED && route == PUBLISH_PATH && method == "POST" {
            self.accepted.increment(1);
            self.accepted_seconds.record(elapsed);
        } else {
            let (counter, histogram) = meters_of(route, method, status);
            counter.increment(1);
            histogram.record(elapsed);
        }
    }
}

fn meters_of(route: &str, method: &'static str, status: StatusCode) -> (Counter, Histogram) {
    let (route, status) = (route.to_owned(), status.as_str().to_owned());
    (
        counter!("hookledger_http_requests_total", "route" => route.clone(), "method" => method, "status" => status),
        histogram!("hookledger_http_request_duration_seconds", "route" => route, "method" => method),
    )
}
