//! Asking an endpoint for its consent.

use std::num::NonZeroU32;

use app::subscriptions::{Changes, NewSubscription, Refusal, Verified};
use app::{Error, Request};
use domain::policy::{Limits, LimitsFields};
use domain::subscription::NoConsent;
use domain::{Fact, Scope, SubscriptionId};

use crate::world::{World, admin_of, scoped, subscription as wish};

/// Status and headers of an answer, and what they mean.
type Case = (u16, &'static [(&'static str, &'static str)], Result<Option<u32>, NoConsent>);

async fn ask(world: &World, id: SubscriptionId) -> Verified {
    world.app.verify_endpoint(&world.admin(), id, None).await.unwrap()
}

fn refusal(error: Error<Refusal>) -> Refusal {
    match error {
        Error::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_endpoint_is_asked_by_options_without_the_owners_headers() {
    let world = World::new().await;
    let headers = vec![("Authorization".to_owned(), "Bearer x".into())];
    let limits = Limits::new(LimitsFields { rate_per_second: Some(2), ..Default::default() }).unwrap();
    let new = NewSubscription { headers, limits, verify_endpoint: true, ..wish() };
    let id = world.app.create_subscription(&world.admin(), new).await.unwrap().id;
    world.endpoint.answers(200, &[("webhook-allowed-origin", "*"), ("webhook-allowed-rate", "100")]);
    let verified = ask(&world, id).await;
    assert_eq!(verified.answer, Ok(NonZeroU32::new(100)));
    let asked = world.endpoint.asked();
    assert_eq!((asked.method.as_str(), asked.endpoint.as_str()), ("OPTIONS", "https://hooks.example.com/in"));
    assert_eq!(asked.headers["webhook-request-origin"], "hooks.example.com");
    assert_eq!(asked.headers["webhook-request-rate"], "120");
    assert!(!asked.headers.contains_key("authorization"));
}

#[tokio::test]
async fn whatever_is_answered_is_recorded_and_only_headers_decide() {
    let world = World::new().await;
    let id = world.subscribe(world.acme).await.id;
    let cases: &[Case] = &[
        (200, &[("webhook-allowed-origin", "*")], Ok(None)),
        (405, &[("webhook-allowed-origin", "Hooks.Example.com")], Ok(None)),
        (200, &[("webhook-allowed-origin", "*"), ("webhook-allowed-rate", "*")], Ok(None)),
        (200, &[("webhook-allowed-origin", "*"), ("webhook-allowed-rate", "7")], Ok(Some(7))),
        (200, &[], Err(NoConsent::Silent { status: 200 })),
        (302, &[("location", "https://example.org")], Err(NoConsent::Silent { status: 302 })),
        (200, &[("webhook-allowed-origin", "other.example.com")], Err(NoConsent::OtherOrigin)),
        (200, &[("webhook-allowed-origin", "*"), ("webhook-allowed-rate", "0")], Err(NoConsent::Rate)),
        (200, &[("webhook-allowed-origin", "*"), ("webhook-allowed-rate", "lots")], Err(NoConsent::Rate)),
    ];
    for (status, headers, expected) in cases {
        world.endpoint.answers(*status, headers);
        let verified = ask(&world, id).await;
        let expected = expected.clone().map(|rate| rate.and_then(NonZeroU32::new));
        assert_eq!(verified.answer, expected, "{headers:?}");
        let record = world.last().await;
        assert_eq!(record.position, verified.changed.position);
        let Ok(Fact::Subscription(event)) = record.fact() else { panic!("{record:?}") };
        let recorded = event.record_type() == "subscription.endpoint_verified";
        assert_eq!(recorded, expected.is_ok());
    }
    world.endpoint.is_down();
    let class = "connect_refused".to_owned();
    assert_eq!(ask(&world, id).await.answer, Err(NoConsent::Unreachable { class }));
}

#[tokio::test]
async fn nobody_asks_for_others_or_without_the_scope() {
    let world = World::new().await;
    let id = world.subscribe(world.acme).await.id;
    let ask = async |request: Request| world.app.verify_endpoint(&request, id, None).await.unwrap_err();
    assert_eq!(refusal(ask(admin_of(world.other)).await), Refusal::NotFound);
    assert!(matches!(
        ask(scoped(world.acme, &[Scope::Read])).await,
        Error::Forbidden { needed: Scope::Manage }
    ));
    world.app.delete_subscription(&world.admin(), id, None).await.unwrap();
    let gone = world.app.verify_endpoint(&world.admin(), id, None).await.unwrap_err();
    assert_eq!(refusal(gone), Refusal::Rule(domain::subscription::Refusal::Deleted));
}

#[tokio::test]
async fn no_more_are_asked_at_once_than_the_bound() {
    let bounds = app::Bounds { verifications_at_once: 1, ..app::Bounds::default() };
    let world = World::bounded(bounds).await;
    let id = world.subscribe(world.acme).await.id;
    world.endpoint.hangs();
    let (app, admin) = (world.app.clone(), world.admin());
    let first = tokio::spawn(async move { app.verify_endpoint(&admin, id, None).await });
    world.endpoint.hears().await;
    let busy = world.app.verify_endpoint(&world.admin(), id, None).await.unwrap_err();
    assert!(matches!(busy, Error::Overloaded { .. }), "{busy:?}");
    first.abort();
}

#[tokio::test]
async fn form_and_consent_are_changed_like_other_settings() {
    let world = World::new().await;
    let id = world.subscribe(world.acme).await.id;
    let changes = Changes {
        format: Some(domain::subscription::Format::CloudeventsStructured),
        verify_endpoint: Some(true),
        ..Changes::default()
    };
    world.app.update_subscription(&world.admin(), id, None, changes).await.unwrap();
    let types: Vec<_> =
        world.records().await.iter().rev().take(2).map(|record| record.record_type.clone()).collect();
    assert_eq!(types, ["subscription.verification_changed", "subscription.format_changed"]);
}
