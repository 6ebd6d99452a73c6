//! Who may hold how many of the requests on the network: endpoints that take their time share a part of them, so that
//! however many hang, the others find room.

use std::collections::VecDeque;
use std::time::Duration;

use domain::{DeliveryId, SubscriptionId, TenantId, Timestamp};

use super::rotation::Rotation;

/// How long an endpoint takes, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Class {
    /// Its last request ended soon.
    Quick,
    /// Nothing is known of it: it gets one request at a time.
    #[default]
    New,
    /// Its last request took long, or one under way does.
    Slow,
}

impl Class {
    const ALL: [Self; 3] = [Self::Quick, Self::New, Self::Slow];

    /// From when on a request takes long.
    const LONG: Duration = Duration::from_secs(1);

    /// Of an endpoint whose request took from `started` to `ended`.
    pub(super) fn of(started: Timestamp, ended: Timestamp) -> Self {
        if ended.since(started) >= Self::LONG { Self::Slow } else { Self::Quick }
    }
}

/// The requests on the network by class, and whose turn is next in each.
#[derive(Debug)]
pub(super) struct Slots {
    max: usize,
    under_way: [usize; 3],
    turns: [Rotation; 3],
    /// Which class is asked first next time.
    first: usize,
    watched: VecDeque<Watched>,
}

/// A request that takes long if it is still under way then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watched {
    long_at: Timestamp,
    pub(super) subscription: SubscriptionId,
    pub(super) delivery: DeliveryId,
    pub(super) started: Timestamp,
}

impl Slots {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            under_way: [0; 3],
            turns: std::array::from_fn(|_| Rotation::default()),
            first: 0,
            watched: VecDeque::new(),
        }
    }

    /// How many requests are on the network.
    pub(super) fn in_flight(&self) -> usize {
        self.under_way.iter().sum()
    }

    /// How many of them are to endpoints that take their time.
    pub(super) const fn slow(&self) -> usize {
        self.under_way[Class::Slow as usize]
    }

    /// Gives `subscription` a turn among those of its class, unless it has one.
    pub(super) fn add(&mut self, class: Class, tenant: TenantId, subscription: SubscriptionId) {
        self.turns[class as usize].add(tenant, subscription);
    }

    /// The next turn: classes that have room take turns, tenants within each, and subscriptions within those.
    pub(super) fn next(&mut self) -> Option<(Class, SubscriptionId)> {
        for step in 0..Class::ALL.len() {
            let class = Class::ALL[(self.first + step) % Class::ALL.len()];
            if !self.has_room(class) {
                continue;
            }
            if let Some(subscription) = self.turns[class as usize].next() {
                self.first = (class as usize + 1) % Class::ALL.len();
                return Some((class, subscription));
            }
        }
        None
    }

    /// Slow endpoints may hold half of the requests, and with the unknown ones three quarters.
    fn has_room(&self, class: Class) -> bool {
        let [quick, new, slow] = self.under_way;
        let some = |share: usize| (self.max * share / 4).max(1);
        match class {
            Class::Quick => quick + new + slow < self.max,
            Class::New => quick + new + slow < self.max && new + slow < some(3),
            Class::Slow => quick + new + slow < self.max && new + slow < some(3) && slow < some(2),
        }
    }

    /// Notes that a request starts.
    pub(super) fn started(
        &mut self,
        class: Class,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        now: Timestamp,
    ) {
        self.under_way[class as usize] += 1;
        let long_at = now.after(Class::LONG);
        if self.watched.back().is_some_and(|last| last.long_at > long_at) {
            // The clock was set back: what is watched must not pile up until it is as late again.
            for watched in &mut self.watched {
                watched.long_at = watched.long_at.min(long_at);
            }
        }
        self.watched.push_back(Watched { long_at, subscription, delivery, started: now });
    }

    /// Notes that a request of an endpoint of this class ended.
    pub(super) fn ended(&mut self, class: Class) {
        self.under_way[class as usize] -= 1;
    }

    /// Notes that an endpoint with so many requests under way is of another class now.
    pub(super) fn reclassify(&mut self, under_way: usize, from: Class, to: Class) {
        self.under_way[from as usize] -= under_way;
        self.under_way[to as usize] += under_way;
    }

    /// The next request that started long ago, whether or not it is still under way.
    pub(super) fn long_under_way(&mut self, now: Timestamp) -> Option<Watched> {
        self.watched.pop_front_if(|watched| watched.long_at <= now)
    }

    /// When [`Slots::long_under_way`] will have something.
    pub(super) fn next_alarm(&self) -> Option<Timestamp> {
        self.watched.front().map(|watched| watched.long_at)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn requests_are_not_watched_for_longer_when_the_clock_is_set_back() {
        let mut slots = Slots::new(4);
        let (late, early) = (Timestamp::from_seconds(1_000_000), Timestamp::from_seconds(10));
        for (n, now) in [(1, late), (2, early), (3, early)] {
            let (subscription, delivery) = (Uuid::from_u128(1), Uuid::from_u128(n));
            let ids = (SubscriptionId::from_uuid(subscription), DeliveryId::from_uuid(delivery));
            slots.started(Class::Quick, ids.0, ids.1, now);
        }
        let soon = early.after(Class::LONG);
        assert_eq!(std::iter::from_fn(|| slots.long_under_way(soon)).count(), 3);
    }
}
