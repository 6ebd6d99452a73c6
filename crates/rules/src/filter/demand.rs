//! What a filter demands of one place, so that many filters can be found by it instead of being asked one by one.

use std::borrow::Cow;

use super::clause::Clause;
use super::condition::{Condition, Test};
use super::path::Path;
use super::scalar::Scalar;
use super::tree::Filter;
use crate::event::ParsedEvent;
use crate::json::Value;

/// A filter accepts no event but those that hold one of these texts in one place.
///
/// It is a necessary condition, not a sufficient one: whoever is found by it must still be asked.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'f> {
    path: &'f Path,
    texts: Texts<'f>,
}

#[derive(Debug, Clone, Copy)]
enum Texts<'f> {
    One(&'f str),
    Several(&'f [Scalar]),
}

impl Filter {
    /// What the filter demands: its own condition, or the first such among those that it joins by `and`.
    pub fn demand(&self) -> Option<Demand<'_>> {
        Demand::of(self.clause())
    }
}

impl<'f> Demand<'f> {
    fn of(clause: &'f Clause) -> Option<Self> {
        match clause {
            Clause::And(clauses) => clauses.iter().find_map(Self::of),
            Clause::Condition(Condition { path, .. }) if path.has_star() => None,
            Clause::Condition(Condition { path, test: Test::Equals(Scalar::String(text)) }) => {
                Some(Self { path, texts: Texts::One(text) })
            }
            Clause::Condition(Condition { path, test: Test::In(list) }) => {
                let texts_only = list.items().iter().all(|item| matches!(item, Scalar::String(_)));
                texts_only.then(|| Self { path, texts: Texts::Several(list.items()) })
            }
            Clause::Condition(_) | Clause::Or(_) | Clause::Not(_) => None,
        }
    }

    /// The place, as paths are written.
    pub fn path(&self) -> &'f str {
        self.path.as_str()
    }

    /// The texts, one of which must be there.
    pub fn texts(&self) -> impl Iterator<Item = &'f str> {
        let (one, several) = match self.texts {
            Texts::One(text) => (Some(text), [].as_slice()),
            Texts::Several(list) => (None, list),
        };
        let text = |scalar: &'f Scalar| match scalar {
            Scalar::String(text) => Some(&**text),
            Scalar::Null | Scalar::Bool(_) | Scalar::Number(_) => None,
        };
        one.into_iter().chain(several.iter().filter_map(text))
    }

    /// The text that `event` holds there; none if something else is there, or nothing.
    pub fn found<'d>(&self, event: &'d ParsedEvent<'_>) -> Option<Cow<'d, str>> {
        let mut found = None;
        self.path.any(event, |value| {
            if let Value::String(text) = value {
                found = Some(text.read());
            }
            found.is_some()
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Event;

    fn event(data: &str) -> ParsedEvent<'_> {
        ParsedEvent::new(Event { event_type: "a.b", version: 1, source: "/", data, metadata: "" })
    }

    fn demand(filter: &str) -> Option<(String, Vec<String>)> {
        let filter = Filter::parse(filter).unwrap();
        let demand = filter.demand()?;
        Some((demand.path().to_owned(), demand.texts().map(str::to_owned).collect()))
    }

    #[test]
    fn an_equality_with_a_text_is_demanded_alone_or_among_others() {
        let model = Some(("data.model".to_owned(), vec!["x".to_owned()]));
        assert_eq!(demand(r#"{"path":"data.model","equals":"x"}"#), model);
        let both = r#"{"and":[{"path":"data.ms","gt":1},{"and":[{"path":"$.data['model']","equals":"x"}]}]}"#;
        assert_eq!(demand(both), model);
        let listed = demand(r#"{"path":"source","in":["/a","/b"]}"#).unwrap();
        assert_eq!(listed, ("source".into(), vec!["/a".into(), "/b".into()]));
    }

    #[test]
    fn what_may_be_met_otherwise_is_not_demanded() {
        for filter in [
            r#"{"or":[{"path":"data.a","equals":"x"},{"path":"data.b","equals":"y"}]}"#,
            r#"{"not":{"path":"data.a","equals":"x"}}"#,
            r#"{"path":"data.a[*]","equals":"x"}"#,
            r#"{"path":"data.a","equals":1}"#,
            r#"{"path":"data.a","in":["x",null]}"#,
            r#"{"path":"data.a","not_equals":"x"}"#,
        ] {
            assert_eq!(demand(filter), None, "{filter}");
        }
    }

    proptest! {
        #[test]
        fn an_event_that_is_accepted_holds_what_was_demanded(
            wanted in proptest::collection::vec("[ab\u{e9}\u{fffd}\\\\\"]{0,3}", 1..4),
            held in prop_oneof![
                "[ab\u{e9}\u{fffd}\\\\\"]{0,3}".prop_map(|text| serde_json::to_string(&text).unwrap()),
                Just(r#""\u0061""#.to_owned()),
                Just(r#""\ud800""#.to_owned()),
                Just("[\"a\"]".to_owned()),
                Just("1".to_owned()),
            ],
        ) {
            let filter = serde_json::json!({ "path": "data.a", "in": wanted }).to_string();
            let filter = Filter::parse(&filter).unwrap();
            let data = format!(r#"{{"a":{held}}}"#);
            let event = event(&data);
            let demand = filter.demand().unwrap();
            let found = demand.found(&event);
            let holds = found.is_some_and(|found| demand.texts().any(|text| text == found));
            prop_assert_eq!(filter.matches(&event), holds);
        }
    }
}
