//! Which records a reader wants.

use domain::StreamKind;

/// Which records a reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// Every one.
    #[default]
    All,
    /// Those of streams of these kinds. Where all of them are [`StreamKind::CONTROL`], the store skips the rest
    /// without looking at it.
    Kinds(Kinds),
}

impl Filter {
    /// What people change, without the events and deliveries around it.
    pub const CONTROL: Self = Self::Kinds(Kinds::CONTROL);

    /// Whether a record of a stream of `kind` is wanted.
    pub const fn wants(self, kind: StreamKind) -> bool {
        match self {
            Self::All => true,
            Self::Kinds(kinds) => kinds.contains(kind),
        }
    }
}

/// A set of stream kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    /// The kinds that people change.
    pub const CONTROL: Self = Self::of(&StreamKind::CONTROL);

    /// The set of these kinds.
    pub const fn of(kinds: &[StreamKind]) -> Self {
        let mut bits = 0;
        let mut rest = kinds;
        while let [kind, tail @ ..] = rest {
            bits |= bit(*kind);
            rest = tail;
        }
        Self(bits)
    }

    /// Whether `kind` is in the set.
    pub const fn contains(self, kind: StreamKind) -> bool {
        self.0 & bit(kind) != 0
    }

    /// Whether every kind of this set is in `other`.
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The kinds in the set.
    pub fn iter(self) -> impl Iterator<Item = StreamKind> {
        StreamKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

const fn bit(kind: StreamKind) -> u32 {
    1 << kind as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_wants_its_kinds_and_no_other() {
        let filter = Filter::Kinds(Kinds::of(&[StreamKind::Event, StreamKind::Tenant]));
        let wanted: Vec<_> = StreamKind::ALL.into_iter().filter(|kind| filter.wants(*kind)).collect();
        assert_eq!(wanted, [StreamKind::Tenant, StreamKind::Event]);
    }

    #[test]
    fn hot_kinds_are_not_within_the_control_kinds() {
        assert!(Kinds::of(&[StreamKind::Subscription]).within(Kinds::CONTROL));
        assert!(!Kinds::of(&[StreamKind::Subscription, StreamKind::Delivery]).within(Kinds::CONTROL));
        assert_eq!(Kinds::CONTROL.iter().collect::<Vec<_>>(), StreamKind::CONTROL);
    }
}
