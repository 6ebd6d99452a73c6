//! One event at each of the versions at which it is looked at.

use crate::event::Published;
use crate::versions::{Seen, View};

/// One event at each version at which somebody sees it.
pub(super) struct Views<'e>(Vec<(View, Option<Seen<'e>>)>);

impl<'e> Views<'e> {
    pub(super) fn of<E>(
        wanted: impl Iterator<Item = View>,
        see: impl Fn(View) -> Result<Seen<'e>, E>,
    ) -> Self {
        let mut seen: Vec<(View, Option<Seen<'e>>)> = Vec::with_capacity(1);
        for view in wanted {
            if !seen.iter().any(|(known, _)| *known == view) {
                seen.push((view, see(view).ok()));
            }
        }
        Self(seen)
    }

    pub(super) fn parsed<'s>(&'s self, event: &'s Published) -> Parsed<'s> {
        let parse = |(view, seen): &'s (View, Option<Seen<'e>>)| {
            (*view, seen.as_ref().map(|seen| event.seen_by_filters(seen)))
        };
        Parsed(self.0.iter().map(parse).collect())
    }
}

/// Likewise, as filters look at it.
pub(super) struct Parsed<'s>(Vec<(View, Option<rules::ParsedEvent<'s>>)>);

impl Parsed<'_> {
    /// Whether `filter` accepts the event as it is seen; what cannot be seen is accepted.
    pub(super) fn accept(&self, view: View, filter: &rules::Filter) -> bool {
        let parsed = self.0.iter().find(|(known, _)| *known == view).and_then(|(_, parsed)| parsed.as_ref());
        parsed.is_none_or(|parsed| filter.matches(parsed))
    }
}
