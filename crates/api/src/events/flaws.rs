//! What is wrong with the events of a body, each flaw named by its place.

use std::borrow::Cow;

use crate::problem::{Flaw, Problem};

/// Collects what is wrong with the event at `base`.
#[derive(Default)]
pub(super) struct Flaws {
    /// The pointer to the event; empty if the body is one event.
    pub(super) base: String,
    pub(super) found: Vec<Flaw>,
}

impl Flaws {
    /// Notes a flaw of the event's member of this name; of the event itself if the name is empty.
    pub(super) fn add(&mut self, member: &str, code: &'static str, detail: impl Into<String>) {
        let pointer =
            if member.is_empty() { self.base.clone() } else { format!("{}/{}", self.base, escaped(member)) };
        self.found.push(Flaw { pointer, code, detail: detail.into() });
    }

    /// Whether there are as many as are told.
    pub(super) fn are_enough(&self) -> bool {
        self.found.len() >= Problem::FLAWS_MAX
    }
}

/// A name as a segment of a JSON pointer.
fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) { name.replace('~', "~0").replace('/', "~1").into() } else { name.into() }
}
