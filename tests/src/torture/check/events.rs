//! No loss: what was acknowledged is in the ledger, and came to its end everywhere.

use std::collections::HashMap;

use super::{Delivery, End, Evidence, Findings};
use crate::torture::desk;

pub(super) fn check(evidence: &Evidence, findings: &mut Findings) {
    acknowledged(evidence, findings);
    ended(evidence, findings);
}

/// Each acknowledged event stands where the answer said, byte for byte, and no place was given away twice.
fn acknowledged(evidence: &Evidence, findings: &mut Findings) {
    let mut places = HashMap::new();
    for (number, acknowledged) in &evidence.log.acknowledged {
        let published = &acknowledged.published;
        if let Some(other) = places.insert(published.position, number) {
            findings.violate(format!("events {other} and {number} were both told {}", published.position));
        }
        match evidence.history.events.get(&published.id) {
            None => {
                findings.lost += 1;
                findings.violate(format!("event {number} was acknowledged and is lost: {}", published.id));
            }
            Some(event) if event.position != published.position => findings.violate(format!(
                "event {number} was told position {} and stands at {}",
                published.position, event.position
            )),
            Some(event)
                if event.data != desk::data(*number) || event.event_type != desk::event_type(*number) =>
            {
                findings.violate(format!("event {number} is not what was published: {}", published.id));
            }
            Some(_) => {}
        }
    }
}

/// Each event in the ledger, acknowledged or not, has one delivery for each subscription that wants it, and all
/// of them ended: with an answer of 2xx that a receiver gave, or as a dead letter after all its attempts.
fn ended(evidence: &Evidence, findings: &mut Findings) {
    let deliveries: HashMap<_, _> =
        evidence.history.deliveries.iter().map(|(id, one)| (key(one), (id, one))).collect();
    let mut wanted = 0;
    for mail in &evidence.mail {
        for (event_id, event) in &evidence.history.events {
            if !mail.manner.wants(&event.event_type) {
                continue;
            }
            wanted += 1;
            let found = deliveries.get(&(event_id.as_str(), mail.subscription.as_str()));
            let problem = match found {
                None => Some("was never scheduled".to_owned()),
                Some((_, Delivery { end: None, .. })) => Some("has not ended".to_owned()),
                Some((_, one)) if one.end == Some(End::Dead) => {
                    let made = one.judged().count();
                    let allowed = mail.manner.delays_ms().len() + 1;
                    (made != allowed).then(|| format!("is dead after {made} of {allowed} attempts"))
                }
                Some(_) => None,
            };
            if let Some(problem) = problem {
                findings.lost += 1;
                let id = found.map_or("a delivery", |(id, _)| id.as_str());
                findings.violate(format!("{id} of {event_id} to the {:?} receiver {problem}", mail.manner));
            }
        }
    }
    if deliveries.len() != wanted || evidence.history.deliveries.len() != wanted {
        let found = evidence.history.deliveries.len();
        findings.violate(format!("{found} deliveries are in the ledger, {wanted} are wanted"));
    }
}

fn key(delivery: &Delivery) -> (&str, &str) {
    (&delivery.event, &delivery.subscription)
}
