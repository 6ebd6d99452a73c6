//! How much is allowed.

use ledger::bounds as store;

/// Bounds that an operator may set; each is checked before anything is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// The most events of one publish call.
    pub events_per_publish: usize,
    /// The most bytes of one event's data.
    pub event_data_bytes: usize,
    /// The most bytes of one event's metadata.
    pub event_metadata_bytes: usize,
    /// The most bytes of data and metadata in one publish call.
    pub publish_bytes: usize,
    /// The most subscriptions of a tenant, deleted ones not counted.
    pub subscriptions_per_tenant: usize,
    /// The most event types of a tenant, archived ones included.
    pub event_types_per_tenant: usize,
    /// The most API keys of a tenant, revoked ones not counted.
    pub api_keys_per_tenant: usize,
    /// The most tenants, suspended ones included.
    pub tenants: usize,
    /// The most deliveries that one call retries.
    pub retries_per_call: usize,
    /// The most endpoints that are asked for their consent at once.
    pub verifications_at_once: usize,
    /// The most bulk actions of a tenant that go on at the same time.
    pub bulk_actions_per_tenant: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            events_per_publish: 1_000,
            event_data_bytes: 256 << 10,
            event_metadata_bytes: 16 << 10,
            publish_bytes: 8 << 20,
            subscriptions_per_tenant: 10_000,
            event_types_per_tenant: 10_000,
            api_keys_per_tenant: 1_000,
            tenants: 10_000,
            retries_per_call: 1_000,
            verifications_at_once: 16,
            bulk_actions_per_tenant: 5,
        }
    }
}

/// A bound is set to what cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is {found}, it must lie between {min} and {max}")]
pub struct OutOfBounds {
    /// The setting.
    pub setting: &'static str,
    /// The least that is allowed.
    pub min: usize,
    /// The most that is allowed.
    pub max: usize,
    /// What was set.
    pub found: usize,
}

/// What a record of an event takes besides data and metadata, at most: names, times, and the ledger's own columns.
const EVENT_REST_BYTES: usize = 2 << 10;
/// How many things of a kind fit into memory at all.
const THINGS_MAX: usize = 1_000_000;

impl Bounds {
    /// Whether the ledger can keep what these bounds allow.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        let within = |setting, found, max| {
            if (1..=max).contains(&found) { Ok(()) } else { Err(OutOfBounds { setting, min: 1, max, found }) }
        };
        within("events_per_publish", self.events_per_publish, store::BATCH_RECORDS)?;
        within("event_metadata_bytes", self.event_metadata_bytes, store::PAYLOAD_BYTES / 4)?;
        let data_max = store::PAYLOAD_BYTES - self.event_metadata_bytes - EVENT_REST_BYTES;
        within("event_data_bytes", self.event_data_bytes, data_max)?;
        within(
            "publish_bytes",
            self.publish_bytes,
            store::BATCH_BYTES - self.events_per_publish * EVENT_REST_BYTES,
        )?;
        within("subscriptions_per_tenant", self.subscriptions_per_tenant, THINGS_MAX)?;
        within("event_types_per_tenant", self.event_types_per_tenant, THINGS_MAX)?;
        within("api_keys_per_tenant", self.api_keys_per_tenant, THINGS_MAX)?;
        within("tenants", self.tenants, THINGS_MAX)?;
        within("bulk_actions_per_tenant", self.bulk_actions_per_tenant, 1_000)?;
        within("retries_per_call", self.retries_per_call, 10_000)?;
        within("verifications_at_once", self.verifications_at_once, 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_bounds_can_be_kept() {
        assert_eq!(Bounds::default().check(), Ok(()));
    }

    #[test]
    fn more_than_the_ledger_takes_is_refused_by_name() {
        let refused = Bounds { event_data_bytes: 2 << 20, ..Bounds::default() }.check().unwrap_err();
        assert_eq!(refused.setting, "event_data_bytes");
        let refused = Bounds { events_per_publish: 1_001, ..Bounds::default() }.check().unwrap_err();
        assert_eq!(refused.to_string(), "events_per_publish is 1001, it must lie between 1 and 1000");
        assert!(Bounds { tenants: 0, ..Bounds::default() }.check().is_err());
    }
}
