//! What events are called: freshly, or as their publisher calls them.

use std::collections::HashMap;

use domain::{EventId, IdSource, TenantId};

use super::{NewEvent, PublishOptions, Refusal};

/// What a publisher calls a call, as in `Idempotency-Key`: 1 to 200 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// Why a text does not name a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key must be 1 to {max} visible ASCII characters without spaces", max = IdempotencyKey::CHARS_MAX)]
pub struct IdempotencyKeyError;

impl IdempotencyKey {
    /// The most characters.
    pub const CHARS_MAX: usize = 200;

    /// Checks what a publisher gave.
    pub fn new(text: &str) -> Result<Self, IdempotencyKeyError> {
        let good =
            (1..=Self::CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if good { Ok(Self(text.to_owned())) } else { Err(IdempotencyKeyError) }
    }

    /// The event at `index` of the call. The space keeps these names apart from all that publishers give to events,
    /// and the empty source from all sources: the same key for another source is recognised as misuse.
    fn event(&self, tenant: TenantId, index: usize) -> EventId {
        EventId::keyed(tenant, "", &format!("{} {index}", self.0))
    }
}

/// The id of each event, and whether its publisher named it.
pub(super) fn ids(
    tenant: TenantId,
    events: &[NewEvent],
    options: &PublishOptions,
    fresh: &dyn IdSource,
) -> Result<Vec<(EventId, bool)>, Refusal> {
    let mut named = HashMap::new();
    let mut ids = Vec::with_capacity(events.len());
    for (index, event) in events.iter().enumerate() {
        let id = match (&event.key, &options.idempotency_key) {
            (Some(key), _) => EventId::keyed(tenant, event.source.as_str(), key.as_str()),
            (None, Some(call)) => call.event(tenant, index),
            (None, None) => {
                ids.push((EventId::generate(fresh), false));
                continue;
            }
        };
        if let Some(first) = named.insert(id, index) {
            return Err(Refusal::KeyRepeated { index, first });
        }
        ids.push((id, true));
    }
    Ok(ids)
}
