//! What a change answers.

use domain::{Position, Sequence};

/// A change was recorded, or already held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// The version of what was changed: what the next edit expects.
    pub version: Sequence,
    /// Where its last record stands; a view that has reached it shows the change.
    pub position: Position,
}
