use std::collections::BTreeMap;

use rules::EventType;

use super::*;
use crate::json::RawJson;
use crate::testing::given;
use crate::text::Description;
use crate::time::Timestamp;

fn name() -> EventType {
    EventType::parse("github.push").unwrap()
}

fn text(text: &str) -> Description {
    Description::new(text).unwrap()
}

fn register(description: &str) -> Command {
    Command::Register { name: name(), description: text(description) }
}

fn registered() -> Event {
    Event::Registered { name: name(), description: Description::default(), origin: Origin::Tenant }
}

fn archived() -> Event {
    Event::Archived { note: text("moved") }
}

fn archive(adopt: Option<Adopt>) -> Command {
    Command::Archive { note: text("moved"), adopt }
}

fn adopt() -> Adopt {
    Adopt { name: name(), description: text("the platform's") }
}

fn version(number: u32, schema: &str, mapping: Option<&str>) -> NewVersion {
    let json = |text: &str| RawJson::parse(text).unwrap();
    NewVersion::read(number, json(schema), mapping.map(json), &BTreeMap::new()).unwrap()
}

fn first() -> NewVersion {
    version(
        1,
        r#"{"type":"object","required":["ms"],"properties":{"ms":{"type":"integer"}},"additionalProperties":false,"examples":[{"ms":1}]}"#,
        None,
    )
}

const RENAMED: &str = r#"{"type":"object","required":["took_ms"],"properties":{"took_ms":{"type":"integer"}},"additionalProperties":false}"#;
const RENAME: &str = r#"{"compatibility":"full","up":{"lossless":true,"steps":[{"op":"rename","path":"/ms","to":"took_ms"}]},"down":{"lossless":true,"steps":[{"op":"rename","path":"/took_ms","to":"ms"}]}}"#;

fn added(version: &NewVersion) -> Event {
    Event::VersionAdded { version: Box::new(version.spec.clone()) }
}

fn add(version: NewVersion) -> Command {
    Command::AddVersion { version: Box::new(version) }
}

#[test]
fn registering_twice_records_once() {
    given::<Registration>([]).when(register("")).then([registered()]);
    given::<Registration>([registered()]).when(register("")).then_nothing();
    given::<Registration>([registered()])
        .when(register("x"))
        .then([Event::Described { description: text("x") }]);
}

#[test]
fn registering_an_archived_type_restores_it() {
    given::<Registration>([registered(), archived()]).when(register("")).then([Event::Restored]);
}

#[test]
fn what_was_never_registered_cannot_be_archived() {
    given::<Registration>([]).when(archive(None)).then_refused(&Refusal::NeverRegistered);
    given::<Registration>([registered()]).when(archive(None)).then([archived()]);
    given::<Registration>([registered(), archived()]).when(archive(None)).then_nothing();
}

#[test]
fn a_type_of_the_platform_is_adopted_by_whoever_wishes_it_otherwise() {
    let adopted =
        Event::Registered { name: name(), description: text("the platform's"), origin: Origin::Platform };
    given::<Registration>([]).when(archive(Some(adopt()))).then([adopted.clone(), archived()]);
    let enforce = |adopt| Command::SetValidation { mode: Mode::Enforce, adopt };
    let set = Event::ValidationSet { mode: Mode::Enforce };
    given::<Registration>([]).when(enforce(Some(adopt()))).then([adopted.clone(), set.clone()]);
    given::<Registration>([adopted.clone(), set]).when(enforce(Some(adopt()))).then_nothing();
    given::<Registration>([adopted]).when(add(first())).then_refused(&Refusal::OfThePlatform);
}

#[test]
fn versions_follow_each_other_and_are_frozen() {
    let (one, two) = (first(), version(2, RENAMED, Some(RENAME)));
    let past = [registered(), added(&one)];
    given::<Registration>([registered()]).when(add(one.clone())).then([added(&one)]);
    given::<Registration>(past.clone()).when(add(one.clone())).then_nothing();
    given::<Registration>(past.clone())
        .when(add(version(1, "{}", None)))
        .then_refused(&Refusal::Frozen { number: 1 });
    given::<Registration>(past.clone()).when(add(two.clone())).then([added(&two)]);
    given::<Registration>([registered()]).when(add(two)).then_refused(&Refusal::NotNext { expected: 1 });
    given::<Registration>([]).when(add(one)).then_refused(&Refusal::NeverRegistered);
}

#[test]
fn a_version_that_does_not_keep_its_promise_is_refused_with_path_and_rule() {
    let untrue = version(2, RENAMED, Some(r#"{"compatibility":"backward"}"#));
    let state = crate::testing::folded::<Registration>([registered(), added(&first())]);
    let refusal = crate::Decider::decide(&state, add(untrue)).unwrap_err();
    let Refusal::Incompatible(why) = &refusal else { panic!("{refusal}") };
    assert_eq!((why.code(), why.path(), why.rule()), ("incompatible", "/took_ms", "required"));
}

#[test]
fn what_is_no_version_by_itself_is_refused() {
    let json = |text: &str| RawJson::parse(text).unwrap();
    let read = |number, mapping: Option<&str>| {
        NewVersion::read(number, json("{}"), mapping.map(json), &BTreeMap::new()).map(|_| ())
    };
    assert_eq!(read(0, None), Err(VersionError::Zero));
    assert_eq!(read(2, None), Err(VersionError::MappingMissing));
    assert_eq!(read(1, Some(r#"{"compatibility":"none"}"#)), Err(VersionError::MappingOfFirst));
    assert_eq!(read(1, None), Ok(()));
}

#[test]
fn a_deprecation_names_what_exists_and_is_recorded_once() {
    let sunset = Timestamp::from_seconds(2_000_000_000);
    let deprecate = |version| Command::Deprecate { version, sunset, note: text("use v2") };
    let deprecated = |version| Event::Deprecated { version, sunset, note: text("use v2") };
    let past = [registered(), added(&first())];
    given::<Registration>(past.clone()).when(deprecate(Some(1))).then([deprecated(Some(1))]);
    given::<Registration>(past.clone())
        .when(deprecate(Some(2)))
        .then_refused(&Refusal::UnknownVersion { number: 2 });
    let past = past.into_iter().chain([deprecated(None)]);
    given::<Registration>(past).when(deprecate(None)).then_nothing();
}
