//! What the check is there to find, it finds.

use std::collections::BTreeMap;

use super::*;
use crate::Answer;
use crate::api::Published;
use crate::torture::desk::{self, Acknowledged};

const EVENT: &str = "evt_one";
const SUBSCRIPTION: &str = "sub_one";
const DELIVERY: &str = "dlv_one";
const STARTED: u64 = 1_000_000_000;

/// One event, published, delivered at the second attempt, and recorded; by one process that stopped in order.
fn sound() -> Evidence {
    let published = Published { id: EVENT.into(), position: 7, duplicate: false };
    let mut log = Log::default();
    log.acknowledged.insert(1, Acknowledged { published, asked_at: STARTED, answered_at: STARTED + 10 });
    let event = Event { position: 7, event_type: desk::event_type(1).into(), data: desk::data(1) };
    let delivery = Delivery {
        event: EVENT.into(),
        subscription: SUBSCRIPTION.into(),
        attempts: vec![
            attempt(1, STARTED + 100, 500, Some(STARTED + 300)),
            attempt(2, STARTED + 400, 204, None),
        ],
        end: Some(End::Delivered),
        ended_by: Some(1),
    };
    let history = History {
        head: 9,
        events: [(EVENT.to_owned(), event)].into(),
        deliveries: [(DELIVERY.to_owned(), delivery)].into(),
        ..History::default()
    };
    let row = format!("{}|t|s|e|7|torture.made|2", "00".repeat(16));
    let views =
        BTreeMap::from([("queue_waiting".to_owned(), vec![]), ("status_delivery".to_owned(), vec![row])]);
    Evidence {
        log,
        mail: vec![Mail {
            manner: Manner::Flaky,
            subscription: SUBSCRIPTION.into(),
            secret: String::new(),
            requests: vec![request(STARTED + 150, 500), request(STARTED + 450, 204)],
        }],
        history,
        live: views.clone(),
        rebuilt: views,
        lives: vec![Life { started_at: STARTED, ended_at: STARTED + 10_000, died: false }],
        freezes: vec![],
        one_clock: true,
        one_node: true,
    }
}

fn attempt(number: u64, started_at: u64, status: u16, retry_at: Option<u64>) -> Attempt {
    Attempt {
        position: 8 + number,
        lease: None,
        after_end: false,
        number,
        started_at,
        took_us: 60,
        status: Some(status),
        failure: None,
        body_sha256: String::new(),
        retry_at,
    }
}

/// So many requests were under way when processes died.
fn interrupt(evidence: &mut Evidence, times: u64) {
    let attempts = &mut evidence.history.deliveries.get_mut(DELIVERY).unwrap().attempts;
    for _ in 0..times {
        let number = attempts.len() as u64 + 1;
        let mut interrupted = attempt(number, STARTED + 455, 0, None);
        (interrupted.status, interrupted.failure) = (None, Some("interrupted".to_owned()));
        attempts.push(interrupted);
    }
}

fn request(at_micros: u64, status: u16) -> Received {
    let mut headers = http::HeaderMap::new();
    headers.insert("webhook-id", http::HeaderValue::from_static(DELIVERY));
    Received {
        at_micros,
        method: http::Method::POST,
        uri: http::Uri::from_static("/hook"),
        headers,
        body: bytes::Bytes::new(),
        answer: Answer::status(status),
    }
}

/// The parts of the check that need no signatures and no ids of the real kind.
fn judge(evidence: &Evidence) -> Findings {
    let mut findings = Findings::default();
    events::check(evidence, &mut findings);
    attempts::check(evidence, &mut findings);
    findings
}

#[test]
fn what_is_sound_is_found_sound() {
    let findings = judge(&sound());
    assert!(findings.violations.is_empty(), "{:?}", findings.violations);
    assert_eq!((findings.lost, findings.repeats, findings.inexcusable), (0, 0, 0));
}

#[test]
fn an_acknowledged_event_that_is_not_in_the_ledger_is_lost() {
    let mut evidence = sound();
    evidence.history.events.clear();
    assert!(judge(&evidence).lost > 0);
}

#[test]
fn a_byte_that_differs_from_what_was_published_is_found() {
    let mut evidence = sound();
    evidence.history.events.get_mut(EVENT).unwrap().data.push(' ');
    assert!(judge(&evidence).violations[0].contains("is not what was published"));
}

