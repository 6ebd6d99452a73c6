//! How far the views have come, for whoever waits for that or asks.

use domain::Position;

use super::Shared;
use crate::runner::ViewDefinition;
use crate::store::{Checkpoint, Copy};

/// Where the copies of a view stand; in the order of the definitions.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    pub(super) live: Option<Checkpoint>,
    pub(super) next: Option<Checkpoint>,
}

/// How far a view has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewProgress {
    /// Its name.
    pub name: &'static str,
    /// The version of the copy that is read.
    pub version: u32,
    /// Everything up to here is folded.
    pub position: Position,
    /// Where the ledger ends.
    pub head: Position,
    /// How many positions it is behind: as many records are missing, or fewer where positions have gaps.
    pub lag: u64,
    /// How many records it could not fold.
    pub parked: u64,
    /// The copy that is being built beside it, if any.
    pub building: Option<Building>,
}

/// How far a copy has come that is being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Building {
    /// Its version.
    pub version: u32,
    /// Everything up to here is folded.
    pub position: Position,
}

impl Standing {
    pub(super) fn progress(&self, definition: &ViewDefinition, head: Position) -> ViewProgress {
        let live = self.live.as_ref();
        let position = live.map_or(Position::START, |live| live.position);
        ViewProgress {
            name: definition.name(),
            version: live.map_or(definition.version(), |live| live.version),
            position,
            head,
            lag: head.0.saturating_sub(position.0),
            parked: live.map_or(0, |live| live.parked),
            building: self
                .next
                .as_ref()
                .map(|next| Building { version: next.version, position: next.position }),
        }
    }
}

impl Shared {
    /// Takes note of where all copies stand.
    pub(crate) fn publish(&self, checkpoints: &[Checkpoint]) {
        let find = |view: &ViewDefinition, copy| {
            checkpoints.iter().find(|found| found.name == view.name() && found.copy == copy).cloned()
        };
        let standing = self.definitions.iter();
        let standing =
            standing.map(|view| Standing { live: find(view, Copy::Live), next: find(view, Copy::Next) });
        self.standing.send_replace(standing.collect());
        self.announce();
    }

    /// Takes note of how far a copy has come.
    pub(crate) fn advanced(&self, view: &ViewDefinition, copy: Copy, position: Position, parked: u64) {
        let Some(place) = self.definitions.iter().position(|other| other.name() == view.name()) else {
            return;
        };
        self.standing.send_modify(|standing| {
            let checkpoint = match copy {
                Copy::Live => &mut standing[place].live,
                Copy::Next => &mut standing[place].next,
            };
            if let Some(checkpoint) = checkpoint {
                checkpoint.position = position;
                checkpoint.parked += parked;
            }
        });
        if copy == Copy::Live {
            #[expect(clippy::cast_precision_loss, reason = "a lag needs no more than a few digits")]
            let lag = self.ledger.head().0.saturating_sub(position.0) as f64;
            metrics::gauge!("hookledger_views_lag_records", "view" => view.name()).set(lag);
            self.announce();
        }
    }

    fn announce(&self) {
        let standing = self.standing.borrow();
        let positions =
            standing.iter().map(|view| view.live.as_ref().map_or(Position::START, |live| live.position));
        let applied = positions.min().unwrap_or_default();
        self.applied.send_if_modified(|before| std::mem::replace(before, applied) != applied);
    }

    /// Whether this version's queries can read the view called `name`.
    pub(super) fn is_readable(&self, name: &str) -> bool {
        let standing = self.standing.borrow();
        let mut both = self.definitions.iter().zip(standing.iter()).filter(|(view, _)| view.name() == name);
        both.any(|(view, standing)| {
            let version = standing.live.as_ref().map(|live| live.version);
            version.is_some_and(|version| (view.reads_since..=view.version()).contains(&version))
        })
    }
}
