//! What owners give.

use domain::policy::{Limits, RetryPolicy};
use domain::subscription::{EventTypes, Format, Scheme};
use domain::{Description, Filter, Labels};
use secrecy::SecretString;

/// A wish for a subscription.
#[derive(Debug, Clone)]
pub struct NewSubscription {
    /// Where deliveries go; judged by the address policy.
    pub endpoint: String,
    /// Which types of event are wanted.
    pub event_types: EventTypes,
    /// Which of those events, by their content; all if `None`.
    pub filter: Option<Filter>,
    /// Names and values of headers to add to each request.
    pub headers: Vec<(String, SecretString)>,
    /// In which form deliveries are sent.
    pub format: Format,
    /// Whether the endpoint has to agree before anything is delivered to it.
    pub verify_endpoint: bool,
    /// When failed attempts are followed by others.
    pub retry: RetryPolicy,
    /// How hard the endpoint may be pressed.
    pub limits: Limits,
    /// What it is for.
    pub description: Description,
    /// The owner's own labels.
    pub metadata: Labels,
    /// What it signs with.
    pub secret: NewSecret,
    /// Whether it delivers from the start, or waits to be activated.
    pub active: bool,
}

/// A wish for a secret to sign with.
#[derive(Debug, Clone, Default)]
pub struct NewSecret {
    /// How to sign. If `None`, as the owner's secret says, else as the subscription does already, else HMAC-SHA256.
    pub scheme: Option<Scheme>,
    /// The owner's own secret, `whsec_…` of 24 to 64 bytes for HMAC or `whsk_…` for ed25519; generated if `None`.
    pub own: Option<SecretString>,
}

/// Changes of a subscription; what is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Deliver elsewhere.
    pub endpoint: Option<String>,
    /// Want other types.
    pub event_types: Option<EventTypes>,
    /// Want other events of those types; `Some(None)` wants all.
    pub filter: Option<Option<Filter>>,
    /// Add other headers.
    pub headers: Option<HeaderChange>,
    /// Send in another form.
    pub format: Option<Format>,
    /// Wait for the endpoint's consent, or do not.
    pub verify_endpoint: Option<bool>,
    /// Retry at other times.
    pub retry: Option<RetryPolicy>,
    /// Press the endpoint harder or less hard.
    pub limits: Option<Limits>,
    /// Describe it anew.
    pub description: Option<Description>,
    /// Label it anew.
    pub metadata: Option<Labels>,
}

/// A change of the headers. Their values cannot be read back, so single ones can be changed beside others.
#[derive(Debug, Clone)]
pub enum HeaderChange {
    /// These and no others.
    Replace(Vec<(String, SecretString)>),
    /// Some of them.
    Patch {
        /// Add these, or give them new values.
        set: Vec<(String, SecretString)>,
        /// Remove those with these names; names that are not there are ignored.
        remove: Vec<String>,
    },
}
