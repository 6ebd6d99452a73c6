//! Attempt truth, the schedule, and bounded repeats: requests and records are matched one by one.

use std::collections::HashMap;

use super::{Attempt, Delivery, End, Evidence, Findings, Life};
use crate::{Answer, Received};

/// How much later than it was made a request may be noted, in microseconds: the receiver shares a busy machine.
const LATE_US: u64 = 2_000_000;
/// The same for one whose end is not known, since it had none.
const INTERRUPTED_LATE_US: u64 = 10_000_000;

pub(super) fn check(evidence: &Evidence, findings: &mut Findings) {
    for mail in &evidence.mail {
        let mut arrived: HashMap<&str, Vec<&Received>> = HashMap::new();
        for request in &mail.requests {
            arrived.entry(request.webhook_id()).or_default().push(request);
        }
        let attempts_max = mail.manner.delays_ms().len() + 1;
        let own = evidence.history.deliveries.iter();
        for (id, delivery) in own.filter(|(_, delivery)| delivery.subscription == mail.subscription) {
            let requests = arrived.remove(id.as_str()).unwrap_or_default();
            let mut case = Case { evidence, findings, id, delivery };
            case.numbers(attempts_max);
            case.schedule();
            case.repeats(&requests);
        }
    }
}

struct Case<'a> {
    evidence: &'a Evidence,
    findings: &'a mut Findings,
    id: &'a str,
    delivery: &'a Delivery,
}

impl Case<'_> {
    fn violate(&mut self, what: &str) {
        self.findings.violate(format!("{} {what}", self.id));
    }

    /// Attempts are counted from one, and there are no more of them than the policy has.
    fn numbers(&mut self, attempts_max: usize) {
        let made = self.delivery.attempts.iter().filter(|attempt| !attempt.was_interrupted()).count();
        let in_order =
            self.delivery.attempts.iter().zip(1..).all(|(attempt, number)| attempt.number == number);
        if !in_order {
            self.violate("has attempts that are not numbered in order");
        }
        if made > attempts_max {
            self.violate(&format!("has {made} attempts, {attempts_max} are allowed"));
        }
    }

    /// No attempt before it is due, by the server's own clock.
    fn schedule(&mut self) {
        let judged: Vec<_> =
            self.delivery.attempts.iter().filter(|attempt| !attempt.was_interrupted()).collect();
        for pair in judged.windows(2) {
            match pair[0].retry_at {
                Some(due) if pair[1].started_at >= due => {}
                Some(due) => {
                    let early = due - pair[1].started_at;
                    self.violate(&format!("was tried {early} µs before it was due"));
                }
                None => self.violate("was tried again although no retry was planned"),
            }
        }
    }

    /// Each recorded attempt has its request; each other request has the record of one that was interrupted by a death,
    /// one for each.
    fn repeats(&mut self, requests: &[&Received]) {
        let mut unmatched: Vec<&Received> = requests.to_vec();
        for attempt in self.delivery.attempts.iter().filter(|attempt| !attempt.was_interrupted()) {
            let Some(status) = attempt.status else {
                // No receiver was ever away: whatever failed, failed here.
                let class = attempt.failure.as_deref().unwrap_or("nothing");
                self.violate(&format!("has an attempt without an answer: {class}"));
                continue;
            };
            // Attempts of a delivery follow each other, so that the first request after its start is its own.
            let ends = attempt.started_at + attempt.took_us + LATE_US;
            let is_it = |request: &&Received| {
                let in_time = (attempt.started_at..=ends).contains(&request.at_micros);
                gave(request) == Some(status) && (in_time || !self.evidence.one_clock)
            };
            match unmatched.iter().position(is_it) {
                Some(place) => drop(unmatched.remove(place)),
                None => self.violate(&format!("has an attempt {} that nobody received", attempt.number)),
            }
        }
        if self.delivery.end == Some(End::Delivered)
            && !requests.iter().any(|request| gave(request) == Some(204))
        {
            self.findings.lost += 1;
            self.violate("is recorded as delivered and was not");
        }
        self.findings.repeats += unmatched.len();
        let interrupted = self.interrupted(unmatched);
        self.deaths(interrupted);
    }

    /// Each of them was under way when a process died, and of a delivery there is one at most for each death. A machine that
    /// is busy notes a request late, maybe when the next process runs already: so the earliest death that explains it does.
    fn deaths(&mut self, mut requests: Vec<&Received>) {
        requests.sort_by_key(|request| request.at_micros);
        let mut deaths: Vec<&Life> = self.evidence.lives.iter().filter(|life| life.died).collect();
        for request in requests {
            let explains = |life: &&Life| excuses(life, request.at_micros);
            if let Some(death) = deaths.iter().position(explains) {
                deaths.remove(death);
            } else {
                self.findings.inexcusable += 1;
                self.violate(
                    "arrived without an outcome, and no death explains it that explains no other request",
                );
            }
        }
    }
}

impl Case<'_> {
    /// What arrived and has no outcome is recorded as interrupted, and what is so recorded was under way at a death, one
    /// for each. It need not have arrived. Hands back those requests that are so recorded, or need not be.
    fn interrupted<'r>(&mut self, mut requests: Vec<&'r Received>) -> Vec<&'r Received> {
        let mut unmatched: Vec<&Attempt> =
            self.delivery.attempts.iter().filter(|attempt| attempt.was_interrupted()).collect();
        let deaths = self.evidence.lives.iter().filter(|life| life.died).count();
        if unmatched.len() > deaths {
            self.violate(&format!("was interrupted {} times by {deaths} deaths", unmatched.len()));
        }
        requests.retain(|request| {
            let is_it = |attempt: &&Attempt| {
                // The next attempt comes after the next start.
                let soon = attempt.started_at..=attempt.started_at + INTERRUPTED_LATE_US;
                soon.contains(&request.at_micros) || !self.evidence.one_clock
            };
            let place = unmatched.iter().position(is_it);
            if let Some(place) = place {
                unmatched.remove(place);
            } else if self.evidence.one_node {
                self.findings.inexcusable += 1;
                self.violate("arrived and is recorded neither with its outcome nor as interrupted");
            }
            place.is_some() || !self.evidence.one_node
        });
        requests
    }
}

/// Whether a request at this moment may have been under way when the process died.
const fn excuses(life: &Life, at: u64) -> bool {
    life.died && life.started_at <= at && at <= life.ended_at + LATE_US
}

fn gave(request: &Received) -> Option<u16> {
    match &request.answer {
        Answer::Respond { status, .. } => Some(*status),
        Answer::Hang => None,
    }
}
