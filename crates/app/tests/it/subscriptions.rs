//! What owners do with their subscriptions.

use std::time::Duration;

use app::subscriptions::{Changes, HeaderChange, NewSecret, NewSubscription, Refusal};
use app::{Bounds, Error};
use domain::subscription::{self, Event, Overlap, Scheme, Status};
use domain::{Clock, Description, Fact, HeadersError, Scope, Sequence, SubscriptionId, TypePattern};
use egress::{AddressClass, UrlRefusal};
use secrecy::{ExposeSecret, SecretString};
use signature::KeyError;
use uuid::Uuid;
use vault::Context;

use crate::world::{World, filter, note, scoped, secret, subscription as wish};

const OWN: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn header(name: &str, value: &str) -> (String, SecretString) {
    (name.to_owned(), secret(value))
}

/// The refusal, after having seen that nothing was recorded.
async fn refused(world: &World, wish: NewSubscription) -> Refusal {
    let head = world.ledger.head();
    let answer = world.app.create_subscription(&world.admin(), wish).await;
    assert_eq!(world.ledger.head(), head, "nothing is recorded");
    match answer {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn is(answer: Result<impl std::fmt::Debug, Error<Refusal>>, expected: &Refusal) {
    match answer {
        Err(Error::Refused(refusal)) => assert_eq!(&refusal, expected),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_new_subscription_is_what_its_owner_wished() {
    let world = World::new().await;
    let wish = NewSubscription {
        endpoint: "https://HOOKS.example.com:443/a b".replace(' ', "%20"),
        event_types: vec![TypePattern::parse("benchmark.*").unwrap()].try_into().unwrap(),
        filter: Some(filter(r#"{"path":"data.ms","lt":10}"#)),
        headers: vec![header("X-Team", "core")],
        description: note("nightly"),
        active: false,
        ..wish()
    };
    let created = world.app.create_subscription(&world.admin(), wish).await.unwrap();
    let found = world.app.subscription(&world.admin(), created.id).await.unwrap().unwrap();
    assert_eq!((found.version, found.position), (created.changed.version, created.changed.position));
    assert_eq!(found.live.settings.endpoint.as_str(), "https://hooks.example.com/a%20b");
    assert_eq!(found.header_names(), ["x-team"]);
    assert_eq!(found.live.settings.description, note("nightly"));
    assert!(matches!(found.live.status, Status::Disabled(subscription::DisableReason::NotActivated)));
}

#[tokio::test]
async fn a_secret_is_made_shown_once_and_opens_in_its_place() {
    let world = World::new().await;
    let created = world.subscribe(world.acme).await;
    let shown = created.secret.secret.unwrap();
    assert!(shown.expose_secret().parse::<signature::Secret>().is_ok());
    let found = world.app.subscription(&world.admin(), created.id).await.unwrap().unwrap();
    let owner = format!("{}/secret/{}", created.id, created.secret.id);
    let context = Context { tenant: world.acme, owner: &owner };
    let opened = world.vault.open(context, &found.live.secret.sealed).unwrap();
    assert_eq!(opened.expose_secret(), shown.expose_secret());
    assert_eq!(created.secret.scheme, Scheme::HmacSha256);
}

#[tokio::test]
async fn an_ed25519_subscription_shows_its_public_key_only() {
    let world = World::new().await;
    let new = NewSecret { scheme: Some(Scheme::Ed25519), own: None };
    let created = world
        .app
        .create_subscription(&world.admin(), NewSubscription { secret: new, ..wish() })
        .await
        .unwrap();
    assert!(created.secret.secret.is_none());
    assert!(created.secret.public_key.unwrap().parse::<signature::PublicKey>().is_ok());
}

#[tokio::test]
async fn an_owner_brings_their_own_secret_and_it_says_how_to_sign() {
    let world = World::new().await;
    let create = async |scheme, own: &str| {
        let new = NewSubscription { secret: NewSecret { scheme, own: Some(secret(own)) }, ..wish() };
        world.app.create_subscription(&world.admin(), new).await
    };
    let shared = create(None, OWN).await.unwrap().secret;
    assert_eq!((shared.scheme, shared.secret.unwrap().expose_secret()), (Scheme::HmacSha256, OWN));
    assert_eq!(create(Some(Scheme::HmacSha512), OWN).await.unwrap().secret.scheme, Scheme::HmacSha512);
    let private = signature::PrivateKey::from_seed(&[7; 32]);
    let pair = create(None, &private.reveal()).await.unwrap().secret;
    assert_eq!((pair.scheme, pair.public_key), (Scheme::Ed25519, Some(private.public_key().to_string())));
    is(create(Some(Scheme::Ed25519), OWN).await, &Refusal::Secret(KeyError::Prefix { expected: "whsk_" }));
    is(create(None, "hunter2").await, &Refusal::Secret(KeyError::Prefix { expected: "whsec_" }));
    is(
        create(None, "whsec_AAAA").await,
        &Refusal::Secret(KeyError::Length { found: 3, expected: "24 to 64" }),
    );
}

#[tokio::test]
async fn an_endpoint_that_the_address_policy_forbids_is_refused() {
    let world = World::new().await;
    let cases = [
        ("http://hooks.example.com", UrlRefusal::HttpNotAllowed),
        ("https://127.0.0.1/", UrlRefusal::Address(AddressClass::Loopback)),
        ("https://2130706433/", UrlRefusal::Address(AddressClass::Loopback)),
        ("https://localhost/", UrlRefusal::PrivateName),
        ("https://user:pass@hooks.example.com", UrlRefusal::UserInfo),
        ("https://hooks.example.com/#a", UrlRefusal::Fragment),
        ("hooks.example.com", UrlRefusal::Malformed),
    ];
    for (url, expected) in cases {
        let forbidden = NewSubscription { endpoint: url.to_owned(), ..wish() };
        assert_eq!(refused(&world, forbidden).await, Refusal::Endpoint(expected), "{url}");
    }
    let created = world.subscribe(world.acme).await;
    let changes = Changes { endpoint: Some("https://127.0.0.1/".to_owned()), ..Changes::default() };
    let answer = world.app.update_subscription(&world.admin(), created.id, None, changes).await;
    is(answer, &Refusal::Endpoint(UrlRefusal::Address(AddressClass::Loopback)));
}

#[tokio::test]
async fn headers_that_are_malformed_reserved_or_repeated_are_refused() {
    let world = World::new().await;
    let with = |headers: Vec<_>| NewSubscription { headers, ..wish() };
    let name = |name: &str| name.to_owned();
    let forbidden = refused(&world, with(vec![header("Webhook-Signature", "v1,x")])).await;
    assert_eq!(forbidden, Refusal::ForbiddenHeader { name: name("webhook-signature") });
    let repeated = refused(&world, with(vec![header("X-Team", "a"), header("x-team", "b")])).await;
    assert_eq!(repeated, Refusal::RepeatedHeader { name: name("x-team") });
    let malformed = refused(&world, with(vec![header("x:y", "a")])).await;
    assert_eq!(malformed, Refusal::Headers(HeadersError::Name { name: name("x:y") }));
    let split = refused(&world, with(vec![header("x-team", "a\r\nx-evil: 1")])).await;
    assert_eq!(split, Refusal::Headers(HeadersError::Value { name: name("x-team") }));
    let many = refused(&world, with((0..33).map(|n| header(&format!("x-{n}"), "a")).collect())).await;
    assert_eq!(many, Refusal::Headers(HeadersError::TooMany { found: 33 }));
}

#[tokio::test]
async fn the_number_of_subscriptions_is_bounded_and_deleting_makes_room() {
    let world = World::bounded(Bounds { subscriptions_per_tenant: 1, ..Bounds::default() }).await;
    let first = world.subscribe(world.acme).await;
    assert_eq!(refused(&world, wish()).await, Refusal::TooMany { max: 1 });
    world.subscribe(world.other).await;
    world.app.delete_subscription(&world.admin(), first.id, None).await.unwrap();
    world.subscribe(world.acme).await;
    let app = world.reopened().await;
    is(app.create_subscription(&world.admin(), wish()).await, &Refusal::TooMany { max: 1 });
}

#[tokio::test]
async fn an_update_records_what_changes_and_nothing_else() {
    let world = World::new().await;
    let created = world.subscribe(world.acme).await;
    let wanted = Changes {
        endpoint: Some("https://hooks.example.com/in".to_owned()),
        filter: Some(Some(filter(r#"{"path":"data.ms","lt":10}"#))),
        description: Some(note("nightly")),
        ..Changes::default()
    };
    let admin = world.admin();
    let changed =
        world.app.update_subscription(&admin, created.id, Some(Sequence(1)), wanted.clone()).await.unwrap();
    assert_eq!(changed.version, Sequence(3));
    let again =
        world.app.update_subscription(&admin, created.id, Some(changed.version), wanted).await.unwrap();
    assert_eq!(again, changed);
    let all = Changes { filter: Some(None), ..Changes::default() };
    world.app.update_subscription(&admin, created.id, None, all).await.unwrap();
    let found = world.app.subscription(&admin, created.id).await.unwrap().unwrap();
    assert_eq!((found.live.settings.filter, found.version), (None, Sequence(4)));
}

#[tokio::test]
async fn single_headers_change_beside_others_that_stay_sealed() {
    let world = World::new().await;
    let headers = vec![header("authorization", "Bearer s3cret"), header("x-old", "1")];
    let created =
        world.app.create_subscription(&world.admin(), NewSubscription { headers, ..wish() }).await.unwrap();
    let before = world.app.subscription(&world.admin(), created.id).await.unwrap().unwrap();
    let patch = |set: Vec<_>, remove: &[&str]| {
        let remove = remove.iter().map(ToString::to_string).collect();
        Changes { headers: Some(HeaderChange::Patch { set, remove }), ..Changes::default() }
    };
    let set = vec![header("X-New", "2")];
    let wanted = patch(set.clone(), &["X-Old", "x-never"]);
    let changed = world.app.update_subscription(&world.admin(), created.id, None, wanted).await.unwrap();
    let after = world.app.subscription(&world.admin(), created.id).await.unwrap().unwrap();
    assert_eq!(after.header_names(), ["authorization", "x-new"]);
    let sealed = |detail: &app::subscriptions::Detail| {
        detail.live.settings.headers.iter().find(|(name, _)| *name == "authorization").unwrap().1.clone()
    };
    assert_eq!(sealed(&after), sealed(&before));
    let same = patch(set, &[]);
    assert_eq!(world.app.update_subscription(&world.admin(), created.id, None, same).await.unwrap(), changed);
    let replace = Changes { headers: Some(HeaderChange::Replace(vec![])), ..Changes::default() };
    world.app.update_subscription(&world.admin(), created.id, None, replace).await.unwrap();
    let none = world.app.subscription(&world.admin(), created.id).await.unwrap().unwrap();
    assert!(none.header_names().is_empty());
}

#[tokio::test]
async fn headers_are_bounded_together_with_those_that_stay() {
    let world = World::new().await;
    let headers = (0..32).map(|n| header(&format!("x-{n}"), "a")).collect();
    let created =
        world.app.create_subscription(&world.admin(), NewSubscription { headers, ..wish() }).await.unwrap();
    let set = vec![header("x-more", "a")];
    let more = Changes { headers: Some(HeaderChange::Patch { set, remove: vec![] }), ..Changes::default() };
    let answer = world.app.update_subscription(&world.admin(), created.id, None, more).await;
    is(answer, &Refusal::Headers(HeadersError::TooMany { found: 33 }));
}

#[tokio::test]
async fn a_rotated_secret_signs_beside_the_old_one_for_the_overlap() {
    let world = World::new().await;
    let created = world.subscribe(world.acme).await;
    let overlap = Overlap::from_seconds(60).unwrap();
    let rotated = world
        .app
        .rotate_secret(&world.admin(), created.id, None, NewSecret::default(), overlap)
        .await
        .unwrap();
    let found = world.app.subscription(&world.admin(), created.id).await.unwrap().unwrap();
    let now = world.clock.now();
    let secrets = found.secrets(now);
    assert_eq!(
        secrets.iter().map(|info| info.id).collect::<Vec<_>>(),
        [rotated.secret.id, created.secret.id]
    );
    assert_eq!(secrets[1].until, Some(now.after(Duration::from_mins(1))));
    assert_eq!(found.secrets(now.after(Duration::from_mins(1))).len(), 1);
    assert_ne!(
        rotated.secret.secret.unwrap().expose_secret(),
        created.secret.secret.unwrap().expose_secret()
    );
}

#[tokio::test]
async fn a_rotation_keeps_the_scheme_unless_it_says_otherwise() {
    let world = World::new().await;
    let new = NewSecret { scheme: Some(Scheme::HmacSha512), own: None };
    let created = world
        .app
        .create_subscription(&world.admin(), NewSubscription { secret: new, ..wish() })
        .await
        .unwrap();
    let rotate = async |new| {
        let rotated =
            world.app.rotate_secret(&world.admin(), created.id, None, new, Overlap::default()).await;
        rotated.unwrap().secret.scheme
    };
    assert_eq!(rotate(NewSecret::default()).await, Scheme::HmacSha512);
    assert_eq!(rotate(NewSecret { scheme: None, own: Some(secret(OWN)) }).await, Scheme::HmacSha512);
    assert_eq!(rotate(NewSecret { scheme: Some(Scheme::Ed25519), own: None }).await, Scheme::Ed25519);
    assert_eq!(rotate(NewSecret { scheme: None, own: Some(secret(OWN)) }).await, Scheme::HmacSha256);
}

#[tokio::test]
async fn an_old_secret_can_be_revoked_and_the_current_one_cannot() {
    let world = World::new().await;
    let created = world.subscribe(world.acme).await;
    let rotated = world
        .app
        .rotate_secret(&world.admin(), created.id, None, NewSecret::default(), Overlap::default())
        .await
        .unwrap();
    let revoke = async |secret| world.app.revoke_secret(&world.admin(), created.id, None, secret).await;
    is(revoke(rotated.secret.id).await, &Refusal::Rule(subscription::Refusal::CurrentSecret));
    revoke(created.secret.id).await.unwrap();
    is(revoke(created.secret.id).await, &Refusal::Rule(subscription::Refusal::UnknownSecret));
    let found = world.app.subscription(&world.admin(), created.id).await.unwrap().unwrap();
    assert_eq!(found.secrets(world.clock.now()).len(), 1);
}

#[tokio::test]
async fn the_number_of_old_secrets_is_bounded() {
    let world = World::new().await;
    let created = world.subscribe(world.acme).await;
    let rotate = async || {
        world
            .app
            .rotate_secret(&world.admin(), created.id, None, NewSecret::default(), Overlap::default())
            .await
    };
    for _ in 0..4 {
        rotate().await.unwrap();
    }
    is(rotate().await, &Refusal::Rule(subscription::Refusal::TooManySecrets { max: 4 }));
}

#[tokio::test]
async fn a_subscription_goes_through_its_life() {
    let world = World::new().await;
    let (app, admin) = (&world.app, &world.admin());
    let id = world.subscribe(world.acme).await.id;
    let status = async || app.subscription(admin, id).await.unwrap().unwrap().live.status;
    app.pause_subscription(admin, id, Some(Sequence(1)), note("lunch")).await.unwrap();
    assert!(matches!(status().await, Status::Paused(_)));
    is(app.activate_subscription(admin, id, None).await, &Refusal::Rule(subscription::Refusal::Paused));
    app.resume_subscription(admin, id, Some(Sequence(2))).await.unwrap();
    assert_eq!(status().await, Status::Active);
    app.disable_subscription(admin, id, Some(Sequence(3)), note("holiday")).await.unwrap();
    is(app.resume_subscription(admin, id, None).await, &Refusal::Rule(subscription::Refusal::Disabled));
    app.activate_subscription(admin, id, Some(Sequence(4))).await.unwrap();
    let agreed = app.activate_subscription(admin, id, Some(Sequence(5))).await.unwrap();
    assert_eq!(agreed.version, Sequence(5));
    app.delete_subscription(admin, id, Some(Sequence(5))).await.unwrap();
    assert_eq!(app.subscription(admin, id).await.unwrap(), None);
    is(app.activate_subscription(admin, id, None).await, &Refusal::Rule(subscription::Refusal::Deleted));
    assert!(app.delete_subscription(admin, id, None).await.is_ok());
}

#[tokio::test]
async fn a_stale_edit_is_refused_with_the_current_version_and_records_nothing() {
    let world = World::new().await;
    let (app, admin) = (&world.app, &world.admin());
    let id = world.subscribe(world.acme).await.id;
    app.pause_subscription(admin, id, None, note("")).await.unwrap();
    let head = world.ledger.head();
    let old = Some(Sequence(1));
    let stale = Refusal::Stale { current: Sequence(2) };
    let headers = Changes { headers: Some(HeaderChange::Replace(vec![])), ..Changes::default() };
    is(app.update_subscription(admin, id, old, Changes::default()).await, &stale);
    is(app.update_subscription(admin, id, old, headers).await, &stale);
    is(app.rotate_secret(admin, id, old, NewSecret::default(), Overlap::default()).await, &stale);
    is(app.resume_subscription(admin, id, old).await, &stale);
    is(app.disable_subscription(admin, id, old, note("")).await, &stale);
    is(app.delete_subscription(admin, id, old).await, &stale);
    assert_eq!(world.ledger.head(), head);
}

#[tokio::test]
async fn every_change_needs_the_scope_to_manage_and_looking_the_one_to_read() {
    let world = World::new().await;
    let id = world.subscribe(world.acme).await.id;
    let (app, reader) = (&world.app, &scoped(world.acme, &[Scope::Read, Scope::Publish]));
    let answers = [
        app.create_subscription(reader, wish()).await.map(|made| made.changed),
        app.update_subscription(reader, id, None, Changes::default()).await,
        app.rotate_secret(reader, id, None, NewSecret::default(), Overlap::default())
            .await
            .map(|made| made.changed),
        app.revoke_secret(reader, id, None, domain::SecretId::from_uuid(Uuid::nil())).await,
        app.activate_subscription(reader, id, None).await,
        app.pause_subscription(reader, id, None, Description::default()).await,
        app.resume_subscription(reader, id, None).await,
        app.disable_subscription(reader, id, None, Description::default()).await,
        app.delete_subscription(reader, id, None).await,
    ];
    for answer in answers {
        assert!(matches!(answer, Err(Error::Forbidden { needed: Scope::Manage })), "{answer:?}");
    }
    let manager = scoped(world.acme, &[Scope::Manage]);
    assert!(matches!(app.subscription(&manager, id).await, Err(Error::Forbidden { needed: Scope::Read })));
    let history = app.subscription_history(&manager, id, Sequence::NONE, 1).await;
    assert!(matches!(history, Err(Error::Forbidden { needed: Scope::Read })));
}

#[tokio::test]
async fn what_never_existed_is_not_found() {
    let world = World::new().await;
    let absent = SubscriptionId::from_uuid(Uuid::max());
    is(world.app.pause_subscription(&world.admin(), absent, None, note("")).await, &Refusal::NotFound);
    let rotated =
        world.app.rotate_secret(&world.admin(), absent, None, NewSecret::default(), Overlap::default()).await;
    is(rotated, &Refusal::NotFound);
    assert_eq!(world.app.subscription(&world.admin(), absent).await.unwrap(), None);
}

#[tokio::test]
async fn edits_at_once_without_an_expected_version_all_take_effect() {
    let world = World::new().await;
    let id = world.subscribe(world.acme).await.id;
    let edits = (0..6).map(|n| {
        let (app, admin) = (world.app.clone(), world.admin());
        tokio::spawn(async move {
            let set = vec![header(&format!("x-{n}"), "a")];
            let headers = Some(HeaderChange::Patch { set, remove: vec![] });
            app.update_subscription(&admin, id, None, Changes { headers, ..Changes::default() }).await
        })
    });
    for answer in futures_util::future::join_all(edits).await {
        answer.unwrap().unwrap();
    }
    let found = world.app.subscription(&world.admin(), id).await.unwrap().unwrap();
    assert_eq!(found.header_names(), ["x-0", "x-1", "x-2", "x-3", "x-4", "x-5"]);
}

#[tokio::test]
async fn the_record_of_a_change_says_who_asked() {
    let world = World::new().await;
    world.subscribe(world.acme).await;
    let record = world.last().await;
    assert_eq!(record.parse_metadata().unwrap().actor, world.admin().caller().actor);
    assert!(matches!(record.fact(), Ok(Fact::Subscription(Event::Created { .. }))));
}
