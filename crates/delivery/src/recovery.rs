//! Recording the requests that were under way when an earlier process died, before anything else is done with their
//! deliveries.

use std::sync::Arc;

use domain::delivery::{Command, Event, Origin};
use domain::{Decider, DeliveryId, EventId, Fact, Sequence, TenantId, Timestamp};
use ledger::{Ledger, LedgerError};

use crate::journal::{Journal, Underway};
use crate::ledger_io::{Found, Outcome, Scribe, Settled, Unread};
use crate::mark;

/// Records every request of the journal of whose outcome the ledger knows nothing, and empties the journal. Says how many
/// there were; none once the ledger is closing.
pub(crate) async fn record_interrupted(
    ledger: &Arc<dyn Ledger>,
    scribe: &Scribe,
    journal: &dyn Journal,
    now: Timestamp,
) -> Result<usize, LedgerError> {
    let mut left = match journal.left_behind() {
        Ok(left) => left,
        Err(error) => {
            let error = &error as &(dyn std::error::Error + Sync);
            tracing::error!(error, "the journal of requests under way could not be read");
            return Ok(0);
        }
    };
    let mut recorded = 0;
    // Somebody may record something of a delivery meanwhile; then it is looked at again.
    while !left.is_empty() {
        let mut outcomes = Vec::new();
        for request in &left {
            outcomes.extend(outcome(&**ledger, scribe, request).await?);
        }
        if outcomes.is_empty() {
            break;
        }
        let settled = scribe.clone().append(outcomes, now).await;
        let again = |id: DeliveryId| {
            settled
                .iter()
                .any(|(_, delivery, what)| *delivery == id && matches!(what, Settled::Conflicted(_)))
        };
        left.retain(|request| again(request.delivery));
        recorded += settled.iter().filter(|(.., what)| matches!(what, Settled::Appended(_))).count();
        if settled.iter().any(|(.., what)| matches!(what, Settled::Abandoned)) {
            return Err(LedgerError::ShuttingDown);
        }
    }
    if let Err(error) = journal.clear() {
        // What stands there is passed over the next time.
        let error = &error as &(dyn std::error::Error + Sync);
        tracing::warn!(error, "the journal of requests under way could not be emptied");
    }
    Ok(recorded)
}

/// What is to be recorded of a request; nothing if its outcome is known, or it belongs to nothing that this ledger holds.
async fn outcome(
    ledger: &dyn Ledger,
    scribe: &Scribe,
    request: &Underway,
) -> Result<Option<Outcome>, LedgerError> {
    let Some((tenant, origin, at)) = origin(ledger, request).await? else {
        tracing::warn!(
            delivery.id = %request.delivery,
            position = request.event_position.0,
            "a request under way belongs to no event of this ledger, and is not recorded"
        );
        return Ok(None);
    };
    let Found { state: mut delivery, sequence: expected, started } =
        match scribe.delivery(request.delivery).await {
            Ok(found) => found,
            Err(Unread::Closing) => return Err(LedgerError::ShuttingDown),
            Err(Unread::Damaged) => return Ok(None),
        };
    // Another node may have made an attempt of the same number, so that the number does not tell.
    if started.contains(&request.started_at) {
        return Ok(None);
    }
    let mut events = Vec::new();
    if expected == Sequence::NONE {
        events.push(Event::Scheduled { origin, at });
        delivery = delivery.evolve(&events[0]);
    }
    let mut attempt = request.interrupted();
    // Its number is the next one, whatever it was.
    attempt.number = u32::MAX;
    let attempt = Arc::new(attempt);
    let interrupted = delivery.decide(Command::RecordInterrupted { attempt }).unwrap_or_default();
    events.extend(interrupted.iter().cloned());
    let Underway { delivery, subscription, .. } = *request;
    let metadata = mark::of_an_earlier_life(request.subscription);
    let outcome = Outcome { tenant, subscription, delivery, expected, events, metadata };
    Ok((!interrupted.is_empty()).then_some(outcome))
}

/// Whose the event is that a request delivers, what it delivers, and since when.
async fn origin(
    ledger: &dyn Ledger,
    request: &Underway,
) -> Result<Option<(TenantId, Origin, Timestamp)>, LedgerError> {
    let Some(record) = ledger.read_one(request.event_position).await? else { return Ok(None) };
    let Ok(Fact::Event(domain::event::Event::Published(published))) = record.fact() else { return Ok(None) };
    let event = EventId::from_uuid(record.stream.uuid);
    if DeliveryId::of(event, published.accepted_at, request.subscription) != request.delivery {
        return Ok(None);
    }
    let origin = Origin {
        event,
        event_position: request.event_position,
        event_type: published.event_type.clone(),
        subscription: request.subscription,
    };
    Ok(Some((record.tenant, origin, published.accepted_at)))
}
