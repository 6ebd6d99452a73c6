use std::num::NonZeroU32;
use std::time::Duration;

use super::*;
use crate::id::SecretId;
use crate::testing::{created, given, secret};
use crate::text::Description;
use crate::time::Timestamp;

const AT: Timestamp = Timestamp::from_seconds(1_000_000);

fn pause() -> Command {
    Command::Pause { reason: PauseReason::Requested { note: Description::default() } }
}

fn paused() -> Event {
    Event::Paused { reason: PauseReason::Requested { note: Description::default() } }
}

fn disabled() -> Event {
    Event::Disabled { reason: DisableReason::EndpointGone }
}

fn active() -> Event {
    created(&["*"], None)
}

fn rotate(n: u128, overlap_s: u64) -> Command {
    Command::RotateSecret { secret: secret(n), overlap: Overlap::from_seconds(overlap_s).unwrap(), at: AT }
}

fn rotated(n: u128, overlap_s: u64) -> Event {
    Event::SecretRotated {
        secret: secret(n),
        at: AT,
        previous_until: AT.after(Duration::from_secs(overlap_s)),
    }
}

#[test]
fn a_subscription_is_created_once() {
    let Event::Created { settings, secret, active } = created(&["*"], None) else { unreachable!() };
    let create = Command::Create { settings, secret, active };
    given::<Subscription>([]).when(create.clone()).then([created(&["*"], None)]);
    given::<Subscription>([super::tests::active()]).when(create).then_refused(&Refusal::AlreadyCreated);
}

#[test]
fn a_removed_subscription_cannot_resume() {
    given::<Subscription>([active(), Event::Deleted]).when(Command::Resume).then_refused(&Refusal::Deleted);
}

#[test]
fn deleting_and_pausing_twice_record_once() {
    given::<Subscription>([active(), Event::Deleted]).when(Command::Delete).then_nothing();
    given::<Subscription>([active(), paused()]).when(pause()).then_nothing();
}

#[test]
fn pausing_and_resuming_alternate() {
    given::<Subscription>([active()]).when(pause()).then([paused()]);
    given::<Subscription>([active(), paused()]).when(Command::Resume).then([Event::Resumed]);
    given::<Subscription>([active()]).when(Command::Resume).then_nothing();
}

#[test]
fn a_disabled_subscription_is_activated_not_resumed() {
    given::<Subscription>([active(), disabled()]).when(Command::Resume).then_refused(&Refusal::Disabled);
    given::<Subscription>([active(), disabled()]).when(Command::Activate).then([Event::Activated]);
}

#[test]
fn failing_is_noted_once_warned_of_once_and_forgiven_once() {
    let (since, disable_at) = (AT, AT.after(Duration::from_hours(24)));
    let (failing, warned) = (Event::Failing { since }, Event::DisableWarned { disable_at });
    let note = Command::NoteFailing { since };
    let warn = Command::WarnOfDisable { disable_at };
    given::<Subscription>([active()]).when(note.clone()).then([failing.clone()]);
    given::<Subscription>([active(), failing.clone()]).when(note).then_nothing();
    given::<Subscription>([active()]).when(warn.clone()).then_nothing();
    given::<Subscription>([active(), failing.clone()]).when(warn.clone()).then([warned.clone()]);
    given::<Subscription>([active(), failing.clone(), warned.clone()]).when(warn).then_nothing();
    given::<Subscription>([active(), failing.clone(), warned])
        .when(Command::NoteRecovered)
        .then([Event::Recovered]);
    given::<Subscription>([active(), failing, Event::Recovered]).when(Command::NoteRecovered).then_nothing();
}

#[test]
fn another_endpoint_and_another_start_are_not_blamed_for_what_was_before() {
    let elsewhere = Event::EndpointChanged {
        endpoint: crate::endpoint::EndpointUrl::parse("https://example.org/elsewhere").unwrap(),
    };
    for fresh in [vec![elsewhere], vec![disabled(), Event::Activated]] {
        let past = [active(), Event::Failing { since: AT }].into_iter().chain(fresh);
        given::<Subscription>(past).when(Command::NoteRecovered).then_nothing();
    }
}

#[test]
fn only_what_differs_is_recorded() {
    let types: EventTypes = vec![rules::TypePattern::parse("test.*").unwrap()].try_into().unwrap();
    let update = Command::Update {
        changes: vec![
            Change::EventTypes(types.clone()),
            Change::Filter(None),
            Change::Description(Description::default()),
        ],
    };
    given::<Subscription>([active()]).when(update).then([Event::EventTypesChanged { event_types: types }]);
}

#[test]
fn the_old_secret_signs_along_until_the_overlap_ends() {
    let state = crate::routing::as_of([&active(), &rotated(2, 60)]);
    let live = state.live().unwrap();
    let ids = |at| live.signing_secrets(at).map(|secret| secret.id.uuid().as_u128()).collect::<Vec<_>>();
    assert_eq!(ids(AT), [2, 1]);
    assert_eq!(ids(AT.after(Duration::from_secs(59))), [2, 1]);
    assert_eq!(ids(AT.after(Duration::from_mins(1))), [2]);
}

#[test]
fn an_overlap_of_nothing_ends_the_old_secret_at_once() {
    given::<Subscription>([active()]).when(rotate(2, 0)).then([rotated(2, 0)]);
    let state = crate::routing::as_of([&active(), &rotated(2, 0)]);
    assert_eq!(state.live().unwrap().signing_secrets(AT).count(), 1);
}

