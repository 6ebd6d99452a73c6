use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::policy::{RetryPolicy, RetryPolicyFields};
use crate::stream::Sequence;
use crate::testing::{given, origin};
use crate::time::Timestamp;

const AT: Timestamp = Timestamp::from_seconds(1_000_000);

fn scheduled() -> Event {
    Event::Scheduled { origin: origin(), at: AT }
}

fn attempt(number: u32, answer: Answer) -> Arc<Attempt> {
    Arc::new(Attempt {
        number,
        trigger: Trigger::Schedule,
        started_at: AT,
        phases: Phases::default(),
        subscription_version: Sequence(1),
        address: None,
        body_sha256: String::new(),
        answer,
    })
}

fn status(status: u16) -> Answer {
    Answer::Response { status, headers: vec![], body: String::new(), truncated: false }
}

fn record(number: u32, answer: Answer, policy: &RetryPolicy) -> Command {
    let made = AttemptMade { attempt: attempt(number, answer), at: AT, chance: 0, not_before: None };
    Command::RecordAttempt { made, policy: Some(policy.clone()) }
}

fn failed(number: u32, code: u16, retry_at: Option<Timestamp>) -> Event {
    Event::AttemptFailed { attempt: attempt(number, status(code)), retry_at }
}

fn cancel() -> Command {
    Command::Cancel { reason: CancelReason::Requested { note: crate::text::Description::default() } }
}

fn cancelled() -> Event {
    Event::Cancelled {
        subscription: origin().subscription,
        reason: CancelReason::Requested { note: crate::text::Description::default() },
    }
}

fn retry_requested(attempts: u32) -> Event {
    Event::RetryRequested { origin: origin(), attempts, at: AT }
}

fn two_attempts() -> RetryPolicy {
    RetryPolicy::new(RetryPolicyFields { attempts_max: 2, ..RetryPolicyFields::default() }).unwrap()
}

#[test]
fn a_2xx_answer_ends_a_delivery_well() {
    given::<Delivery>([scheduled()])
        .when(record(1, status(204), &RetryPolicy::default()))
        .then([Event::AttemptSucceeded { attempt: attempt(1, status(204)) }]);
}

#[test]
fn a_delivery_that_succeeds_at_once_is_one_record_that_says_what_two_would() {
    let succeeded = Event::AttemptSucceeded { attempt: attempt(1, status(204)) };
    let one = Event::first(origin(), AT, vec![succeeded.clone()]);
    assert_eq!(one, [Event::DeliveredAtOnce { origin: origin(), at: AT, attempt: attempt(1, status(204)) }]);
    let folded = |events: &[Event]| events.iter().fold(Delivery::default(), crate::Decider::evolve);
    assert_eq!(folded(&one), folded(&[scheduled(), succeeded]));
}

#[test]
fn any_other_outcome_of_a_first_attempt_follows_its_schedule() {
    let outcome = failed(1, 500, None);
    assert_eq!(Event::first(origin(), AT, vec![outcome.clone()]), [scheduled(), outcome]);
}

#[test]
fn a_failure_is_followed_by_a_retry_after_the_first_wait() {
    let due = AT.after(Duration::from_secs(5));
    for code in [301, 400, 404, 429, 500, 503] {
        given::<Delivery>([scheduled()])
            .when(record(1, status(code), &RetryPolicy::default()))
            .then([failed(1, code, Some(due))]);
    }
}

#[test]
fn the_last_failure_makes_a_dead_letter() {
    given::<Delivery>([scheduled(), failed(1, 500, Some(AT))])
        .when(record(2, status(500), &two_attempts()))
        .then([failed(2, 500, None), Event::DeadLettered { reason: DeadLetterReason::Exhausted }]);
}

#[test]
fn a_final_status_makes_a_dead_letter_at_once() {
    let policy =
        RetryPolicy::new(RetryPolicyFields { final_statuses: vec![422], ..RetryPolicyFields::default() })
            .unwrap();
    given::<Delivery>([scheduled()])
        .when(record(1, status(422), &policy))
        .then([failed(1, 422, None), Event::DeadLettered { reason: DeadLetterReason::FinalStatus }]);
}

#[test]
fn gone_makes_a_dead_letter_with_its_own_reason() {
    given::<Delivery>([scheduled()])
        .when(record(1, status(410), &RetryPolicy::default()))
        .then([failed(1, 410, None), Event::DeadLettered { reason: DeadLetterReason::EndpointGone }]);
}

#[test]
fn asking_again_gives_a_dead_letter_a_new_budget() {
    let dead = [
        scheduled(),
        failed(1, 500, Some(AT)),
        failed(2, 500, None),
        Event::DeadLettered { reason: DeadLetterReason::Exhausted },
    ];
    given::<Delivery>(dead.clone()).when(Command::Retry { at: AT }).then([retry_requested(2)]);
    given::<Delivery>(dead.into_iter().chain([retry_requested(2)]))
        .when(record(3, status(500), &two_attempts()))
        .then([failed(3, 500, Some(AT.after(Duration::from_secs(5))))]);
}

#[test]
fn a_request_under_way_when_it_was_cancelled_is_recorded_and_changes_nothing() {
    given::<Delivery>([scheduled(), cancelled()])
        .when(record(1, status(500), &RetryPolicy::default()))
        .then([failed(1, 500, None)]);
}

#[test]
fn cancelling_twice_records_once_and_what_was_delivered_cannot_be_cancelled() {
    given::<Delivery>([scheduled()]).when(cancel()).then([cancelled()]);
    given::<Delivery>([scheduled(), cancelled()]).when(cancel()).then_nothing();
    given::<Delivery>([scheduled(), Event::AttemptSucceeded { attempt: attempt(1, status(200)) }])
        .when(cancel())
        .then_refused(&Refusal::AlreadyDelivered);
}

#[test]
fn a_dead_letter_is_discarded_by_cancelling_it_and_can_still_be_asked_for() {
    let dead =
        [scheduled(), failed(1, 500, None), Event::DeadLettered { reason: DeadLetterReason::Exhausted }];
    given::<Delivery>(dead.clone()).when(cancel()).then([cancelled()]);
    given::<Delivery>(dead.into_iter().chain([cancelled()]))
        .when(Command::Retry { at: AT })
        .then([retry_requested(1)]);
}

#[test]
fn what_was_never_scheduled_cannot_be_retried() {
    given::<Delivery>([]).when(Command::Retry { at: AT }).then_refused(&Refusal::NeverScheduled);
}

#[test]
fn an_interrupted_request_counts_as_made_and_uses_up_nothing_of_the_policy() {
    let attempt = attempt(2, Attempt::interrupted());
    let interrupted = Event::AttemptInterrupted { attempt: attempt.clone() };
    given::<Delivery>([scheduled(), failed(1, 500, Some(AT))])
        .when(Command::RecordInterrupted { attempt })
        .then([interrupted.clone()]);
    let before = Progress::new(AT).evolve(&failed(1, 500, Some(AT)));
    let after = before.evolve(&interrupted);
    assert_eq!((after.attempts, after.budget, after.state), (2, before.budget, before.state));
}

#[test]
fn a_request_whose_outcome_is_recorded_was_not_interrupted() {
    let attempt = attempt(1, Attempt::interrupted());
    given::<Delivery>([scheduled(), failed(1, 500, Some(AT))])
        .when(Command::RecordInterrupted { attempt })
        .then_nothing();
}
