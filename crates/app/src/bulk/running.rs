//! Which bulk actions go on.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::bulk_action::Event;
use domain::{BulkActionId, TenantId};
use ledger::Record;
use tokio::sync::Notify;

/// The actions that have begun and not ended.
#[derive(Debug, Default)]
pub(crate) struct Running {
    actions: Mutex<BTreeMap<BulkActionId, TenantId>>,
    begun: Notify,
}

impl Running {
    /// How many of `tenant` go on.
    pub(crate) fn count(&self, tenant: TenantId) -> usize {
        self.actions().values().filter(|of| **of == tenant).count()
    }

    /// The one that follows `after`, round and round.
    pub(super) fn next(&self, after: Option<BulkActionId>) -> Option<(BulkActionId, TenantId)> {
        let actions = self.actions();
        let follows = |(id, _): &(&BulkActionId, _)| after.is_none_or(|after| **id > after);
        let next = actions.iter().find(follows).or_else(|| actions.iter().next());
        next.map(|(id, tenant)| (*id, *tenant))
    }

    /// Waits until another one begins.
    pub(super) async fn begun(&self) {
        self.begun.notified().await;
    }

    /// Folds one more record of an action.
    pub(crate) fn apply(&self, record: &Record, event: &Event) {
        let id = BulkActionId::from_uuid(record.stream.uuid);
        match event {
            Event::Started { .. } => {
                self.actions().insert(id, record.tenant);
                self.begun.notify_one();
            }
            Event::Advanced { .. } => {}
            Event::Completed { .. } | Event::Cancelled { .. } => {
                self.actions().remove(&id);
            }
        }
    }

    fn actions(&self) -> MutexGuard<'_, BTreeMap<BulkActionId, TenantId>> {
        self.actions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
