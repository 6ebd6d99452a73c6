//! The first start.

use std::sync::Arc;

use app::bootstrap::DEFAULT_TENANT;
use app::{Bounds, Request};
use domain::{Actor, Scope};
use ledger::memory::MemoryLedger;
use secrecy::ExposeSecret;

use crate::ledgers::{Mischief, Mischievous};
use crate::world::World;

#[tokio::test]
async fn the_first_start_makes_a_tenant_and_a_key_that_may_do_everything() {
    let world = World::new().await;
    let first = world.app.bootstrap().await.unwrap().unwrap();
    let caller = world.app.authenticate(first.key.expose_secret()).unwrap();
    assert_eq!((caller.tenant, caller.scopes.as_slice()), (DEFAULT_TENANT, Scope::ALL.as_slice()));
    assert_eq!(world.last().await.parse_metadata().unwrap().actor, Actor::System);
}

#[tokio::test]
async fn the_second_start_makes_nothing() {
    let world = World::new().await;
    world.app.bootstrap().await.unwrap().unwrap();
    let head = world.ledger.head();
    assert!(world.app.bootstrap().await.unwrap().is_none());
    assert!(world.reopened().await.bootstrap().await.unwrap().is_none());
    assert_eq!(world.ledger.head(), head);
}

#[tokio::test]
async fn of_several_first_starts_at_once_exactly_one_gets_a_key_and_it_works() {
    let ledger = Arc::new(MemoryLedger::default());
    let mut worlds = Vec::new();
    for _ in 0..4 {
        worlds.push(World::on(ledger.clone(), Bounds::default()).await);
    }
    let answers = futures_util::future::join_all(worlds.iter().map(|world| world.app.bootstrap())).await;
    let keys: Vec<_> = answers.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(keys.len(), 1);
    for world in &worlds {
        assert_eq!(world.app.authenticate(keys[0].key.expose_secret()).unwrap().tenant, DEFAULT_TENANT);
    }
}

#[tokio::test]
async fn a_lost_answer_of_the_store_does_not_lose_the_key() {
    let ledger = Arc::new(Mischievous::default());
    let world = World::on(ledger.clone(), Bounds::default()).await;
    ledger.plan([Mischief::AnswerLost]);
    let first = world.app.bootstrap().await.unwrap().unwrap();
    assert!(world.app.authenticate(first.key.expose_secret()).is_ok());
}

#[tokio::test]
async fn whoever_lost_the_key_gets_another_at_the_machine() {
    let world = World::new().await;
    world.app.bootstrap().await.unwrap();
    let new = app::api_keys::NewApiKey {
        tenant: None,
        name: crate::world::name("another"),
        scopes: Scope::ALL.to_vec(),
        expires_at: None,
    };
    let issued = world.app.issue_api_key(&Request::operator(DEFAULT_TENANT), new).await.unwrap();
    assert!(world.app.authenticate(issued.key.expose_secret()).is_ok());
    assert_eq!(world.last().await.parse_metadata().unwrap().actor, Actor::Operator);
}
