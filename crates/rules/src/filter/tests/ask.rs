//! Short ways to ask filters about events.

use crate::{Event, Filter, ParsedEvent};

/// A benchmark's event with these data.
pub(super) fn event(data: &str) -> Event<'_> {
    Event {
        event_type: "benchmark.completed",
        version: 1,
        source: "https://bench.example",
        data,
        metadata: "",
    }
}

/// The text of a filter that is one condition.
pub(super) fn condition(path: &str, operator: &str, operand: &str) -> String {
    format!(r#"{{"path":"{path}","{operator}":{operand}}}"#)
}

/// Whether a filter accepts an event with these data.
pub(super) fn accepts(filter: &str, data: &str) -> bool {
    accepts_event(filter, event(data))
}

/// Whether a filter accepts an event; the explanation must agree.
pub(super) fn accepts_event(filter: &str, event: Event<'_>) -> bool {
    let parsed = ParsedEvent::new(event);
    let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    let matched = filter.matches(&parsed);
    let explanation = filter.explain(&parsed);
    assert_eq!(explanation.matched, matched, "{filter:?} {event:?} {explanation:?}");
    assert!(!explanation.reasons().is_empty());
    matched
}
