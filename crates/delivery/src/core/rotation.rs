//! Whose turn it is: round robin over tenants, and over the subscriptions of each.

use std::collections::VecDeque;

use domain::{SubscriptionId, TenantId};
use hashbrown::{HashMap, HashSet};

/// Subscriptions that may have something to send, in the order of their turns.
#[derive(Debug, Default)]
pub(super) struct Rotation {
    tenants: VecDeque<TenantId>,
    turns: HashMap<TenantId, VecDeque<SubscriptionId>>,
    listed: HashSet<SubscriptionId>,
}

impl Rotation {
    /// Gives `subscription` a turn after those of its tenant that wait already, unless it has one.
    pub(super) fn add(&mut self, tenant: TenantId, subscription: SubscriptionId) {
        if !self.listed.insert(subscription) {
            return;
        }
        let turns = self.turns.entry(tenant).or_default();
        if turns.is_empty() {
            self.tenants.push_back(tenant);
        }
        turns.push_back(subscription);
    }

    /// Takes the next turn: the first tenant's first subscription; the tenant goes behind the others.
    pub(super) fn next(&mut self) -> Option<SubscriptionId> {
        let tenant = self.tenants.pop_front()?;
        let turns = self.turns.get_mut(&tenant).expect("a listed tenant has turns");
        let subscription = turns.pop_front().expect("a listed tenant has a turn");
        if turns.is_empty() {
            self.turns.remove(&tenant);
        } else {
            self.tenants.push_back(tenant);
        }
        self.listed.remove(&subscription);
        Some(subscription)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_tenant_with_many_subscriptions_has_no_more_turns_than_one_with_few() {
        let tenant = |n| TenantId::from_uuid(Uuid::from_u128(n));
        let subscription = |n| SubscriptionId::from_uuid(Uuid::from_u128(n));
        let mut rotation = Rotation::default();
        for n in [10, 11, 12, 10] {
            rotation.add(tenant(1), subscription(n));
        }
        rotation.add(tenant(2), subscription(20));
        let turns: Vec<_> = std::iter::from_fn(|| rotation.next()).map(|id| id.uuid().as_u128()).collect();
        assert_eq!(turns, [10, 20, 11, 12]);
    }
}
