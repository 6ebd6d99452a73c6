//! The same steps, as cqrs-es wants them.
//!
//! cqrs-es carries payloads as [`Value`], which forgets digits and key order, and hands an event's decoder the payload
//! without its type. So two shapes are ours: an *exact* payload is its text in a list of one, and a *marked* one is
//! `[type, version, text]`, made by the last upcaster of every list.

use std::borrow::Cow;
use std::sync::Arc;

use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use serde_json::Value;

use super::{Step, Upcasters};

/// A payload that survives being a [`Value`].
pub(crate) fn exact(payload: &str) -> Value {
    Value::Array(vec![payload.into()])
}

/// The text of a payload, exact or (from somebody else's repository) not. No record's payload is a list.
pub(crate) fn text_of(payload: &Value) -> Cow<'_, str> {
    match payload.as_array().map(Vec::as_slice) {
        Some([Value::String(text)]) => text.into(),
        _ => payload.to_string().into(),
    }
}

/// Type, version and text of a payload that every upcaster has seen.
pub(crate) fn marked(payload: &Value) -> Option<(&str, u16, &str)> {
    match payload.as_array()?.as_slice() {
        [Value::String(record_type), version, Value::String(text)] => {
            Some((record_type, u16::try_from(version.as_u64()?).ok()?, text))
        }
        _ => None,
    }
}

impl Upcasters {
    /// The steps for `PersistedEventStore::with_upcasters`, whatever repository it is over.
    pub fn for_cqrs(&self) -> Vec<Box<dyn EventUpcaster>> {
        let steps = self
            .chains
            .values()
            .flatten()
            .map(|step| Box::new(Shared(step.clone())) as Box<dyn EventUpcaster>);
        steps.chain([Box::new(Mark) as Box<dyn EventUpcaster>]).collect()
    }
}

/// A step that the hot path uses too.
struct Shared(Arc<Step>);

impl EventUpcaster for Shared {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        event_type == self.0.record_type && event_version.parse() == Ok(self.0.from)
    }

    /// A payload that cannot be lifted keeps its version, which its decoder then refuses by name.
    fn upcast(&self, event: SerializedEvent) -> SerializedEvent {
        match self.0.apply(&text_of(&event.payload)) {
            Ok(lifted) => SerializedEvent {
                payload: exact(&lifted),
                event_version: self.0.from.saturating_add(1).to_string(),
                ..event
            },
            Err(_) => event,
        }
    }
}

/// Writes type and version into the payload, for the decoder.
struct Mark;

impl EventUpcaster for Mark {
    fn can_upcast(&self, _event_type: &str, event_version: &str) -> bool {
        event_version.parse::<u16>().is_ok()
    }

    fn upcast(&self, event: SerializedEvent) -> SerializedEvent {
        let version: u16 = event.event_version.parse().unwrap_or(0);
        let payload = vec![event.event_type.as_str().into(), version.into(), text_of(&event.payload).into()];
        SerializedEvent { payload: Value::Array(payload), ..event }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::counted;
    use super::*;

    fn lifted(version: &str, payload: Value) -> Value {
        let event = SerializedEvent::new(
            "id".into(),
            1,
            "test".into(),
            "test.counted".into(),
            version.into(),
            payload,
            Value::Null,
        );
        // What `PersistedEventStore` does with its list.
        let fold = |event: SerializedEvent, upcaster: &dyn EventUpcaster| {
            if upcaster.can_upcast(&event.event_type, &event.event_version) {
                upcaster.upcast(event)
            } else {
                event
            }
        };
        counted().for_cqrs().iter().map(Box::as_ref).fold(event, fold).payload
    }

    #[test]
    fn cqrs_repositories_see_the_same_lifted_payload_as_the_hot_path() {
        for (version, text) in [(1, r#"{"n":1.10}"#), (2, r#"{"count":2}"#), (3, r#"{"count":3,"unit":"t"}"#)]
        {
            let hot = counted().lift("test.counted", version, text).unwrap().1.into_owned();
            let payload = lifted(&version.to_string(), exact(text));
            assert_eq!(marked(&payload), Some(("test.counted", 3, hot.as_str())));
        }
    }

    #[test]
    fn payloads_of_another_repository_are_lifted_too() {
        let payload = lifted("1", serde_json::json!({ "n": 1 }));
        assert_eq!(marked(&payload), Some(("test.counted", 3, r#"{"count":1,"unit":"pieces"}"#)));
    }

    #[test]
    fn what_cannot_be_lifted_keeps_its_version() {
        assert_eq!(marked(&lifted("1", exact("{}"))), Some(("test.counted", 1, "{}")));
    }
}