#[test]
fn a_position_that_was_told_twice_is_found() {
    let mut evidence = sound();
    let first = evidence.log.acknowledged[&1].clone();
    evidence.log.acknowledged.insert(2, first);
    assert!(judge(&evidence).violations.iter().any(|found| found.contains("were both told 7")));
}

#[test]
fn a_delivery_that_has_not_ended_is_lost() {
    let mut evidence = sound();
    evidence.history.deliveries.get_mut(DELIVERY).unwrap().end = None;
    assert!(judge(&evidence).lost > 0);
}

#[test]
fn a_delivery_that_was_never_scheduled_is_lost() {
    let mut evidence = sound();
    evidence.history.deliveries.clear();
    assert!(judge(&evidence).lost > 0);
}

#[test]
fn an_attempt_that_nobody_received_is_found() {
    let mut evidence = sound();
    evidence.mail[0].requests.remove(0);
    assert!(
        judge(&evidence).violations.iter().any(|found| found.contains("an attempt 1 that nobody received"))
    );
}

#[test]
fn a_request_without_a_record_needs_a_death_to_excuse_it() {
    let mut evidence = sound();
    evidence.mail[0].requests.push(request(STARTED + 460, 204));
    assert_eq!(judge(&evidence).inexcusable, 1);
    evidence.lives[0].died = true;
    assert_eq!(judge(&evidence).inexcusable, 1, "and a record of what was interrupted");
    interrupt(&mut evidence, 1);
    let excused = judge(&evidence);
    assert_eq!((excused.repeats, excused.inexcusable), (1, 0));
    assert!(excused.violations.is_empty(), "{:?}", excused.violations);
}

#[test]
fn a_death_excuses_one_request_of_a_delivery_and_not_two() {
    let mut evidence = sound();
    evidence.lives[0].died = true;
    evidence.mail[0].requests.extend([request(STARTED + 460, 204), request(STARTED + 470, 204)]);
    interrupt(&mut evidence, 2);
    let judged = judge(&evidence);
    assert_eq!(judged.inexcusable, 1);
    assert!(judged.violations.iter().any(|found| found.contains("was interrupted 2 times by 1 deaths")));
}

#[test]
fn of_several_nodes_a_death_excuses_what_has_no_record_at_all_and_still_not_two_of_it() {
    let mut evidence = sound();
    (evidence.one_node, evidence.lives[0].died) = (false, true);
    evidence.mail[0].requests.push(request(STARTED + 460, 204));
    let excused = judge(&evidence);
    assert_eq!((excused.repeats, excused.inexcusable), (1, 0));
    evidence.mail[0].requests.push(request(STARTED + 470, 204));
    assert_eq!(judge(&evidence).inexcusable, 1);
}

/// A second process runs from a quarter of a second after the first one died, and dies as well.
fn two_deaths(evidence: &mut Evidence) -> u64 {
    evidence.lives[0].died = true;
    let second = evidence.lives[0].ended_at + 250_000;
    evidence.lives.push(Life { started_at: second, ended_at: second + 10_000, died: true });
    interrupt(evidence, 2);
    second
}

#[test]
fn two_requests_that_were_noted_while_the_second_process_ran_are_explained_by_both_deaths() {
    let mut evidence = sound();
    let second = two_deaths(&mut evidence);
    evidence.mail[0].requests.extend([request(second + 10, 204), request(second + 20, 204)]);
    let judged = judge(&evidence);
    assert_eq!((judged.repeats, judged.inexcusable), (2, 0), "{:?}", judged.violations);
}

#[test]
fn two_requests_before_the_first_death_are_not_explained_by_a_later_one() {
    let mut evidence = sound();
    two_deaths(&mut evidence);
    evidence.mail[0].requests.extend([request(STARTED + 460, 204), request(STARTED + 470, 204)]);
    assert_eq!(judge(&evidence).inexcusable, 1);
}

#[test]
fn an_interrupted_request_need_not_have_arrived() {
    let mut evidence = sound();
    evidence.lives[0].died = true;
    interrupt(&mut evidence, 1);
    assert!(judge(&evidence).violations.is_empty());
}

#[test]
fn an_attempt_before_it_was_due_is_found() {
    let mut evidence = sound();
    evidence.history.deliveries.get_mut(DELIVERY).unwrap().attempts[0].retry_at = Some(STARTED + 401);
    assert!(judge(&evidence).violations.iter().any(|found| found.contains("1 µs before it was due")));
}

#[test]
fn rows_that_differ_when_views_are_made_again_are_found() {
    let mut evidence = sound();
    evidence.rebuilt.get_mut("status_delivery").unwrap()[0].push('5');
    let mut findings = Findings::default();
    views::check(&evidence, &mut findings);
    assert!(findings.violations[0].contains("status_delivery differs when made again"));
}

