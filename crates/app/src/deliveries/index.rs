//! Where deliveries are found by what they are: the port to the views.

use async_trait::async_trait;
use domain::{DeliveryId, EventId, SubscriptionId, TenantId};
use projections::Views;
use projections::status::DeliveryFilter;

/// What a delivery is of, and whom it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// The event.
    pub event: EventId,
    /// The subscription.
    pub subscription: SubscriptionId,
}

/// Why the views could not serve.
pub type IndexError = Box<dyn std::error::Error + Send + Sync>;

/// What the use cases ask the views about deliveries.
///
/// A delivery that waits for its first attempt has no records of its own: that it is there is derived, and the views
/// are who derives it.
#[async_trait]
pub trait DeliveryIndex: Send + Sync {
    /// What this delivery is of; `None` if `tenant` has no such delivery.
    async fn locate(&self, tenant: TenantId, id: DeliveryId) -> Result<Option<Located>, IndexError>;

    /// How many deliveries of `tenant` the filter selects, counted up to `bound`.
    async fn count(&self, tenant: TenantId, filter: &DeliveryFilter, bound: u64) -> Result<u64, IndexError>;

    /// The ids of the selected deliveries, newest first, from behind `after` on: at most `limit`, and fewer only if
    /// there are no more.
    async fn page(
        &self,
        tenant: TenantId,
        filter: &DeliveryFilter,
        after: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<DeliveryId>, IndexError>;
}

#[async_trait]
impl DeliveryIndex for Views {
    async fn locate(&self, tenant: TenantId, id: DeliveryId) -> Result<Option<Located>, IndexError> {
        let found = self.status().delivery(tenant, id).await?;
        Ok(found.map(|found| Located { event: found.event, subscription: found.subscription }))
    }

    async fn count(&self, tenant: TenantId, filter: &DeliveryFilter, bound: u64) -> Result<u64, IndexError> {
        Ok(self.status().count_deliveries(tenant, filter.clone(), bound).await?)
    }

    async fn page(
        &self,
        tenant: TenantId,
        filter: &DeliveryFilter,
        after: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<DeliveryId>, IndexError> {
        Ok(self.status().delivery_ids(tenant, filter.clone(), after, limit).await?)
    }
}
