//! Versions of event types: who may publish what, what is told of it, and how it is seen at other versions.

use app::event_types::Refusal;
use app::publish::{NewEvent, PublishOptions, Refusal as PublishRefusal};
use app::records::At;
use app::{Changed, Error, Refused};
use catalog::builtin;
use domain::event_type::{self, Mode, Origin as Whose};
use domain::versions::View;
use domain::{Description, Fact, Position, RecordId, Scope, Sequence, TenantId, event};
use ledger::{Batch, NewRecord, Origin};
use uuid::Uuid;

use crate::world::{World, admin_of, event, json, keyed, kind, scoped};

const OWN: &str = "acme.deployed";
const FIRST: &str = r#"{"type":"object","required":["ms"],"properties":{"ms":{"type":"integer","minimum":0}},"additionalProperties":false,"examples":[{"ms":1500}]}"#;
const SECOND: &str = r#"{"type":"object","required":["s"],"properties":{"s":{"type":"number","minimum":0}},"additionalProperties":false}"#;
const MAPPING: &str = r#"{"compatibility":"full","up":{"lossless":true,"steps":[{"op":"convert","path":"/ms","unit":["ms","s"]},{"op":"rename","path":"/ms","to":"s"}]},"down":{"loses":["fractions of a millisecond"],"steps":[{"op":"rename","path":"/s","to":"ms"},{"op":"convert","path":"/ms","unit":["s","ms"],"round":0}]}}"#;

async fn add(world: &World, schema: &str, mapping: Option<&str>) -> Result<(u32, Changed), Error<Refusal>> {
    let version = (None, json(schema), mapping.map(json));
    world.app.add_event_type_version(&world.admin(), &kind(OWN), version, None).await
}

async fn world() -> World {
    let world = World::new().await;
    add(&world, FIRST, None).await.unwrap();
    add(&world, SECOND, Some(MAPPING)).await.unwrap();
    world
}

async fn set(world: &World, mode: Mode) {
    world.app.set_event_type_validation(&world.admin(), &kind(OWN), mode, None).await.unwrap();
}

fn deployed(version: u32, data: &str) -> NewEvent {
    NewEvent { event_type: kind(OWN), version, ..event(data) }
}

async fn refused(world: &World, event: NewEvent) -> PublishRefusal {
    let before = world.ledger.head();
    let refused =
        world.app.publish(&world.admin(), vec![event], PublishOptions::default()).await.unwrap_err();
    assert_eq!(world.ledger.head(), before, "something was recorded");
    let Error::Refused(refusal) = refused else { panic!("{refused:?}") };
    refusal
}

