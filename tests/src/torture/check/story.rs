//! What is recorded of a delivery and what arrived, for whoever has to find out what happened.

use std::fmt::Write as _;

use super::attempts::gave;
use super::{Attempt, Delivery, Freeze};
use crate::Received;

/// A line for each attempt in the order of the ledger, each request as its receiver noted it, and each freeze of the run. Times
/// are microseconds since the Unix epoch.
pub(super) fn of(delivery: &Delivery, requests: &[&Received], freezes: &[Freeze]) -> String {
    let attempts = delivery.attempts.iter().map(of_attempt);
    let received =
        |request: &&Received| format!("received at {}, answered {:?}", request.at_micros, gave(request));
    let stood_still = |freeze: &Freeze| {
        let Freeze { from, to, head, .. } = freeze;
        format!("a node stood still from {from} to {to}, from position {head} on")
    };
    let lines = attempts.chain(requests.iter().map(received)).chain(freezes.iter().map(stood_still));
    lines.fold(String::new(), |mut story, line| {
        // Writing to a text cannot fail.
        let _ = write!(story, "\n    {line}");
        story
    })
}

fn of_attempt(attempt: &Attempt) -> String {
    let Attempt { position, number, started_at, took_us, status, failure, lease, .. } = attempt;
    let outcome = status.map_or_else(|| failure.clone().unwrap_or_default(), |status| status.to_string());
    let lease =
        lease.map_or_else(String::new, |lease| format!(", lane {} epoch {}", lease.lane, lease.epoch));
    format!("position {position}: attempt {number} at {started_at}, {took_us} µs, {outcome}{lease}")
}
