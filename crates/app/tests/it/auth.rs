//! Who holds an API key.

use std::time::Duration;

use app::api_keys::NewApiKey;
use app::auth::AuthError;
use app::{Fault, Request};
use domain::{Actor, Clock, Metadata, RecordId, Scope, Sequence};
use ledger::{Batch, NewRecord};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::world::{World, name, note};

#[tokio::test]
async fn an_issued_key_opens_its_tenant_with_its_scopes() {
    let world = World::new().await;
    let key = world.key(&[Scope::Read, Scope::Publish, Scope::Read]).await;
    let caller = world.app.authenticate(&key).unwrap();
    assert_eq!(
        (caller.tenant, caller.scopes.as_slice()),
        (world.acme, [Scope::Publish, Scope::Read].as_slice())
    );
    assert!(matches!(caller.actor, Actor::ApiKey { .. }));
}

#[tokio::test]
async fn what_is_not_a_key_is_told_apart_from_one_that_nobody_has() {
    let world = World::new().await;
    let key = world.key(&[Scope::Read]).await;
    for text in ["", "hk_", "Bearer x", &key[..45], &format!("{key}a"), &key.replace("hk_", "sk_")] {
        assert_eq!(world.app.authenticate(text).unwrap_err(), AuthError::Malformed, "{text}");
    }
    let changed = if key.ends_with('A') { 'B' } else { 'A' };
    for text in [format!("{}{changed}", &key[..45]), format!("hk_{}", "a".repeat(43))] {
        assert_eq!(world.app.authenticate(&text).unwrap_err(), AuthError::Unknown, "{text}");
    }
}

#[tokio::test]
async fn a_key_is_good_until_the_instant_at_which_it_expires() {
    let world = World::new().await;
    let expiry = world.clock.now().after(Duration::from_mins(1));
    let new =
        NewApiKey { tenant: None, name: name("short"), scopes: vec![Scope::Read], expires_at: Some(expiry) };
    let key = world.app.issue_api_key(&world.admin(), new).await.unwrap().key;
    world.clock.advance(Duration::from_micros(59_999_999));
    assert!(world.app.authenticate(key.expose_secret()).is_ok());
    world.clock.advance(Duration::from_micros(1));
    assert_eq!(world.app.authenticate(key.expose_secret()).unwrap_err(), AuthError::Expired { at: expiry });
}

#[tokio::test]
async fn keys_of_a_suspended_tenant_rest_until_it_is_reinstated() {
    let world = World::new().await;
    let key = world.key(&[Scope::Read]).await;
    let operator = Request::operator(world.other);
    world.app.suspend_tenant(&operator, world.acme, None, note("unpaid")).await.unwrap();
    assert_eq!(world.app.authenticate(&key).unwrap_err(), AuthError::Suspended);
    world.app.reinstate_tenant(&operator, world.acme, None).await.unwrap();
    assert!(world.app.authenticate(&key).is_ok());
}

#[tokio::test]
async fn keys_are_known_after_a_restart_and_revoked_ones_are_not() {
    let world = World::new().await;
    let (kept, revoked) = (world.key(&[Scope::Read]).await, world.key(&[Scope::Read]).await);
    let Actor::ApiKey { id } = world.app.authenticate(&revoked).unwrap().actor.clone() else {
        panic!("not a key")
    };
    world.app.revoke_api_key(&world.admin(), id, None).await.unwrap();
    let app = world.reopened().await;
    assert_eq!(app.authenticate(&kept).unwrap().tenant, world.acme);
    assert_eq!(app.authenticate(&revoked).unwrap_err(), AuthError::Unknown);
}

/// Records a key of acme as another version of Hookledger might.
async fn record(world: &World, record_type: &'static str, version: u16, payload: &str) {
    let origin = ledger::Origin::new(world.acme, &Metadata::by(Actor::System), world.clock.now());
    let id = RecordId::generate(&*world.ids);
    let stream = domain::ApiKeyId::generate(&*world.ids).into();
    let raw = NewRecord::raw(id, stream, Sequence(1), (record_type.into(), version), payload, &origin);
    world.ledger.append_one(Batch::new(vec![raw]).unwrap()).await.unwrap().unwrap();
}

fn issued(prefix: &str, hash: &str) -> String {
    format!(r#"{{"issued":{{"name":"odd","prefix":"{prefix}","hash":"{hash}","scopes":["read"]}}}}"#)
}

#[tokio::test]
async fn keys_with_the_same_prefix_are_told_apart_by_their_hashes() {
    let world = World::new().await;
    let ours = world.key(&[Scope::Publish]).await;
    let twin = format!("{}{}", &ours[..11], "x".repeat(35));
    let hash = hex::encode(Sha256::digest(&twin));
    record(&world, "api_key.issued", 1, &issued(&ours[..11], &hash)).await;
    world.app.caught_up_to(world.ledger.head()).await.unwrap();
    assert_eq!(world.app.authenticate(&ours).unwrap().scopes, [Scope::Publish]);
    assert_eq!(world.app.authenticate(&twin).unwrap().scopes, [Scope::Read]);
}

#[tokio::test]
async fn a_damaged_key_opens_nothing_and_harms_nobody() {
    let world = World::new().await;
    let ours = world.key(&[Scope::Read]).await;
    let twin = format!("{}{}", &ours[..11], "x".repeat(35));
    record(&world, "api_key.issued", 1, &issued(&ours[..11], "not a hash")).await;
    record(&world, "api_key.issued", 1, &issued("hk", &hex::encode(Sha256::digest(&twin)))).await;
    world.app.caught_up_to(world.ledger.head()).await.unwrap();
    assert_eq!(world.app.authenticate(&twin).unwrap_err(), AuthError::Unknown);
    assert!(world.reopened().await.authenticate(&ours).is_ok());
}

#[tokio::test]
async fn a_control_record_of_a_newer_version_stops_whoever_cannot_understand_it() {
    let world = World::new().await;
    record(&world, "api_key.issued", 99, "{}").await;
    let fault = world.app.follow(CancellationToken::new()).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreadable(_)) && !fault.is_temporary());
}

#[tokio::test]
async fn what_comes_before_a_record_that_is_not_understood_is_taken_in_once() {
    let world = World::new().await;
    let elsewhere = world.reopened().await;
    let key = world.key(&[Scope::Read]).await;
    let Actor::ApiKey { id } = world.app.authenticate(&key).unwrap().actor.clone() else {
        panic!("not a key")
    };
    record(&world, "api_key.issued", 99, "{}").await;
    for _ in 0..3 {
        assert!(elsewhere.caught_up_to(world.ledger.head()).await.is_err());
        assert!(elsewhere.authenticate(&key).is_ok());
    }
    let positions = world.ledger.read_stream(id.into(), Sequence::NONE, 1).await.unwrap();
    assert_eq!(elsewhere.effective(), positions[0].position);
}
