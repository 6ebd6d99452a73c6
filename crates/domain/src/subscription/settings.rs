//! What the owner of a subscription can set.

use rules::Filter;
use serde::{Deserialize, Serialize};

use super::{EventTypes, Format};
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
    /// In which form deliveries are sent.
    #[serde(default, skip_serializing_if = "Format::is_default")]
    pub format: Format,
    /// Whether the endpoint has to agree before anything is delivered to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verify_endpoint: bool,
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