/// What the ledger holds of a delivery that was interrupted by a death after another node had delivered it.
fn recorded_after_the_end() -> History {
    let origin = format!(r#"{{"event":"{EVENT}","event_position":1,"subscription":"{SUBSCRIPTION}"}}"#);
    let attempt = |number, answer| {
        let started_at = "1970-01-01T00:16:40.0005Z";
        format!(
            r#"{{"number":{number},"started_at":"{started_at}","phases":{{"total_us":5}},"body_sha256":"","answer":{answer}}}"#
        )
    };
    let answered = attempt(1, r#"{"response":{"status":204}}"#);
    let interrupted = attempt(2, r#"{"failure":{"class":"interrupted"}}"#);
    let payloads = [
        r#"{"published":{"type":"t","data":{}}}"#.to_owned(),
        format!(r#"{{"delivered_at_once":{{"origin":{origin},"attempt":{answered}}}}}"#),
        format!(r#"{{"attempt_interrupted":{{"attempt":{interrupted}}}}}"#),
    ];
    let mut history = History::default();
    for (payload, position) in payloads.into_iter().zip(1..) {
        let (kind, stream, sequence) = match position {
            1 => (records::Kind::Event, EVENT, 1),
            place => (records::Kind::Delivery, DELIVERY, place - 1),
        };
        let metadata = r#"{"lane":3,"epoch":1}"#.to_owned();
        let (stream, id) = (stream.to_owned(), vec![u8::try_from(position).unwrap()]);
        let record = records::Record { position, kind, stream, sequence, id, payload, metadata };
        history.add(record, records::Gaps::None).unwrap();
    }
    history
}

#[test]
fn an_interruption_recorded_after_the_end_needs_several_nodes_wherever_the_ledger_is() {
    let mut evidence = sound();
    evidence.history.deliveries = recorded_after_the_end().deliveries;
    evidence.lives[0].died = true;
    evidence.mail[0].requests = vec![request(STARTED + 510, 204), request(STARTED + 520, 204)];
    evidence.one_node = false;
    assert_eq!(judge(&evidence).violations, Vec::<String>::new());
    evidence.one_node = true;
    let judged = judge(&evidence);
    assert!(judged.violations.iter().any(|found| found.contains("has an attempt 2 after its end")));
}

/// The lease of a lane at the node that stands still, and that of the node which takes over.
const LEASES: [Lease; 2] = [Lease { lane: 3, epoch: 1 }, Lease { lane: 3, epoch: 2 }];
const STOPPED: u64 = STARTED + 500;
const WENT_ON: u64 = STOPPED + 8_000_000;

/// The second attempt was under way at a node that stood still; another one made it again, and the first recorded its own when it
/// went on.
fn frozen() -> Evidence {
    let mut evidence = sound();
    evidence.one_node = false;
    evidence.lives[0].ended_at = WENT_ON + 10_000;
    evidence.freezes = vec![Freeze { from: STOPPED, to: WENT_ON, head: 9, leases: vec![LEASES[0]] }];
    let attempts = &mut evidence.history.deliveries.get_mut(DELIVERY).unwrap().attempts;
    attempts[0].lease = Some(LEASES[0]);
    attempts[1].lease = Some(LEASES[1]);
    attempts[1].started_at = STOPPED + 5_000_000;
    let mut late = attempt(3, STARTED + 400, 204, None);
    (late.lease, late.after_end) = (Some(LEASES[0]), true);
    attempts.push(late);
    evidence.mail[0].requests.push(request(STOPPED + 5_000_040, 204));
    evidence
}

fn late(evidence: &mut Evidence) -> &mut Attempt {
    &mut evidence.history.deliveries.get_mut(DELIVERY).unwrap().attempts[2]
}

fn finds(evidence: &Evidence, what: &str) {
    let judged = judge(evidence);
    assert!(judged.violations.iter().any(|found| found.contains(what)), "{:?}", judged.violations);
}

#[test]
fn what_was_under_way_at_a_node_that_stood_still_is_made_again_once() {
    let judged = judge(&frozen());
    assert_eq!(judged.violations, Vec::<String>::new());
    assert_eq!((judged.lost, judged.repeats, judged.inexcusable), (0, 1, 0));
}

#[test]
fn a_request_that_left_only_when_its_node_went_on_is_the_one_that_is_recorded() {
    let mut evidence = frozen();
    evidence.mail[0].requests[1] = request(WENT_ON + 200, 204);
    assert_eq!(judge(&evidence).violations, Vec::<String>::new());
    evidence.mail[0].requests[1] = request(WENT_ON + 3_000_000, 204);
    finds(&evidence, "an attempt 3 that nobody received");
}

#[test]
fn an_attempt_that_ran_out_of_time_while_its_node_stood_still_need_not_have_arrived() {
    let mut evidence = frozen();
    evidence.mail[0].requests.remove(1);
    let attempt = late(&mut evidence);
    (attempt.status, attempt.failure) = (None, Some("connect_timeout".to_owned()));
    attempt.took_us = WENT_ON - attempt.started_at + 50;
    assert_eq!(judge(&evidence).violations, Vec::<String>::new());
    late(&mut evidence).took_us = 5_000_000;
    finds(&evidence, "has an attempt without an answer: connect_timeout");
}

#[test]
fn a_request_that_a_node_begins_after_it_lost_the_lane_is_found() {
    let mut evidence = frozen();
    late(&mut evidence).started_at = WENT_ON + 100;
    evidence.mail[0].requests[1] = request(WENT_ON + 200, 204);
    finds(&evidence, "after it had stopped and lost the lane");
    assert_eq!(judge(&evidence).inexcusable, 1);
}

#[test]
fn a_freeze_excuses_neither_what_was_recorded_before_it_nor_what_another_lease_did() {
    let mut evidence = frozen();
    late(&mut evidence).position = 9;
    finds(&evidence, "has an attempt 3 after its end");
    let mut evidence = frozen();
    late(&mut evidence).lease = Some(Lease { lane: 4, epoch: 1 });
    finds(&evidence, "has an attempt 3 after its end");
    let mut evidence = frozen();
    evidence.freezes.clear();
    finds(&evidence, "has an attempt 3 after its end");
}

#[test]
fn two_requests_of_a_delivery_at_the_node_that_stood_still_are_found() {
    let mut evidence = frozen();
    let mut again = attempt(4, STARTED + 420, 204, None);
    (again.lease, again.after_end) = (Some(LEASES[0]), true);
    evidence.history.deliveries.get_mut(DELIVERY).unwrap().attempts.push(again);
    evidence.mail[0].requests.push(request(STARTED + 460, 204));
    finds(&evidence, "had 2 requests under way at a node that stopped");
    assert_eq!(judge(&evidence).inexcusable, 1);
}

#[test]
fn a_request_without_a_record_is_not_excused_by_a_freeze() {
    let mut evidence = frozen();
    evidence.mail[0].requests.push(request(STARTED + 470, 204));
    assert_eq!(judge(&evidence).inexcusable, 1);
}

/// The node went on, and recorded the end, while the other one made the request again.
fn recorded_first() -> Evidence {
    let mut evidence = frozen();
    let attempts = &mut evidence.history.deliveries.get_mut(DELIVERY).unwrap().attempts;
    attempts.swap(1, 2);
    (attempts[1].number, attempts[1].after_end, attempts[1].position) = (2, false, 10);
    (attempts[2].number, attempts[2].after_end, attempts[2].position) = (3, true, 11);
    evidence
}

#[test]
fn what_was_made_again_may_be_recorded_after_the_end_that_the_other_node_recorded_and_only_then() {
    let evidence = recorded_first();
    assert_eq!(judge(&evidence).violations, Vec::<String>::new());
    let mut evidence = recorded_first();
    late(&mut evidence).started_at = WENT_ON + 3_000_000;
    evidence.mail[0].requests[2] = request(WENT_ON + 3_000_040, 204);
    finds(&evidence, "has an attempt 3 after its end");
    let mut evidence = recorded_first();
    let mut again = attempt(4, STOPPED + 5_100_000, 204, None);
    (again.lease, again.after_end) = (Some(LEASES[1]), true);
    evidence.history.deliveries.get_mut(DELIVERY).unwrap().attempts.push(again);
    evidence.mail[0].requests.push(request(STOPPED + 5_100_040, 204));
    finds(&evidence, "has an attempt 4 after its end");
}

#[test]
fn the_node_that_takes_over_keeps_to_the_schedule_that_was_recorded_before() {
    let mut evidence = frozen();
    evidence.history.deliveries.get_mut(DELIVERY).unwrap().attempts[0].retry_at = Some(STOPPED + 6_000_000);
    finds(&evidence, "was tried 1000000 µs before it was due");
}