#[test]
fn the_number_of_old_secrets_is_bounded() {
    let full = std::iter::once(active()).chain((2..=5).map(|n| rotated(n, 3_600)));
    given::<Subscription>(full.clone())
        .when(rotate(6, 3_600))
        .then_refused(&Refusal::TooManySecrets { max: 4 });
    given::<Subscription>(full).when(rotate(6, 0)).then([rotated(6, 0)]);
}

#[test]
fn an_old_secret_can_be_revoked_the_current_one_cannot() {
    let id = |n| SecretId::from_uuid(uuid::Uuid::from_u128(n));
    let revoke = |n| Command::RevokeSecret { secret: id(n), at: AT };
    let rotated = [active(), rotated(2, 60)];
    given::<Subscription>(rotated.clone()).when(revoke(1)).then([Event::SecretRevoked { secret: id(1) }]);
    given::<Subscription>(rotated.clone()).when(revoke(2)).then_refused(&Refusal::CurrentSecret);
    given::<Subscription>(rotated).when(revoke(9)).then_refused(&Refusal::UnknownSecret);
}

#[test]
fn an_overlap_beyond_seven_days_is_refused() {
    assert!(Overlap::from_seconds(7 * 86_400).is_ok());
    assert_eq!(Overlap::from_seconds(7 * 86_400 + 1), Err(OverlapError { found_s: 604_801 }));
}

fn url(text: &str) -> crate::EndpointUrl {
    crate::EndpointUrl::parse(text).unwrap()
}

fn note(answer: Result<Option<NonZeroU32>, NoConsent>) -> Command {
    Command::NoteVerification { endpoint: url("https://example.com/hooks"), at: AT, answer }
}

fn agreed(rate: Option<u32>) -> Event {
    Event::EndpointVerified { at: AT, rate_per_minute: rate.and_then(NonZeroU32::new) }
}

fn verify() -> Event {
    Event::VerificationChanged { verify_endpoint: true }
}

#[test]
fn a_subscription_that_asks_for_consent_delivers_only_once_it_is_given() {
    let delivers = |events: &[Event]| crate::routing::as_of(events).live().unwrap().delivers();
    let refused = Event::EndpointNotVerified { at: AT, reason: NoConsent::OtherOrigin };
    let unreachable = NoConsent::Unreachable { class: "connect_refused".into() };
    let unreachable = Event::EndpointNotVerified { at: AT, reason: unreachable };
    assert!(delivers(&[active(), refused.clone()]), "whoever does not ask does not care");
    assert!(!delivers(&[active(), verify()]));
    assert!(!delivers(&[active(), verify(), refused.clone()]));
    assert!(delivers(&[active(), verify(), agreed(None)]));
    assert!(delivers(&[active(), verify(), agreed(None), unreachable]), "silence is no withdrawal");
    assert!(!delivers(&[active(), verify(), agreed(None), refused]), "a refusal is");
    let elsewhere = Event::EndpointChanged { endpoint: url("https://example.org/elsewhere") };
    assert!(!delivers(&[active(), verify(), agreed(None), elsewhere]), "another endpoint has not agreed");
    assert!(!delivers(&[active(), verify(), agreed(None), paused()]));
}

#[test]
fn what_the_endpoint_answered_is_recorded_unless_it_is_another_one_now() {
    let rate = NonZeroU32::new(120);
    given::<Subscription>([active()]).when(note(Ok(rate))).then([agreed(Some(120))]);
    given::<Subscription>([active()])
        .when(note(Err(NoConsent::Rate)))
        .then([Event::EndpointNotVerified { at: AT, reason: NoConsent::Rate }]);
    let elsewhere = Event::EndpointChanged { endpoint: url("https://example.org/elsewhere") };
    given::<Subscription>([active(), elsewhere]).when(note(Ok(rate))).then_refused(&Refusal::EndpointChanged);
}

#[test]
fn the_stricter_of_both_rates_counts_and_the_endpoints_only_if_it_was_asked_for() {
    let spacing = |events: &[Event]| crate::routing::as_of(events).live().unwrap().spacing();
    let limits = |rate| {
        let fields = crate::policy::LimitsFields { rate_per_second: rate, ..Default::default() };
        Event::LimitsChanged { limits: crate::policy::Limits::new(fields).unwrap() }
    };
    assert_eq!(spacing(&[active()]), None);
    assert_eq!(spacing(&[active(), agreed(Some(30))]), None);
    assert_eq!(spacing(&[active(), verify(), agreed(Some(30))]), Some(Duration::from_secs(2)));
    assert_eq!(
        spacing(&[active(), verify(), agreed(Some(30)), limits(Some(10))]),
        Some(Duration::from_secs(2))
    );
    assert_eq!(
        spacing(&[active(), verify(), agreed(Some(6_000)), limits(Some(10))]),
        Some(Duration::from_millis(100))
    );
    assert_eq!(
        spacing(&[active(), verify(), agreed(None), limits(Some(10))]),
        Some(Duration::from_millis(100))
    );
}

#[test]
fn the_form_is_a_setting_like_others() {
    let format = Format::CloudeventsBinary;
    let update = || Command::Update { changes: vec![Change::Format(format), Change::VerifyEndpoint(true)] };
    given::<Subscription>([active()]).when(update()).then([Event::FormatChanged { format }, verify()]);
    given::<Subscription>([active(), Event::FormatChanged { format }, verify()])
        .when(update())
        .then_nothing();
}
