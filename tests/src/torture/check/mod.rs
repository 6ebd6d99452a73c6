//! Compares what publishers and receivers wrote down with the ledger and the views.

mod attempts;
mod events;
mod freezes;
mod history;
mod receipts;
mod records;
mod story;
#[cfg(test)]
mod tests;
mod views;

pub use freezes::Freeze;
pub use history::{Attempt, Delivery, End, Event, History, Lease};
pub use records::{Store, head};
pub use views::{Dump, Rows};

use crate::Received;

use super::desk::Log;
use super::post::Manner;

/// One process from its start to its end.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    /// When it was started, in microseconds since the Unix epoch.
    pub started_at: u64,
    /// When it had ended.
    pub ended_at: u64,
    /// Whether it died, instead of stopping in order.
    pub died: bool,
}

/// What one receiver got.
pub struct Mail {
    /// How it behaves.
    pub manner: Manner,
    /// Its subscription.
    pub subscription: String,
    /// What it is signed with.
    pub secret: String,
    /// Everything that arrived, in order.
    pub requests: Vec<Received>,
}

/// Everything that the check looks at.
pub struct Evidence {
    /// What publishers wrote down.
    pub log: Log,
    /// What receivers wrote down.
    pub mail: Vec<Mail>,
    /// The ledger.
    pub history: History,
    /// The rows of the views as the server left them, by table.
    pub live: Dump,
    /// The same after all views were made again.
    pub rebuilt: Dump,
    /// The processes, in order.
    pub lives: Vec<Life>,
    /// When nodes stood still, in order.
    pub freezes: Vec<Freeze>,
    /// Whether receivers and server told the same time.
    pub one_clock: bool,
    /// Whether there was one process at a time. Otherwise one that dies may leave requests to another that knows nothing of
    /// them, and so records no interruption.
    pub one_node: bool,
}

/// What was found.
#[derive(Debug, Default, Clone)]
pub struct Findings {
    /// Events that were acknowledged.
    pub acknowledged: usize,
    /// Requests that arrived.
    pub requests: usize,
    /// Acknowledged events that are not in the ledger, and deliveries that neither arrived nor are dead letters.
    pub lost: usize,
    /// Requests without a record: those that were under way, or being recorded, when the process died. And those that another
    /// node made again for one that stood still.
    pub repeats: usize,
    /// Those of them that nothing excuses: more than one of a delivery for each death, or freeze.
    pub inexcusable: usize,
    /// What must not be, in words.
    pub violations: Vec<String>,
}

/// Compares everything with everything.
pub fn check(evidence: &Evidence) -> Findings {
    let mut findings = Findings {
        acknowledged: evidence.log.acknowledged.len(),
        requests: evidence.mail.iter().map(|mail| mail.requests.len()).sum(),
        ..Findings::default()
    };
    for wrong in &evidence.log.wrong {
        findings.violate(wrong.clone());
    }
    for problem in &evidence.history.problems {
        findings.violate(format!("ledger: {problem}"));
    }
    events::check(evidence, &mut findings);
    receipts::check(evidence, &mut findings);
    attempts::check(evidence, &mut findings);
    views::check(evidence, &mut findings);
    findings
}

impl Findings {
    /// Notes something that must not be.
    pub fn violate(&mut self, what: impl Into<String>) {
        self.violations.push(what.into());
    }
}
