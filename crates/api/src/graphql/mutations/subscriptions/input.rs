//! What a subscription is described with.

use app::subscriptions::{HeaderChange, NewSecret};
use async_graphql::{InputObject, OneofObject};
use domain::Filter;
use domain::policy::{Backoff, Limits, LimitsFields, RetryPolicy, RetryPolicyFields};
use domain::subscription::{EventTypes, WantedType};
use secrecy::SecretString;

use crate::graphql::model::refusal::Refusals;
use crate::graphql::model::scalars::Json;
use crate::graphql::model::subscription::Scheme;

/// A header to add to each request.
#[derive(InputObject)]
pub(super) struct HeaderInput {
    /// Its name: letters, digits, `-` and `_`, at most 64; not one that Hookledger or HTTP itself sets.
    name: String,
    /// Its value: visible ASCII, at most 1,024 characters. It is encrypted and cannot be read back.
    value: String,
}

/// How headers change. Their values cannot be read back, so single ones can be changed beside the others.
#[derive(InputObject)]
pub(super) struct HeaderChangesInput {
    /// These and no others. Not together with `set` and `remove`.
    replace: Option<Vec<HeaderInput>>,
    /// Add these, or give them new values.
    set: Option<Vec<HeaderInput>>,
    /// Remove those with these names.
    remove: Option<Vec<String>>,
}

/// When a failed attempt is followed by another. What is left out takes its default, not its present value.
#[derive(InputObject)]
pub(crate) struct RetryPolicyInput {
    /// How long to wait before each attempt after the first; by default 5 s, then 4 times as long each time, at most 6 h.
    backoff: Option<BackoffInput>,
    /// How many attempts there are in all, the first included: 1 to 100, by default 11. A list of delays has as many
    /// attempts as delays and one, or fewer if this says so.
    attempts_max: Option<u32>,
    /// No retry is planned later than this after the event was accepted, in seconds: up to 30 days, by default 3 days.
    window_seconds: Option<u32>,
    /// How much chance adds to each wait at most, in percent of it: 0 to 100, by default 10. It never shortens one.
    jitter_percent: Option<u32>,
    /// Statuses (300 to 599, at most 50) that no retry can change: such a delivery becomes a dead letter at once.
    final_statuses: Option<Vec<u16>>,
}

/// How waits follow each other: one of these.
#[derive(OneofObject)]
pub(crate) enum BackoffInput {
    /// Each wait is a multiple of the one before.
    Exponential(ExponentialInput),
    /// The waits one by one, in milliseconds; each 1 to 604,800,000 (7 days), at most 99 of them.
    DelaysMs(Vec<u32>),
}

/// Waits that grow.
#[derive(InputObject)]
pub(crate) struct ExponentialInput {
    /// The wait before the second attempt, in milliseconds.
    base_ms: u32,
    /// What each wait is multiplied with, in percent: 200 doubles.
    factor_percent: u32,
    /// The longest wait, in milliseconds, at most 604,800,000 (7 days).
    cap_ms: u32,
}

/// How hard an endpoint may be pressed. What is left out takes its default, not its present value.
#[derive(InputObject)]
pub(super) struct LimitsInput {
    /// How many attempts may be under way at once: 1 to 1,000, by default 64.
    concurrency: Option<u32>,
    /// How many attempts may start in a second: 1 to 100,000; as many as may be, if left out.
    rate_per_second: Option<u32>,
    /// How long an attempt may take from its start to the end of the response, in milliseconds: 100 to 60,000, by
    /// default 15,000.
    timeout_ms: Option<u32>,
}

/// A secret to sign with.
#[derive(InputObject, Default)]
pub(super) struct SecretInput {
    /// How to sign; if left out as the own secret says, else as before, else HMAC-SHA256.
    scheme: Option<Scheme>,
    /// The owner's own secret: `whsec_` and 24 to 64 bytes in base64, or for ed25519 `whsk_`. One is made if left out.
    own: Option<String>,
}

