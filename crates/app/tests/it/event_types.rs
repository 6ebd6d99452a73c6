//! Which events a tenant may publish.

use app::event_types::Refusal;
use app::{Bounds, Error};
use domain::{Description, Scope, Sequence};

use crate::world::{TYPE, World, kind, note, scoped};

#[tokio::test]
async fn a_registered_type_is_open_when_the_answer_comes() {
    let world = World::new().await;
    let changed =
        world.app.register_event_type(&world.admin(), kind("test.passed"), note("Good.")).await.unwrap();
    assert!(world.app.catalog().is_open(world.acme, &kind("test.passed")));
    assert!(!world.app.catalog().is_open(world.other, &kind("test.passed")));
    let entry = world.app.event_type(&world.admin(), &kind("test.passed")).unwrap().unwrap();
    assert_eq!((entry.description, entry.archived, entry.version), (note("Good."), false, changed.version));
}

#[tokio::test]
async fn registering_again_describes_anew_and_restores() {
    let world = World::new().await;
    let again =
        world.app.register_event_type(&world.admin(), kind(TYPE), Description::default()).await.unwrap();
    assert_eq!(again.version, Sequence(1));
    world
        .app
        .archive_event_type(&world.admin(), &kind(TYPE), Description::default(), Some(Sequence(1)))
        .await
        .unwrap();
    assert!(!world.app.catalog().is_open(world.acme, &kind(TYPE)));
    assert!(world.app.catalog().is_open(world.other, &kind(TYPE)));
    world.app.register_event_type(&world.admin(), kind(TYPE), note("Anew.")).await.unwrap();
    let entry = world.app.event_type(&world.admin(), &kind(TYPE)).unwrap().unwrap();
    assert_eq!((entry.description, entry.archived, entry.version), (note("Anew."), false, Sequence(4)));
}

#[tokio::test]
async fn an_unknown_or_stale_type_is_not_archived() {
    let world = World::new().await;
    let refused = world
        .app
        .archive_event_type(&world.admin(), &kind("test.never"), Description::default(), None)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::NotFound)));
    let stale = world
        .app
        .archive_event_type(&world.admin(), &kind(TYPE), Description::default(), Some(Sequence(2)))
        .await
        .unwrap_err();
    assert!(matches!(stale, Error::Refused(Refusal::Stale { current: Sequence(1) })));
}

#[tokio::test]
async fn registering_needs_the_scope_to_manage() {
    let world = World::new().await;
    let publisher = scoped(world.acme, &[Scope::Publish, Scope::Read]);
    let refused =
        world.app.register_event_type(&publisher, kind("a"), Description::default()).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden { needed: Scope::Manage }));
    let refused = world
        .app
        .archive_event_type(&publisher, &kind(TYPE), Description::default(), None)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Forbidden { needed: Scope::Manage }));
    let refused = world.app.event_types(&scoped(world.acme, &[]), None, 1).unwrap_err();
    assert!(matches!(refused, Error::Forbidden { needed: Scope::Read }));
}

#[tokio::test]
async fn the_number_of_types_is_bounded_but_known_ones_can_still_be_described() {
    let world = World::bounded(Bounds { event_types_per_tenant: 1, ..Bounds::default() }).await;
    let refused = world.app.register_event_type(&world.admin(), kind("second"), note("")).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::TooMany { max: 1 })));
    assert!(world.app.register_event_type(&world.admin(), kind(TYPE), note("Anew.")).await.is_ok());
}

#[tokio::test]
async fn types_are_listed_by_name_page_by_page_and_known_after_a_restart() {
    let world = World::new().await;
    for name in ["test.passed", "alpha"] {
        world.register(world.acme, name).await;
    }
    let app = world.reopened().await;
    let names = |after: Option<&str>, limit| {
        let types = app.event_types(&world.admin(), after.map(kind).as_ref(), limit).unwrap();
        types.into_iter().map(|entry| entry.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(None, 2), ["alpha", TYPE]);
    assert_eq!(names(Some(TYPE), 2), ["test.passed"]);
}
