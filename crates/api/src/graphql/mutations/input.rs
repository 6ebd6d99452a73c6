//! From what callers give to words of the domain, with a refusal for each thing that is none.

use std::collections::BTreeMap;

use async_graphql::{ID, InputObject};
use domain::{Description, EventType, IdError, Labels, Name};

use crate::graphql::model::refusal::Refusals;

/// A label that the owner gives to a thing.
#[derive(InputObject)]
pub(super) struct LabelInput {
    /// What it is called: 1 to 64 characters.
    key: String,
    /// What it says: at most 512 characters.
    value: String,
}

impl Refusals {
    /// The id in `field`.
    pub(super) fn id<T: std::str::FromStr<Err = IdError>>(&mut self, field: &str, id: &ID) -> Option<T> {
        self.take(field, "id", id.parse::<T>())
    }

    /// The name in `field`.
    pub(super) fn name(&mut self, field: &str, text: &str) -> Option<Name> {
        self.take(field, "name", Name::new(text))
    }

    /// The description, or note, in `field`.
    pub(super) fn text(&mut self, field: &str, text: Option<&str>) -> Option<Description> {
        self.take(field, "text", Description::new(text.unwrap_or_default()))
    }

    /// The type of event in `field`.
    pub(super) fn event_type(&mut self, field: &str, text: &str) -> Option<EventType> {
        self.take(field, "event_type", EventType::parse(text))
    }

    /// The labels in `field`.
    pub(super) fn labels(&mut self, field: &str, labels: Vec<LabelInput>) -> Option<Labels> {
        let given = labels.len();
        let map: BTreeMap<_, _> = labels.into_iter().map(|label| (label.key, label.value)).collect();
        if map.len() < given {
            self.add(field, "label_repeated", "a label is given more than once");
            return None;
        }
        self.take(field, "label", Labels::try_from(map))
    }
}