impl From<SecretInput> for NewSecret {
    fn from(input: SecretInput) -> Self {
        Self { scheme: input.scheme.map(Into::into), own: input.own.map(SecretString::from) }
    }
}

/// Names and values, the latter as secrets.
pub(super) fn headers(headers: Vec<HeaderInput>) -> Vec<(String, SecretString)> {
    headers.into_iter().map(|header| (header.name, SecretString::from(header.value))).collect()
}

impl Refusals {
    /// The patterns in `field`.
    pub(super) fn event_types(&mut self, field: &str, patterns: &[String]) -> Option<EventTypes> {
        // More than the bound are not looked at one by one.
        let read = patterns.iter().take(EventTypes::COUNT_MAX + 1).enumerate().map(|(index, pattern)| {
            self.take(&format!("{field}.{index}"), "event_type_pattern", WantedType::parse(pattern))
        });
        let read = read.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()?;
        if patterns.len() > EventTypes::COUNT_MAX {
            self.add(
                field,
                "event_types",
                domain::subscription::EventTypesError::Count { found: patterns.len() },
            );
            return None;
        }
        self.take(field, "event_types", EventTypes::try_from(read))
    }

    /// The filter in `field`.
    pub(crate) fn filter(&mut self, field: &str, filter: &Json) -> Option<Filter> {
        Filter::parse(filter.0.as_str())
            .map_err(|error| self.add_at(field, &error.pointer, "filter", &error.problem))
            .ok()
    }

    /// The policy in `field`.
    pub(crate) fn retry_policy(
        &mut self,
        field: &str,
        input: Option<RetryPolicyInput>,
    ) -> Option<RetryPolicy> {
        let Some(input) = input else { return Some(RetryPolicy::default()) };
        let default = RetryPolicyFields::default();
        let fields = RetryPolicyFields {
            backoff: input.backoff.map_or(default.backoff, BackoffInput::into_domain),
            attempts_max: input.attempts_max.unwrap_or(default.attempts_max),
            window_ms: input.window_seconds.map_or(default.window_ms, |seconds| u64::from(seconds) * 1_000),
            jitter_percent: input.jitter_percent.unwrap_or(default.jitter_percent),
            final_statuses: input.final_statuses.unwrap_or(default.final_statuses),
        };
        self.take(field, "retry_policy", RetryPolicy::new(fields))
    }

    /// The limits in `field`.
    pub(super) fn limits(&mut self, field: &str, input: Option<&LimitsInput>) -> Option<Limits> {
        let Some(input) = input else { return Some(Limits::default()) };
        let default = LimitsFields::default();
        let fields = LimitsFields {
            concurrency: input.concurrency.unwrap_or(default.concurrency),
            rate_per_second: input.rate_per_second,
            timeout_ms: input.timeout_ms.map_or(default.timeout_ms, u64::from),
        };
        self.take(field, "limits", Limits::new(fields))
    }

    /// The change of headers in `field`.
    pub(super) fn header_changes(&mut self, field: &str, input: HeaderChangesInput) -> Option<HeaderChange> {
        match (input.replace, input.set, input.remove) {
            (Some(replace), None, None) => Some(HeaderChange::Replace(headers(replace))),
            (Some(_), _, _) => {
                self.add(field, "header_changes", "give \"replace\" alone, or \"set\" and \"remove\"");
                None
            }
            (None, set, remove) => {
                let (set, remove) = (headers(set.unwrap_or_default()), remove.unwrap_or_default());
                Some(HeaderChange::Patch { set, remove })
            }
        }
    }
}

impl BackoffInput {
    fn into_domain(self) -> Backoff {
        match self {
            Self::Exponential(ExponentialInput { base_ms, factor_percent, cap_ms }) => {
                Backoff::Exponential { base_ms: base_ms.into(), factor_percent, cap_ms: cap_ms.into() }
            }
            Self::DelaysMs(delays) => Backoff::Delays(delays.into_iter().map(Into::into).collect()),
        }
    }
}
