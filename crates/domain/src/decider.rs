//! What an aggregate is: decisions over a state that is folded from its own past.

use std::fmt::Debug;

use crate::record::Fact;
use crate::stream::StreamKind;

/// An aggregate as two functions over values.
///
/// `decide` may refuse; `evolve` never fails, because recorded history is not up for debate. Whatever a decision
/// needs, the time included, arrives with the command.
pub trait Decider: Default + Clone + Send + Sync + 'static {
    /// What streams of this aggregate are called.
    const KIND: StreamKind;
    /// What can be asked for.
    type Command: Debug + Send + 'static;
    /// What has happened.
    type Event: Debug + Clone + PartialEq + Send + Sync + Into<Fact> + 'static;
    /// Why the answer is no.
    type Refusal: std::error::Error + Clone + PartialEq + Send + Sync + 'static;

    /// The events that `command` leads to; none if what is asked for already holds.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// The state after `event`.
    #[must_use]
    fn evolve(self, event: &Self::Event) -> Self;

    /// This aggregate's event, if `fact` is one.
    fn from_fact(fact: Fact) -> Option<Self::Event>;
}

/// A state and how many records made it: the version that an edit is checked against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versioned<D> {
    /// The folded state.
    pub state: D,
    /// The sequence of the last record folded.
    pub version: crate::stream::Sequence,
}

impl<D: Decider> Versioned<D> {
    /// The state after one more event.
    pub fn apply(&mut self, event: &D::Event) {
        self.state = std::mem::take(&mut self.state).evolve(event);
        self.version = self.version.next();
    }
}
