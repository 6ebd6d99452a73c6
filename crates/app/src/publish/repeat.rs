//! Telling repeats from misuse, once the ledger has said that something with such a name is there.

use domain::{Fact, Sequence, event};
use ledger::Ledger;

use super::{Accepted, Pending, Refusal};
use crate::error::Error;
use crate::history::fact;

/// What is there already, by its place in the call, and what is left to be recorded.
pub(super) struct Sifted {
    pub(super) known: Vec<(usize, Accepted)>,
    pub(super) left: Vec<Pending>,
}

/// Looks for each named event; one that was published with other content refuses the call.
pub(super) async fn sift(ledger: &dyn Ledger, pending: Vec<Pending>) -> Result<Sifted, Error<Refusal>> {
    let mut sifted = Sifted { known: Vec::new(), left: Vec::new() };
    for event in pending {
        if !event.named {
            sifted.left.push(event);
            continue;
        }
        let records = ledger.read_stream(event.id.into(), Sequence::NONE, 1).await?;
        let Some(record) = records.first() else {
            sifted.left.push(event);
            continue;
        };
        let before = match fact(record)? {
            Fact::Event(event::Event::Published(before)) if before.says_the_same(&event.published) => {
                Some(before)
            }
            _ => None,
        };
        let Some(before) = before else {
            return Err(Error::Refused(Refusal::KeyReused { index: event.index, id: event.id }));
        };
        let warnings = before.warnings.iter().chain(&event.deprecated).cloned().collect();
        let known = Accepted { id: event.id, position: record.position, duplicate: true, warnings };
        sifted.known.push((event.index, known));
    }
    Ok(sifted)
}