#[tokio::test]
async fn enforced_data_is_refused_by_path_and_rule_and_nothing_is_recorded() {
    let world = world().await;
    set(&world, Mode::Enforce).await;
    world.publish(deployed(1, r#"{"ms":5}"#)).await;
    let refusal = refused(&world, deployed(1, r#"{"ms":-5}"#)).await;
    let PublishRefusal::Invalid { index: 0, version: 1, problems, .. } = &refusal else {
        panic!("{refusal:?}")
    };
    assert_eq!(problems.iter().map(|one| (&*one.path, &*one.rule)).collect::<Vec<_>>(), [("/ms", "minimum")]);
    assert!(matches!(
        refused(&world, deployed(2, r#"{"ms":5}"#)).await,
        PublishRefusal::Invalid { version: 2, .. }
    ));
    let unknown = refused(&world, deployed(3, "{}")).await;
    assert!(matches!(unknown, PublishRefusal::UnknownVersion { version: 3, newest: 2, .. }), "{unknown:?}");
}

#[tokio::test]
async fn a_warning_is_answered_recorded_and_answered_again_to_a_repeat() {
    let world = world().await;
    let odd = NewEvent { event_type: kind(OWN), ..keyed("one", r#"{"ms":"5"}"#) };
    let accepted = world.publish(odd.clone()).await;
    assert_eq!(
        accepted.warnings.iter().map(|one| (&*one.path, &*one.rule)).collect::<Vec<_>>(),
        [("/ms", "type")]
    );
    let record = world.last().await;
    let Fact::Event(event::Event::Published(published)) = record.fact().unwrap() else { unreachable!() };
    assert_eq!(published.warnings, accepted.warnings);
    let again = world.publish(odd).await;
    assert!(again.duplicate && again.warnings == accepted.warnings);
    set(&world, Mode::Off).await;
    assert_eq!(world.publish(deployed(1, r#"{"ms":"5"}"#)).await.warnings, []);
}

#[tokio::test]
async fn a_deprecation_is_told_to_whoever_publishes() {
    let world = world().await;
    let sunset = domain::Timestamp::from_seconds(1_900_000_000);
    let deprecation = (Some(1), sunset, Description::new("use version 2").unwrap());
    world.app.deprecate_event_type(&world.admin(), &kind(OWN), deprecation, None).await.unwrap();
    let told = world.publish(deployed(1, r#"{"ms":1}"#)).await.warnings;
    assert_eq!(told[0].rule, "deprecated");
    assert!(told[0].message.contains("use version 2"), "{}", told[0].message);
    assert_eq!(world.publish(deployed(2, r#"{"s":1}"#)).await.warnings, []);
}

#[tokio::test]
async fn what_is_no_good_version_is_refused_with_path_and_rule_and_nothing_is_recorded() {
    let world = world().await;
    let lossy =
        MAPPING.replace(r#""unit":["s","ms"],"round":0"#, r#""unit":["s","ms"],"round":0,"path":"/s""#);
    let untrue = r#"{"compatibility":"full","up":{"lossless":true,"steps":[{"op":"drop","path":"/s"}]},"down":{"lossless":true,"steps":[]}}"#;
    for (schema, mapping, code, pointer) in [
        (r#"{"type":"run"}"#, Some(r#"{"compatibility":"none"}"#), "schema_invalid", "/type"),
        (
            r#"{"$ref":"https://example.com/a.json"}"#,
            Some(r#"{"compatibility":"none"}"#),
            "schema_reference_outside",
            "",
        ),
        (SECOND, None, "mapping_missing", ""),
        (SECOND, Some(r#"{"compatibility":"up"}"#), "mapping_invalid", "/compatibility"),
        (SECOND, Some(&*lossy), "mapping_invalid", "/down/steps/1"),
        (
            r#"{"type":"object","required":["x"]}"#,
            Some(r#"{"compatibility":"backward"}"#),
            "incompatible",
            "/x",
        ),
        (r#"{"type":"object"}"#, Some(untrue), "not_lossless", ""),
        (
            r#"{"type":"object","properties":{"s":{"type":"number","minimum":0}},"additionalProperties":false}"#,
            Some(untrue),
            "not_lossless",
            "",
        ),
    ] {
        let before = world.ledger.head();
        let Err(Error::Refused(refusal)) = add(&world, schema, mapping).await else { panic!("{schema}") };
        assert_eq!((refusal.code(), refusal.pointer()), (code, pointer), "{refusal}");
        assert_eq!(world.ledger.head(), before);
    }
    let other = (Some(1), json("{}"), None);
    let frozen = world.app.add_event_type_version(&world.admin(), &kind(OWN), other, None).await.unwrap_err();
    assert!(matches!(frozen, Error::Refused(Refusal::Rule(event_type::Refusal::Frozen { number: 1 }))));
    let same = (Some(1), json(FIRST), None);
    let (_, changed) =
        world.app.add_event_type_version(&world.admin(), &kind(OWN), same, None).await.unwrap();
    assert_eq!(changed.version, Sequence(3));
}

#[tokio::test]
async fn an_event_is_seen_at_any_version_with_the_steps_and_only_by_its_tenant() {
    let world = world().await;
    let id = world.publish(deployed(1, r#"{"ms":1500}"#)).await.id;
    let admin = world.admin();
    let seen = |view| world.app.event_at_version(&admin, id, view);
    let latest = seen_data(seen(View::Latest).await);
    assert_eq!(latest, Some((2, r#"{"s":1.5}"#.to_owned(), 2)));
    assert_eq!(seen_data(seen(View::Pinned(1)).await), Some((1, r#"{"ms":1500}"#.to_owned(), 0)));
    assert!(matches!(seen(View::Pinned(9)).await, Ok(Some(Err(_)))));
    let foreign = world.app.event_at_version(&admin_of(world.other), id, View::Latest).await;
    assert!(matches!(foreign, Ok(None)));
    let newer = world.publish(deployed(2, r#"{"s":0.25}"#)).await.id;
    let lowered = world.app.event_at_version(&world.admin(), newer, View::Pinned(1)).await;
    assert_eq!(seen_data(lowered), Some((1, r#"{"ms":250}"#.to_owned(), 2)));
}

type Answer = Result<
    Option<Result<app::views::SeenEvent, std::sync::Arc<domain::versions::NotCastable>>>,
    Error<std::convert::Infallible>,
>;

/// The version, the data, and how many steps were done.
fn seen_data(answer: Answer) -> Option<(u32, String, usize)> {
    let at = answer.unwrap()?.unwrap();
    let steps = at.legs.iter().map(|leg| leg.steps.len()).sum();
    Some((at.seen.version, at.seen.data.as_str().to_owned(), steps))
}

#[tokio::test]
async fn the_catalogue_of_the_platform_is_registered_once_and_seen_by_every_tenant() {
    let world = World::new().await;
    assert!(world.app.register_platform_types().await.unwrap() > builtin::types().len());
    let head = world.ledger.head();
    assert_eq!(world.app.register_platform_types().await.unwrap(), 0);
    assert_eq!(world.reopened().await.register_platform_types().await.unwrap(), 0);
    assert_eq!(world.ledger.head(), head);
    for tenant in [world.acme, world.other] {
        let seen = world.app.event_type(&admin_of(tenant), &kind("result.published")).unwrap().unwrap();
        assert_eq!((seen.origin, seen.version, seen.mode), (Whose::Platform, Sequence::NONE, Mode::Warn));
    }
    // A type of its own hides the platform's: what it publishes is what it says.
    let own = world.app.event_type(&world.admin(), &kind("benchmark.completed")).unwrap().unwrap();
    assert_eq!((own.origin, own.versions.len()), (Whose::Tenant, 0));
    assert_eq!(world.publish(event("1")).await.warnings, []);
}

#[tokio::test]
async fn every_sample_of_the_platform_passes_enforced_validation() {
    let world = World::new().await;
    world.app.register_platform_types().await.unwrap();
    let admin = world.admin();
    for builtin in builtin::types().iter().filter(|one| one.name != "benchmark.completed") {
        let name = kind(builtin.name);
        world.app.set_event_type_validation(&admin, &name, Mode::Enforce, None).await.unwrap();
        let entry = world.app.event_type(&admin, &name).unwrap().unwrap();
        assert_eq!((entry.mode, entry.origin), (Mode::Enforce, Whose::Platform));
        for version in &entry.versions {
            let schema = version.schema().unwrap();
            for data in
                [schema.sample(0).unwrap(), schema.generated(0).unwrap(), schema.generated(1).unwrap()]
            {
                let event =
                    NewEvent { event_type: name.clone(), version: version.spec.number, ..event(&data) };
                assert_eq!(world.publish(event).await.warnings, [], "{name}");
            }
        }
        assert!(matches!(
            refused(&world, NewEvent { event_type: name.clone(), ..event("17") }).await,
            PublishRefusal::Invalid { .. }
        ));
        let other = world.app.event_type(&admin_of(world.other), &name).unwrap().unwrap();
        assert_eq!(other.mode, Mode::Warn, "it is this tenant's wish alone");
    }
    let foreign = (None, json("{}"), None);
    let refused =
        world.app.add_event_type_version(&admin, &kind("user.created"), foreign, None).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::Rule(event_type::Refusal::OfThePlatform))));
}

#[tokio::test]
async fn a_record_is_shown_as_stored_and_lifted_with_the_steps() {
    let world = World::new().await;
    // As an older Hookledger wrote it.
    let payload = r#"{"registered":{"name":"old.type","description":""}}"#;
    let stream = domain::EventTypeId::of(world.acme, "old.type").into();
    let origin = Origin::new(
        world.acme,
        &domain::Metadata::by(domain::Actor::System),
        domain::Timestamp::from_seconds(1),
    );
    let record = NewRecord::raw(
        RecordId::from_uuid(Uuid::from_u128(99)),
        stream,
        Sequence(1),
        ("event_type.registered".into(), 1),
        payload,
        &origin,
    );
    let position = world.ledger.append_one(Batch::new(vec![record]).unwrap()).await.unwrap().unwrap().last;
    let admin = world.admin();
    let shown = |at| world.app.record_at(&admin, position, at);
    let stored = shown(At::Stored).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.payload.as_str(), stored.steps.len()), (1, payload, 0));
    let latest = shown(At::Latest).await.unwrap().unwrap();
    assert_eq!((latest.version, latest.stored_version), (2, 1));
    assert!(latest.payload.as_str().ends_with(r#","origin":"tenant"}}"#), "{:?}", latest.payload);
    assert_eq!(latest.steps, [(1, "add \"origin\": \"tenant\"".to_owned())]);
    assert_eq!(shown(At::Version(2)).await.unwrap().unwrap(), latest);
    assert!(matches!(shown(At::Version(3)).await, Err(Error::Refused(_))));
    assert!(matches!(shown(At::Version(0)).await, Err(Error::Refused(_))));
    let foreign = world.app.record_at(&admin_of(world.other), position, At::Latest).await.unwrap();
    assert_eq!(foreign, None);
    assert_eq!(world.app.record_at(&world.admin(), Position(10_000), At::Latest).await.unwrap(), None);
    let reader = scoped(world.acme, &[Scope::Read]);
    assert!(matches!(
        world.app.record_at(&reader, position, At::Latest).await,
        Err(Error::Forbidden { needed: Scope::Audit })
    ));
    world.app.caught_up_to(position).await.unwrap();
    assert!(world.app.event_type(&world.admin(), &kind("old.type")).unwrap().is_some());
}

#[tokio::test]
async fn nobody_sees_the_types_of_another_tenant() {
    let world = world().await;
    let other: TenantId = world.other;
    assert_eq!(world.app.event_type(&admin_of(other), &kind(OWN)).unwrap(), None);
    let theirs = (None, json(FIRST), None);
    // The same name is their own, from version 1 on.
    let (number, _) =
        world.app.add_event_type_version(&admin_of(other), &kind(OWN), theirs, None).await.unwrap();
    assert_eq!(number, 1);
}
