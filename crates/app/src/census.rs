//! Which subscriptions each tenant has.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use domain::{SubscriptionId, TenantId, subscription};
use ledger::Record;

/// The ids of the subscriptions that were not deleted.
#[derive(Debug, Default)]
pub(crate) struct Census(RwLock<HashMap<TenantId, HashSet<SubscriptionId>>>);

impl Census {
    /// How many subscriptions `tenant` has.
    pub(crate) fn subscriptions(&self, tenant: TenantId) -> usize {
        self.read().get(&tenant).map_or(0, HashSet::len)
    }

    /// Whether `tenant` has this subscription.
    pub(crate) fn has(&self, tenant: TenantId, id: SubscriptionId) -> bool {
        self.read().get(&tenant).is_some_and(|ids| ids.contains(&id))
    }

    /// The subscription of `tenant` that is meant, if there is one.
    pub(crate) fn find(
        &self,
        tenant: TenantId,
        is_meant: impl Fn(SubscriptionId) -> bool,
    ) -> Option<SubscriptionId> {
        self.read().get(&tenant)?.iter().copied().find(|id| is_meant(*id))
    }

    /// Folds one more record of a subscription.
    pub(crate) fn apply(&self, record: &Record, event: &subscription::Event) {
        let id = SubscriptionId::from_uuid(record.stream.uuid);
        let mut ids = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match event {
            subscription::Event::Created { .. } => {
                ids.entry(record.tenant).or_default().insert(id);
            }
            subscription::Event::Deleted => {
                if let Some(ids) = ids.get_mut(&record.tenant) {
                    ids.remove(&id);
                }
            }
            _ => {}
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<TenantId, HashSet<SubscriptionId>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
