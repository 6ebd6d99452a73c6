//! A request that arrived at a receiver, and what can be asked of it.

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use serde::Deserialize;
use serde_json::value::RawValue;
use signature::{Rejection, UnixSeconds, Verified, Verifier};

use super::Answer;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// When its body was complete, in microseconds since the Unix epoch.
    pub at_micros: u64,
    /// How it was sent.
    pub method: Method,
    /// Where to.
    pub uri: Uri,
    /// All headers.
    pub headers: HeaderMap,
    /// The exact bytes of the body.
    pub body: Bytes,
    /// What the receiver answered.
    pub answer: Answer,
}

/// The body of a webhook, taken apart but not changed: raw parts are the bytes that were sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope<'a> {
    /// The event's id.
    pub id: String,
    /// The event's type.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The version of the type.
    pub version: u32,
    /// What the schema of that version is called, if one is registered.
    #[serde(default)]
    pub schema: Option<String>,
    /// Where it came from.
    pub source: String,
    /// When it happened, as RFC 3339.
    pub timestamp: String,
    /// The data, byte for byte.
    #[serde(borrow)]
    pub data: &'a RawValue,
    /// The publisher's metadata, byte for byte.
    #[serde(borrow, default)]
    pub metadata: Option<&'a RawValue>,
}

impl Received {
    /// The header of this name.
    ///
    /// # Panics
    /// If it is missing or not text.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("the request has no header {name}"));
        value.to_str().unwrap_or_else(|_| panic!("the header {name} is not text"))
    }

    /// `webhook-id`: the same for every attempt of a delivery.
    pub fn webhook_id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body, taken apart.
    ///
    /// # Panics
    /// If it is not the body of a webhook.
    pub fn envelope(&self) -> Envelope<'_> {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("not the body of a webhook ({error}): {}", String::from_utf8_lossy(&self.body))
        })
    }

    /// Judges the signature as an integrator does, with `secrets` separated by spaces, at the time of arrival.
    pub fn verify(&self, secrets: &str) -> Result<Verified, Rejection> {
        let verifier: Verifier = secrets.parse().expect("a test knows secrets that can be read");
        verifier.verify(&self.headers, &self.body, UnixSeconds::new(self.at_micros / 1_000_000))
    }
}
