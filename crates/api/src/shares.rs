//! How much of the service one tenant may take at once, so that it leaves some to the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::TenantId;

/// When a caller whose tenant has its share under way should come back, in seconds.
pub(crate) const RETRY_AFTER_S: u64 = 1;

/// Requests that are under way, by tenant.
#[derive(Debug)]
pub(crate) struct Shares {
    max: usize,
    under_way: Mutex<HashMap<TenantId, usize>>,
}

/// A place in a tenant's share, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shares: Arc<Shares>,
    tenant: TenantId,
}

/// The tenant has as many requests under way as it may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{max} requests of the tenant are under way, which is as many as are allowed at once")]
pub(crate) struct ShareTaken {
    max: usize,
}

impl Shares {
    /// With so many places for each tenant.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, under_way: Mutex::default() }
    }

    /// A place for one more request of `tenant`.
    pub(crate) fn take(self: &Arc<Self>, tenant: TenantId) -> Result<Share, ShareTaken> {
        let mut under_way = self.lock();
        let count = under_way.get(&tenant).copied().unwrap_or(0);
        if count >= self.max {
            return Err(ShareTaken { max: self.max });
        }
        under_way.insert(tenant, count + 1);
        Ok(Share { shares: self.clone(), tenant })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, usize>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut under_way = self.shares.lock();
        if let Some(count) = under_way.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_tenant_has_its_share_and_leaves_that_of_others_alone() {
        let shares = Arc::new(Shares::new(1));
        let (one, two) = (TenantId::from_uuid(Uuid::from_u128(1)), TenantId::from_uuid(Uuid::from_u128(2)));
        let first = shares.take(one).unwrap();
        assert_eq!(shares.take(one).unwrap_err(), ShareTaken { max: 1 });
        assert!(shares.take(two).is_ok());
        drop(first);
        assert!(shares.take(one).is_ok());
        assert!(shares.lock().is_empty(), "nothing is kept of tenants without requests");
    }
}
