//! The service itself: version, bounds, how far its views have come.

use app::Bounds;
use async_graphql::SimpleObject;
use projections::ViewProgress;

use super::scalars::PositionText;

/// How far a view has come that queries read.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Projection {
    /// Its name, such as `status`.
    name: String,
    /// The version of the copy that is read.
    version: u32,
    /// Everything up to here is in it.
    position: PositionText,
    /// Where the ledger ends.
    head: PositionText,
    /// How many positions it is behind: as many records are missing, or fewer where positions have gaps.
    lag: u64,
    /// How many records it could not fold; they are listed in the logs and by the operator's tools.
    parked: u64,
    /// The copy that is being built beside it, if any.
    building: Option<ProjectionBuild>,
}

/// How far a copy of a view has come that is being built.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ProjectionBuild {
    /// Its version.
    version: u32,
    /// Everything up to here is in it.
    position: PositionText,
}

impl From<ViewProgress> for Projection {
    fn from(progress: ViewProgress) -> Self {
        Self {
            name: progress.name.to_owned(),
            version: progress.version,
            position: progress.position.into(),
            head: progress.head.into(),
            lag: progress.lag,
            parked: progress.parked,
            building: progress.building.map(|building| ProjectionBuild {
                version: building.version,
                position: building.position.into(),
            }),
        }
    }
}

/// How much is allowed.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ServiceBounds {
    /// The most events of one publish call.
    events_per_publish: usize,
    /// The most bytes of one event's data.
    event_data_bytes: usize,
    /// The most bytes of one event's metadata.
    event_metadata_bytes: usize,
    /// The most subscriptions of a tenant, deleted ones not counted.
    subscriptions_per_tenant: usize,
    /// The most deliveries that one call of `retryDeliveries` looks at.
    retries_per_call: usize,
}

impl From<&Bounds> for ServiceBounds {
    fn from(bounds: &Bounds) -> Self {
        Self {
            events_per_publish: bounds.events_per_publish,
            event_data_bytes: bounds.event_data_bytes,
            event_metadata_bytes: bounds.event_metadata_bytes,
            subscriptions_per_tenant: bounds.subscriptions_per_tenant,
            retries_per_call: bounds.retries_per_call,
        }
    }
}

/// The service itself.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Service {
    /// The version of Hookledger.
    pub(crate) version: &'static str,
    /// Where the ledger ends: the position of the last record.
    pub(crate) head: PositionText,
    /// How much is allowed.
    pub(crate) bounds: ServiceBounds,
}
