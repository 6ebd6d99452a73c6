//! What the delivery engine would have recorded.

use std::sync::Arc;

use app::bootstrap::DEFAULT_TENANT;
use domain::delivery::{Answer, Attempt, DeadLetterReason, Event, Origin, Phases, Trigger};
use domain::{Actor, DeliveryId, EventId, Fact, Metadata, RecordId, Sequence, SubscriptionId};
use ledger::{Batch, NewRecord};
use uuid::Uuid;

use super::Server;

/// Records the first attempt of the event's only delivery, answered with this status; the delivery's id.
pub(crate) async fn answered(server: &Server, event: &str, subscription: &str, status: u16) -> String {
    let answer = Answer::Response {
        status,
        headers: vec![("content-type".into(), "text/plain".into())],
        body: "thanks".into(),
        truncated: false,
    };
    record(server, event, subscription, answer, (200..300).contains(&status)).await
}

/// Records the first attempt of the event's only delivery, which nobody answered, and that it became a dead letter.
pub(crate) async fn failed(server: &Server, event: &str, subscription: &str, class: &str) -> String {
    let answer = Answer::Failure { class: class.into(), message: "nobody there".into() };
    record(server, event, subscription, answer, false).await
}

async fn record(server: &Server, event: &str, subscription: &str, answer: Answer, succeeded: bool) -> String {
    let event: EventId = event.parse().unwrap();
    let subscription: SubscriptionId = subscription.parse().unwrap();
    let published = server.ledger.read_stream(event.into(), Sequence::NONE, 1).await.unwrap().remove(0);
    let Ok(Fact::Event(domain::event::Event::Published(content))) = published.fact() else {
        panic!("not an event")
    };
    let id = DeliveryId::of(event, content.accepted_at, subscription);
    let origin = Origin {
        event,
        event_position: published.position,
        event_type: content.event_type.clone(),
        subscription,
    };
    let attempt = Arc::new(Attempt {
        number: 1,
        trigger: Trigger::Schedule,
        started_at: server.now(),
        phases: Phases { dns_us: Some(1_500), total_us: 20_250, ..Phases::default() },
        subscription_version: Sequence(1),
        address: Some("93.184.215.14:443".into()),
        body_sha256: "ab".repeat(32),
        answer,
    });
    let outcome = if succeeded {
        vec![Event::AttemptSucceeded { attempt }]
    } else {
        let reason = DeadLetterReason::Exhausted;
        vec![Event::AttemptFailed { attempt, retry_at: None }, Event::DeadLettered { reason }]
    };
    let events = Event::first(origin, content.accepted_at, outcome);
    let origin = ledger::Origin::new(DEFAULT_TENANT, &Metadata::by(Actor::Engine), server.now());
    let records = events.into_iter().zip(1..).map(|(event, sequence)| {
        NewRecord::of(
            RecordId::from_uuid(Uuid::from_u128(id.uuid().as_u128() ^ u128::from(sequence))),
            id.into(),
            Sequence(sequence),
            event.into(),
            &origin,
        )
    });
    let batch = Batch::new(records.collect()).unwrap();
    server.ledger.append_one(batch).await.unwrap().expect("the delivery has no records yet");
    server.settle().await;
    id.to_string()
}
