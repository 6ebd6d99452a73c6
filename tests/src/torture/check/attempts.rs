//! Attempt truth, the schedule, and bounded repeats: requests and records are matched one by one.

use std::collections::HashMap;

use super::{Attempt, Delivery, End, Evidence, Findings, Freeze, Life, story};
use crate::{Answer, Received};

/// How much later than it was made a request may be noted, in microseconds: the receiver shares a busy machine.
pub(super) const LATE_US: u64 = 2_000_000;
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
            let mut case = Case { evidence, findings, id, delivery, requests: &requests };
            case.numbers(attempts_max);
            case.schedule();
            case.after_the_end();
            case.freezes();
            case.repeats();
        }
    }
}

struct Case<'a> {
    evidence: &'a Evidence,
    findings: &'a mut Findings,
    id: &'a str,
    delivery: &'a Delivery,
    requests: &'a [&'a Received],
}

impl<'a> Case<'a> {
    fn violate(&mut self, what: &str) {
        let story = story::of(self.delivery, self.requests, &self.evidence.freezes);
        self.findings.violate(format!("{} {what}{story}", self.id));
    }

    /// Attempts are counted from one, and there are no more of them than the policy has.
    fn numbers(&mut self, attempts_max: usize) {
        let made = self.delivery.judged().count();
        let in_order =
            self.delivery.attempts.iter().zip(1..).all(|(attempt, number)| attempt.number == number);
        if !in_order {
            self.violate("has attempts that are not numbered in order");
        }
        if made > attempts_max {
            self.violate(&format!("has {made} attempts, {attempts_max} are allowed"));
        }
    }

    /// No attempt before it is due, by the server's own clock, as far as its node could know what was planned.
    fn schedule(&mut self) {
        let made: Vec<_> = self.delivery.attempts.iter().filter(|one| !one.was_interrupted()).collect();
        for (place, attempt) in made.iter().enumerate() {
            let Some(before) = made[..place].iter().rev().find(|before| self.knew(attempt, before)) else {
                continue;
            };
            match before.retry_at {
                Some(due) if attempt.started_at >= due => {}
                Some(due) => {
                    let early = due - attempt.started_at;
                    self.violate(&format!("was tried {early} µs before it was due"));
                }
                None => self.violate("was tried again although no retry was planned"),
            }
        }
    }

    /// Whether the node that made `attempt` knew what came of one that stands before it in the ledger.
    fn knew(&self, attempt: &Attempt, before: &Attempt) -> bool {
        match (self.held_up(attempt), self.held_up(before)) {
            (Some(freeze), _) => before.position <= freeze.head,
            (None, Some(freeze)) => attempt.started_at > freeze.noted_until(),
            (None, None) => true,
        }
    }

    /// The freeze that held an attempt up.
    fn held_up(&self, attempt: &Attempt) -> Option<&'a Freeze> {
        self.evidence.freezes.iter().find(|freeze| freeze.held_up(attempt))
    }

    /// After its end a delivery has only records of requests that had been made before, of which the node knew nothing that
    /// recorded the end.
    fn after_the_end(&mut self) {
        let ended_by = self.delivery.ended_by.map(|place| &self.delivery.attempts[place]);
        let ended_by = ended_by.and_then(|attempt| self.held_up(attempt));
        let mut made_instead = 0;
        for attempt in self.delivery.attempts.iter().filter(|attempt| attempt.after_end) {
            // A node that died and is back records what it had under way, whoever delivered it since.
            if self.held_up(attempt).is_some() || (attempt.was_interrupted() && !self.evidence.one_node) {
                continue;
            }
            made_instead += 1;
            if made_instead > 1 || !ended_by.is_some_and(|freeze| freeze.is_instead(attempt)) {
                self.violate(&format!("has an attempt {} after its end", attempt.number));
            }
        }
    }

    /// What a freeze held up of a delivery is one request, and is made again once. Nothing is begun in lanes that were lost.
    fn freezes(&mut self) {
        for freeze in &self.evidence.freezes {
            let held_up = self.delivery.held_up(freeze).count();
            let made_again =
                self.delivery.attempts.iter().filter(|attempt| freeze.is_instead(attempt)).count();
            if held_up > 0 && made_again > 0 {
                self.findings.repeats += 1;
            }
            if held_up > 1 {
                self.findings.inexcusable += held_up - 1;
                self.violate(&format!("had {held_up} requests under way at a node that stopped"));
            }
            for attempt in self.delivery.attempts.iter().filter(|attempt| freeze.is_stolen(attempt)) {
                self.findings.inexcusable += 1;
                let late = attempt.started_at - freeze.from;
                self.violate(&format!(
                    "was tried by a node {late} µs after it had stopped and lost the lane"
                ));
            }
        }
    }

    /// Each recorded attempt has its request; each other request has the record of one that was interrupted by a death,
    /// one for each.
    fn repeats(&mut self) {
        let mut unmatched: Vec<&Received> = self.requests.to_vec();
        let made = || self.delivery.attempts.iter().filter(|attempt| !attempt.was_interrupted());
        // Whose requests may have been noted at any time comes last.
        let prompt = made().filter(|attempt| self.held_up(attempt).is_none());
        let held_up = made().filter(|attempt| self.held_up(attempt).is_some());
        let in_turn: Vec<_> = prompt.chain(held_up).collect();
        for attempt in in_turn {
            self.received(attempt, &mut unmatched);
        }
        if self.delivery.end == Some(End::Delivered)
            && !self.requests.iter().any(|request| gave(request) == Some(204))
        {
            self.findings.lost += 1;
            self.violate("is recorded as delivered and was not");
        }
        self.findings.repeats += unmatched.len();
        let interrupted = self.interrupted(unmatched);
        self.deaths(interrupted);
    }

    /// Takes the request of an attempt out of those that are left.
    fn received(&mut self, attempt: &Attempt, left: &mut Vec<&Received>) {
        let freeze = self.held_up(attempt);
        // Attempts of a delivery follow each other, so that the first request after its start is its own.
        let ends =
            (attempt.started_at + attempt.took_us + LATE_US).max(freeze.map_or(0, Freeze::noted_until));
        let ran_out = attempt.status.is_none() && freeze.is_some_and(|freeze| freeze.ran_out(attempt));
        if attempt.status.is_none() && !ran_out {
            // No receiver was ever away: whatever failed, failed here.
            let class = attempt.failure.as_deref().unwrap_or("nothing");
            self.violate(&format!("has an attempt without an answer: {class}"));
            return;
        }
        let is_it = |request: &&Received| {
            let in_time = (attempt.started_at..=ends).contains(&request.at_micros);
            (ran_out || gave(request) == attempt.status) && (in_time || !self.evidence.one_clock)
        };
        match left.iter().position(is_it) {
            Some(place) => drop(left.remove(place)),
            // Its deadline may have been over before it was sent.
            None if ran_out => {}
            None => self.violate(&format!("has an attempt {} that nobody received", attempt.number)),
        }
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

pub(super) fn gave(request: &Received) -> Option<u16> {
    match &request.answer {
        Answer::Respond { status, .. } => Some(*status),
        Answer::Hang => None,
    }
}
