//! Handing out API keys, and taking them back.

use app::api_keys::{NewApiKey, Refusal};
use app::auth::AuthError;
use app::{Bounds, Error, Request};
use domain::{ApiKeyId, Clock, Fact, Scope, Sequence, TenantId, api_key};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::world::{World, admin_of, name, scoped};

fn new(scopes: &[Scope]) -> NewApiKey {
    NewApiKey { tenant: None, name: name("ci"), scopes: scopes.to_vec(), expires_at: None }
}

#[tokio::test]
async fn only_prefix_and_hash_of_a_key_are_recorded() {
    let world = World::new().await;
    let issued = world.app.issue_api_key(&world.admin(), new(&[Scope::Read])).await.unwrap();
    let key = issued.key.expose_secret();
    assert_eq!(issued.prefix, key[..11]);
    let record = world.last().await;
    assert_eq!(record.position, issued.changed.position);
    let Fact::ApiKey(api_key::Event::Issued(issue)) = record.fact().unwrap() else { panic!("not a key") };
    assert_eq!((issue.prefix.as_str(), issue.hash.len()), (&key[..11], 64));
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_when_the_answer_comes() {
    let world = World::new().await;
    let issued = world.app.issue_api_key(&world.admin(), new(&[Scope::Read])).await.unwrap();
    let changed =
        world.app.revoke_api_key(&world.admin(), issued.id, Some(issued.changed.version)).await.unwrap();
    assert_eq!(world.app.authenticate(issued.key.expose_secret()).unwrap_err(), AuthError::Unknown);
    let again = world.app.revoke_api_key(&world.admin(), issued.id, None).await.unwrap();
    assert_eq!(again, changed);
}

#[tokio::test]
async fn a_stale_or_absent_key_is_not_revoked() {
    let world = World::new().await;
    let issued = world.app.issue_api_key(&world.admin(), new(&[Scope::Read])).await.unwrap();
    let stale = world.app.revoke_api_key(&world.admin(), issued.id, Some(Sequence(7))).await.unwrap_err();
    assert!(matches!(stale, Error::Refused(Refusal::Stale { current: Sequence(1) })));
    let absent = ApiKeyId::from_uuid(Uuid::nil());
    let refused = world.app.revoke_api_key(&world.admin(), absent, None).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::NotFound)));
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_have() {
    let world = World::new().await;
    let refused =
        world.app.issue_api_key(&world.admin(), new(&[Scope::Read, Scope::Operate])).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::ScopeNotHeld { scope: Scope::Operate })));
    let reader = scoped(world.acme, &[Scope::Read]);
    let refused = world.app.issue_api_key(&reader, new(&[Scope::Read])).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden { needed: Scope::Manage }));
}

#[tokio::test]
async fn a_key_that_could_never_be_used_is_refused() {
    let world = World::new().await;
    let refused = world.app.issue_api_key(&world.admin(), new(&[])).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::Rule(api_key::Refusal::NoScope))));
    let past = NewApiKey { expires_at: Some(world.clock.now()), ..new(&[Scope::Read]) };
    let refused = world.app.issue_api_key(&world.admin(), past).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::Rule(api_key::Refusal::ExpiryPast))));
}

#[tokio::test]
async fn operators_hand_out_keys_of_other_tenants_and_nobody_else_does() {
    let world = World::new().await;
    let elsewhere = NewApiKey { tenant: Some(world.other), ..new(&[Scope::Read]) };
    let nowhere = NewApiKey { tenant: Some(TenantId::from_uuid(Uuid::max())), ..new(&[Scope::Read]) };
    let issued = world.app.issue_api_key(&Request::operator(world.acme), elsewhere.clone()).await.unwrap();
    assert_eq!(world.app.authenticate(issued.key.expose_secret()).unwrap().tenant, world.other);
    let refused = world.app.issue_api_key(&Request::operator(world.acme), nowhere.clone()).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::NotFound)));
    for wish in [elsewhere, nowhere] {
        let refused = world.app.issue_api_key(&world.admin(), wish).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden { needed: Scope::Operate }));
    }
}

#[tokio::test]
async fn the_number_of_keys_is_bounded_and_revoking_makes_room() {
    let world = World::bounded(Bounds { api_keys_per_tenant: 2, ..Bounds::default() }).await;
    let first = world.app.issue_api_key(&world.admin(), new(&[Scope::Read])).await.unwrap();
    world.app.issue_api_key(&world.admin(), new(&[Scope::Read])).await.unwrap();
    let refused = world.app.issue_api_key(&world.admin(), new(&[Scope::Read])).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::TooMany { max: 2 })));
    world.app.revoke_api_key(&world.admin(), first.id, None).await.unwrap();
    assert!(world.app.issue_api_key(&world.admin(), new(&[Scope::Read])).await.is_ok());
}

#[tokio::test]
async fn callers_at_once_do_not_pass_the_bound_together() {
    let world = World::bounded(Bounds { api_keys_per_tenant: 3, ..Bounds::default() }).await;
    let requests: Vec<_> = (0..8).map(|_| admin_of(world.acme)).collect();
    let calls = requests.iter().map(|request| world.app.issue_api_key(request, new(&[Scope::Read])));
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
}
