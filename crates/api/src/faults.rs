//! Faults: what should have worked and did not. Logged here, once, with its causes; the caller learns no more than
//! that it happened, and whether trying again may help.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use app::{Error, Fault, Refused};
use tracing::error;

use crate::middleware::CallContext;
use crate::problem::{Kind, Problem};

/// When a caller should try again after a passing fault.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(2);

/// An error and its causes, from the outside in.
struct Chain<'a>(&'a (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(inner) = cause {
            write!(f, ": {inner}")?;
            cause = inner.source();
        }
        Ok(())
    }
}

/// Logs a fault with all its causes under the request's id.
pub(crate) fn log(fault: &(dyn StdError + 'static), request_id: &str) {
    error!(request.id = request_id, fault = %Chain(fault), "a request failed");
}

/// The problem that a use case's error is, where it is not a refusal of its own.
pub(crate) fn problem<R: Refused>(error: Error<R>, call: &CallContext) -> Problem {
    match error {
        Error::Forbidden { .. } => Problem::new(Kind::Forbidden, error.to_string()),
        Error::Overloaded { why, retry_after } => {
            Problem::new(Kind::Unavailable, why).retry_after(whole_seconds(retry_after))
        }
        Error::ShareTaken { why, retry_after } => {
            Problem::new(Kind::TooManyRequests, why).retry_after(whole_seconds(retry_after))
        }
        Error::Refused(refusal) => Problem::new(Kind::InvalidEvent, refusal.to_string()),
        Error::Failed(fault) => failed(&fault, call),
    }
}

fn failed(fault: &Fault, call: &CallContext) -> Problem {
    log(fault, &call.request_id);
    if fault.is_temporary() {
        Problem::new(Kind::Unavailable, "the service cannot do this at the moment")
            .retry_after(whole_seconds(RETRY_AFTER))
    } else {
        Problem::new(Kind::Internal, "the request could not be completed")
    }
}

/// At least one second, since `Retry-After` has no fractions.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0).max(u64::from(duration.is_zero()))
}
