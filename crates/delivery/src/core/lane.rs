//! Lanes: fixed shares of the subscriptions, by a hash of their ids, that nodes divide among themselves.

use domain::SubscriptionId;

/// How many lanes there are, on every node and for good: the leases in the database are as many.
pub const LANES: u8 = 16;

/// A share of the subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(u8);

impl Lane {
    /// The lane with this number, from 0; `None` from [`LANES`] on.
    pub const fn new(number: u8) -> Option<Self> {
        if number < LANES { Some(Self(number)) } else { None }
    }

    /// The lane of `subscription`. Never changes: nodes of different versions must agree on it.
    pub const fn of(subscription: SubscriptionId) -> Self {
        /// The golden ratio in 64 bits: multiplying by it carries every bit to the top ones (Knuth, TAOCP 3, section 6.4).
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        let (high, low) = subscription.uuid().as_u64_pair();
        Self(((high ^ low).wrapping_mul(GOLDEN) >> 60) as u8)
    }

    /// Its number, less than [`LANES`].
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Its place in an array over all lanes.
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Some of the lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaneSet(u16);

impl LaneSet {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// Every one.
    pub const ALL: Self = Self(u16::MAX);

    /// This one only.
    pub const fn of(lane: Lane) -> Self {
        Self(1 << lane.0)
    }

    /// Whether `lane` is among them.
    pub const fn contains(self, lane: Lane) -> bool {
        self.0 & (1 << lane.0) != 0
    }

    /// Those of either.
    #[must_use]
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that are not among `others`.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// One after the other, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Lane> {
        (0..LANES).map(Lane).filter(move |lane| self.contains(*lane))
    }

    /// As bits, the lane 0 being the lowest.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The lanes that these bits stand for.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}

impl FromIterator<Lane> for LaneSet {
    fn from_iter<T: IntoIterator<Item = Lane>>(lanes: T) -> Self {
        lanes.into_iter().fold(Self::NONE, |all, lane| all.with(Self::of(lane)))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn lane(id: u128) -> u8 {
        Lane::of(SubscriptionId::from_uuid(Uuid::from_u128(id))).number()
    }

    #[test]
    fn the_lane_of_a_subscription_never_changes() {
        let ids = [
            0,
            1,
            2,
            3,
            0x0195_3a4e_7c00_7000_8000_0000_0000_0001,
            0x0195_3a4e_7c00_7abc_9def_0123_4567_89ab,
            u128::MAX - 1,
        ];
        assert_eq!(ids.map(lane), [0, 9, 3, 13, 3, 7, 9]);
    }

    #[test]
    fn subscriptions_that_are_made_one_after_the_other_are_spread_over_all_lanes() {
        let mut counts = [0; LANES as usize];
        for n in 0..16_000_u128 {
            // As UUIDs of version 7 are: a time, which goes on, and chance.
            let chance = n.wrapping_mul(0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15) >> 66;
            let id = ((0x0195_3a4e_7c00 + n) << 80) | (7 << 76) | (2 << 62) | chance;
            counts[usize::from(lane(id))] += 1;
        }
        assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
    }

    #[test]
    fn sets_of_lanes_are_sets() {
        let [one, two] = [3, 15].map(|number| Lane::new(number).unwrap());
        let both: LaneSet = [one, two].into_iter().collect();
        assert_eq!((both.len(), both.iter().collect::<Vec<_>>()), (2, vec![one, two]));
        assert_eq!(both.without(LaneSet::of(one)), LaneSet::of(two));
        assert_eq!(LaneSet::ALL.iter().count(), usize::from(LANES));
        assert_eq!(Lane::new(LANES), None);
    }
}
