//! Making tenants, and deciding whether their calls are served.

use app::tenants::Refusal;
use app::{Bounds, Error, Request};
use domain::{Scope, Sequence, TenantId};
use uuid::Uuid;

use crate::world::{World, name, note};

#[tokio::test]
async fn an_operator_makes_renames_suspends_and_reinstates_a_tenant() {
    let world = World::new().await;
    let operator = Request::operator(world.other);
    let made = world.app.create_tenant(&operator, name("new")).await.unwrap();
    let renamed =
        world.app.rename_tenant(&operator, made.id, Some(made.changed.version), name("newer")).await.unwrap();
    let suspended =
        world.app.suspend_tenant(&operator, made.id, Some(renamed.version), note("why")).await.unwrap();
    world.app.reinstate_tenant(&operator, made.id, Some(suspended.version)).await.unwrap();
    let records = world.ledger.read_stream(made.id.into(), Sequence::NONE, 10).await.unwrap();
    let types: Vec<_> = records.iter().map(|record| record.record_type.as_ref()).collect();
    assert_eq!(types, ["tenant.created", "tenant.renamed", "tenant.suspended", "tenant.reinstated"]);
    assert!(records.iter().all(|record| record.tenant == made.id));
}

#[tokio::test]
async fn nobody_but_operators_touches_tenants() {
    let world = World::new().await;
    let admin = world.admin();
    let answers = [
        world.app.create_tenant(&admin, name("mine")).await.map(|made| made.changed),
        world.app.rename_tenant(&admin, world.acme, None, name("mine")).await,
        world.app.suspend_tenant(&admin, world.other, None, note("rivals")).await,
        world.app.reinstate_tenant(&admin, world.acme, None).await,
    ];
    for answer in answers {
        assert!(matches!(answer, Err(Error::Forbidden { needed: Scope::Operate })));
    }
}

#[tokio::test]
async fn an_operator_does_not_lock_themselves_out() {
    let world = World::new().await;
    let operator = Request::operator(world.acme);
    let refused = world.app.suspend_tenant(&operator, world.acme, None, note("oops")).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::OwnTenant)));
}

#[tokio::test]
async fn an_absent_or_stale_tenant_is_refused() {
    let world = World::new().await;
    let operator = Request::operator(world.acme);
    let absent = TenantId::from_uuid(Uuid::max());
    let refused = world.app.rename_tenant(&operator, absent, None, name("x")).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::NotFound)));
    let stale =
        world.app.rename_tenant(&operator, world.other, Some(Sequence(9)), name("x")).await.unwrap_err();
    assert!(matches!(stale, Error::Refused(Refusal::Stale { current: Sequence(1) })));
}

#[tokio::test]
async fn the_number_of_tenants_is_bounded() {
    let world = World::bounded(Bounds { tenants: 3, ..Bounds::default() }).await;
    let operator = Request::operator(world.acme);
    world.app.create_tenant(&operator, name("third")).await.unwrap();
    let refused = world.app.create_tenant(&operator, name("fourth")).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::TooMany { max: 3 })));
}
