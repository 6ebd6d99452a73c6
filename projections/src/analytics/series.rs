//! Which numbers belong together: a span of time, and whose they are.

use domain::{EventType, SubscriptionId, TenantId, Timestamp};

const MINUTE: i64 = 60_000_000;

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resolution {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours, in UTC.
    Day,
}

impl Resolution {
    /// Every resolution.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// The length of a bucket, in microseconds.
    pub const fn micros(self) -> i64 {
        match self {
            Self::Minute => MINUTE,
            Self::Hour => 60 * MINUTE,
            Self::Day => 24 * 60 * MINUTE,
        }
    }

    /// How many buckets are kept, the newest in which anything happened: 24 hours of minutes, 31 days of hours, 400 days.
    pub const fn kept(self) -> usize {
        match self {
            Self::Minute => 24 * 60,
            Self::Hour => 31 * 24,
            Self::Day => 400,
        }
    }

    /// The start of the bucket that `at` is in.
    pub fn start(self, at: Timestamp) -> Timestamp {
        let micros = at.as_micros();
        Timestamp::from_micros(micros - micros.rem_euclid(self.micros()))
    }

    /// The stored number: chosen once, never reused.
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Minute => 0,
            Self::Hour => 1,
            Self::Day => 2,
        }
    }
}

/// Whose numbers: what is none is all of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Scope {
    pub(super) tenant: TenantId,
    pub(super) subscription: Option<SubscriptionId>,
    pub(super) event_type: Option<EventType>,
}

impl Scope {
    /// Those of the tenant as a whole.
    pub(super) const fn of(tenant: TenantId) -> Self {
        Self { tenant, subscription: None, event_type: None }
    }

    /// The scopes whose numbers include those of this one at `resolution`, itself among them.
    pub(super) fn widened(&self, resolution: Resolution) -> impl Iterator<Item = Self> {
        let Self { tenant, subscription, event_type } = self;
        let whole = Some(Self::of(*tenant));
        let of_type =
            event_type.as_ref().map(|name| Self { event_type: Some(name.clone()), ..Self::of(*tenant) });
        let of_subscription = subscription.map(|id| Self { subscription: Some(id), ..Self::of(*tenant) });
        let of_both = (subscription.is_some() && event_type.is_some() && resolution != Resolution::Minute)
            .then(|| self.clone());
        [whole, of_type, of_subscription, of_both].into_iter().flatten()
    }
}

/// A bucket of a scope.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) at: Timestamp,
    pub(super) scope: Scope,
}
