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
        one_clock: true,
        one_node: true,
    }
}

fn attempt(number: u64, started_at: u64, status: u16, retry_at: Option<u64>) -> Attempt {
    Attempt {
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
