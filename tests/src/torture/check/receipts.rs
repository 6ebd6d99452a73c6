//! No phantom: what arrived is what the ledger holds, signed, byte for byte, under one name for all repeats.

use hex::encode;
use sha2::{Digest as _, Sha256};

use super::{Evidence, Findings, Mail};
use crate::Received;

pub(super) fn check(evidence: &Evidence, findings: &mut Findings) {
    for mail in &evidence.mail {
        for request in &mail.requests {
            if let Err(problem) = judge(evidence, mail, request) {
                findings.violate(format!(
                    "{} at the {:?} receiver {problem}",
                    request.webhook_id(),
                    mail.manner
                ));
            }
        }
    }
}

fn judge(evidence: &Evidence, mail: &Mail, request: &Received) -> Result<(), String> {
    if evidence.one_clock {
        request.verify(&mail.secret).map_err(|rejection| format!("is not signed well: {rejection}"))?;
    }
    let delivery = evidence.history.deliveries.get(request.webhook_id()).ok_or("is not in the ledger")?;
    if delivery.subscription != mail.subscription {
        return Err(format!("belongs to {}", delivery.subscription));
    }
    let envelope = request.envelope();
    if envelope.id != delivery.event {
        return Err(format!("holds {} instead of {}", envelope.id, delivery.event));
    }
    let event =
        evidence.history.events.get(&envelope.id).ok_or("holds an event that is not in the ledger")?;
    if envelope.data.get() != event.data || envelope.event_type != event.event_type {
        return Err("does not hold what was published".to_owned());
    }
    let sha256 = encode(Sha256::digest(&request.body));
    if delivery.attempts.iter().any(|attempt| attempt.body_sha256 != sha256) {
        return Err("has other bytes than its record says".to_owned());
    }
    Ok(())
}
