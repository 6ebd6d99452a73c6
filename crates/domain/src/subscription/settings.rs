//! What the owner of a subscription can set.

use rules::{EventType, Filter, TypePattern};
use serde::{Deserialize, Serialize};

use crate::endpoint::{EndpointUrl, Headers};
use crate::policy::{Limits, RetryPolicy};
use crate::text::{Description, Labels};

/// Everything the owner sets, apart from secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Where deliveries go.
    pub endpoint: EndpointUrl,
    /// Which types of event are wanted.
    pub event_types: EventTypes,
    /// Which of those events, by their content; all if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Headers added to each request.
    #[serde(default, skip_serializing_if = "Headers::is_empty")]
    pub headers: Headers,
    /// When failed attempts are followed by others.
    #[serde(default)]
    pub retry: RetryPolicy,
    /// How hard the endpoint may be pressed.
    #[serde(default)]
    pub limits: Limits,
    /// What it is for.
    #[serde(default)]
    pub description: Description,
    /// The owner's own labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub metadata: Labels,
}

/// Why a set of event types was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found} event types given, between 1 and {max} are allowed; use \"*\" for all", max = EventTypes::COUNT_MAX)]
pub struct EventTypesError {
    /// How many there are.
    pub found: usize,
}

/// The wanted types: 1 to 64 exact names or patterns such as `benchmark.*`, in order, without repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<TypePattern>", into = "Vec<TypePattern>")]
pub struct EventTypes(Vec<TypePattern>);

impl EventTypes {
    /// The most patterns.
    pub const COUNT_MAX: usize = 64;

    /// The patterns.
    pub fn patterns(&self) -> &[TypePattern] {
        &self.0
    }

    /// Whether one of them accepts `event_type`.
    pub fn accept(&self, event_type: &EventType) -> bool {
        self.0.iter().any(|pattern| pattern.matches(event_type))
    }
}

impl TryFrom<Vec<TypePattern>> for EventTypes {
    type Error = EventTypesError;

    fn try_from(patterns: Vec<TypePattern>) -> Result<Self, EventTypesError> {
        if !(1..=Self::COUNT_MAX).contains(&patterns.len()) {
            return Err(EventTypesError { found: patterns.len() });
        }
        let mut unique = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            if !unique.contains(&pattern) {
                unique.push(pattern);
            }
        }
        Ok(Self(unique))
    }
}

impl From<EventTypes> for Vec<TypePattern> {
    fn from(types: EventTypes) -> Self {
        types.0
    }
}
