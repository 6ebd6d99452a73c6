//! What was ever recorded can still be read: the *samples* under `schemas/records/` are payloads as they lie in
//! ledgers out there, the *streams* are whole histories with the state that they lead to.
//!
//! A test that fails here says that ledgers in use would be read differently. Then the record type needs a new
//! version and an upcaster; the samples stay as they are. `schemas/README.md` has the steps.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hookledger_domain::api_key::ApiKey;
use hookledger_domain::bulk_action::BulkAction;
use hookledger_domain::delivery::{Delivery, State};
use hookledger_domain::event_type::Registration;
use hookledger_domain::subscription::{Health, SigningSecret, Status, Subscription};
use hookledger_domain::tenant::Tenant;
use hookledger_domain::test_send::TestSend;
use hookledger_domain::{
    Decider, DecodeError, DeliveryId, EventId, EventTypeId, Fact, Metadata, RECORD_TYPES, StreamId,
    StreamKind, SubscriptionId, TenantId, Timestamp, Versioned, current_version, event,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// A payload as it was stored.
struct Sample {
    path: PathBuf,
    record_type: String,
    version: u16,
    payload: String,
}

#[test]
fn every_version_of_every_record_type_has_a_sample() {
    let found: BTreeSet<_> =
        samples().into_iter().map(|sample| (sample.record_type, sample.version)).collect();
    let wanted: BTreeSet<_> = RECORD_TYPES
        .iter()
        .flat_map(|(name, current)| (1..=*current).map(|version| ((*name).to_owned(), version)))
        .collect();
    assert_eq!(found, wanted);
}

#[test]
fn every_sample_of_a_current_version_reads_and_is_written_as_it_was() {
    for Sample { path, record_type, version, payload } in current_samples() {
        let fact = Fact::decode(&record_type, version, &payload)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(fact.encode(), payload, "{}", path.display());
        assert_eq!((fact.record_type(), fact.record_version()), (record_type.as_str(), version));
    }
}

/// Lifting them is the upcasters' task, and tested there.
#[test]
fn samples_of_older_versions_are_not_mistaken_for_current_ones() {
    for Sample { path, record_type, version, payload } in samples() {
        if current_version(&record_type) != Some(version) {
            let refused = Fact::decode(&record_type, version, &payload);
            assert!(matches!(refused, Err(DecodeError::Version { .. })), "{}", path.display());
        }
    }
}

#[test]
fn metadata_reads_and_is_written_as_it_was() {
    for path in files(&records().join("metadata")) {
        let stored = read(&path);
        let metadata: Metadata = serde_json::from_str(&stored).unwrap();
        assert_eq!(serde_json::to_string(&metadata).unwrap(), stored, "{}", path.display());
    }
}

#[test]
fn ids_are_derived_as_they_always_were() {
    #[derive(Deserialize)]
    struct Derived {
        events: Vec<DerivedEvent>,
        deliveries: Vec<DerivedDelivery>,
        event_types: Vec<DerivedEventType>,
    }
    #[derive(Deserialize)]
    struct DerivedEvent {
        tenant: TenantId,
        source: String,
        key: String,
        id: EventId,
    }
    #[derive(Deserialize)]
    struct DerivedDelivery {
        event: EventId,
        accepted_at: Timestamp,
        subscription: SubscriptionId,
        id: DeliveryId,
    }
    #[derive(Deserialize)]
    struct DerivedEventType {
        tenant: TenantId,
        name: String,
        id: EventTypeId,
    }

    let derived: Derived = serde_json::from_str(&read(&records().join("derived-ids.json"))).unwrap();
    for DerivedEvent { tenant, source, key, id } in derived.events {
        assert_eq!(EventId::keyed(tenant, &source, &key), id);
    }
    for DerivedDelivery { event, accepted_at, subscription, id } in derived.deliveries {
        assert_eq!(DeliveryId::of(event, accepted_at, subscription), id);
    }
    for DerivedEventType { tenant, name, id } in derived.event_types {
        assert_eq!(EventTypeId::of(tenant, &name), id);
    }
}

/// Histories with older versions are lifted first, which is the upcasters' task, and tested there.
#[test]
fn every_stream_folds_to_the_state_that_it_states() {
    for (path, stream) in streams().into_iter().filter(|(_, stream)| stream.is_current()) {
        let facts: Vec<_> = stream.records.iter().map(Recorded::fact).collect();
        let state = fold(stream.stream, facts);
        if let Err(difference) = agrees(&stream.then, &state, "") {
            panic!("{} ({}): {difference}\nin {state:#}", path.display(), stream.about);
        }
    }
}

#[test]
fn the_streams_have_a_record_of_every_type() {
    let records = streams().into_iter().flat_map(|(_, stream)| stream.records);
    let met: BTreeSet<_> = records.map(|record| record.record_type).collect();
    let wanted: BTreeSet<_> = RECORD_TYPES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(met, wanted);
}

/// A history and what it leads to.
#[derive(Deserialize)]
struct History {
    about: String,
    #[serde(deserialize_with = "stream_id")]
    stream: StreamId,
    records: Vec<Recorded>,
    then: Value,
}

#[derive(Deserialize)]
struct Recorded {
    #[serde(rename = "type")]
    record_type: String,
    version: u16,
    payload: Box<RawValue>,
}

impl History {
    fn is_current(&self) -> bool {
        self.records.iter().all(|record| current_version(&record.record_type) == Some(record.version))
    }
}

impl Recorded {
    fn fact(&self) -> Fact {
        let Self { record_type, version, payload } = self;
        Fact::decode(record_type, *version, payload.get())
            .unwrap_or_else(|error| panic!("{record_type}: {error}"))
    }
}

fn stream_id<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<StreamId, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn fold(stream: StreamId, facts: Vec<Fact>) -> Value {
    match stream.kind {
        StreamKind::Tenant => state_of(facts, tenant),
        StreamKind::ApiKey => state_of(facts, api_key),
        StreamKind::EventType => state_of(facts, event_type),
        StreamKind::Subscription => state_of(facts, subscription),
        StreamKind::Event => state_of(facts, published),
        StreamKind::Delivery => state_of(facts, delivery),
        StreamKind::BulkAction => state_of(facts, bulk_action),
        StreamKind::Test => state_of(facts, test_send),
    }
}

fn state_of<D: Decider>(facts: Vec<Fact>, told: impl Fn(&D) -> Value) -> Value {
    let mut aggregate = Versioned::<D>::default();
    for fact in facts {
        aggregate.apply(&D::from_fact(fact).expect("a record of the stream's own kind"));
    }
    let mut state = told(&aggregate.state);
    state["version"] = json!(aggregate.version);
    state
}

fn tenant(tenant: &Tenant) -> Value {
    match tenant {
        Tenant::Unborn => json!({"state": "unborn"}),
        Tenant::Active { name } => json!({"state": "active", "name": name}),
        Tenant::Suspended { name } => json!({"state": "suspended", "name": name}),
    }
}

fn api_key(key: &ApiKey) -> Value {
    match key {
        ApiKey::Unborn => json!({"state": "unborn"}),
        ApiKey::Good(issue) => json!({"state": "good", "issue": issue}),
        ApiKey::Revoked => json!({"state": "revoked"}),
    }
}

fn event_type(registration: &Registration) -> Value {
    let Registration::Known(known) = registration else { return json!({"state": "unborn"}) };
    let deprecations = known.deprecations.iter();
    let deprecations =
        deprecations.map(|one| json!({"version": one.version, "sunset": one.sunset, "note": one.note}));
    json!({
        "state": if known.archived { "archived" } else { "open" },
        "name": known.name,
        "description": known.description,
        "origin": known.origin,
        "versions": known.versions.iter().map(|version| version.number).collect::<Vec<_>>(),
        "mode": known.mode,
        "deprecations": deprecations.collect::<Vec<_>>(),
    })
}

fn subscription(subscription: &Subscription) -> Value {
    let live = match subscription {
        Subscription::Unborn => return json!({"state": "unborn"}),
        Subscription::Deleted => return json!({"state": "deleted"}),
        Subscription::Live(live) => live,
    };
    let status = match &live.status {
        Status::Active => json!("active"),
        Status::Paused(reason) => json!({"paused": reason}),
        Status::Disabled(reason) => json!({"disabled": reason}),
    };
    let secret = |secret: &SigningSecret| json!({"id": secret.id, "scheme": secret.scheme, "public_key": secret.public_key});
    let old: Vec<_> =
        live.old_secrets.iter().map(|held| json!({"id": held.secret.id, "until": held.until})).collect();
    let health = match live.health {
        Health::Well => json!("well"),
        Health::Failing { since, warned } => json!({"failing": {"since": since, "warned": warned}}),
    };
    json!({
        "state": status,
        "settings": live.settings,
        "secret": secret(&live.secret),
        "old_secrets": old,
        "health": health,
        "verification": live.verification,
    })
}

/// Data and metadata as text, since a [`Value`] would lose digits, order and repeated keys.
fn published(state: &event::State) -> Value {
    let event::State::Published(event) = state else { return json!({"state": "unborn"}) };
    json!({
        "state": "published",
        "type": event.event_type,
        "event_version": event.version,
        "source": event.source,
        "time": event.time,
        "accepted_at": event.accepted_at,
        "key": event.key,
        "data_text": event.data.as_str(),
        "warnings": event.warnings,
        "metadata_text": event.metadata.as_ref().map(hookledger_domain::RawJson::as_str),
    })
}

fn delivery(delivery: &Delivery) -> Value {
    let Delivery::Scheduled { origin, progress } = delivery else { return json!({"state": "unborn"}) };
    let state = match progress.state {
        State::Waiting { due_at, by_hand } => json!({"waiting": {"due_at": due_at, "by_hand": by_hand}}),
        State::Delivered => json!("delivered"),
        State::Dead(reason) => json!({"dead": reason}),
        State::Cancelled => json!("cancelled"),
    };
    let budget = json!({"made": progress.budget.made, "since": progress.budget.since});
    json!({"state": state, "attempts": progress.attempts, "budget": budget, "origin": origin})
}

fn bulk_action(action: &BulkAction) -> Value {
    match action {
        BulkAction::Unborn => json!({"state": "unborn"}),
        BulkAction::Running { order, progress } => {
            json!({"state": "running", "order": order, "progress": progress})
        }
        BulkAction::Completed => json!({"state": "completed"}),
        BulkAction::Cancelled => json!({"state": "cancelled"}),
    }
}

fn test_send(test: &TestSend) -> Value {
    match test {
        TestSend::Unborn => json!({"state": "unborn"}),
        TestSend::Made => json!({"state": "made"}),
    }
}

/// Whether `found` says what `stated` says. It may say more, so that a state may grow; `null` stands for absence.
fn agrees(stated: &Value, found: &Value, at: &str) -> Result<(), String> {
    match (stated, found) {
        (Value::Object(stated), Value::Object(found)) => stated.iter().try_for_each(|(key, value)| {
            agrees(value, found.get(key).unwrap_or(&Value::Null), &format!("{at}/{key}"))
        }),
        (Value::Array(stated), Value::Array(found)) if stated.len() == found.len() => stated
            .iter()
            .zip(found)
            .enumerate()
            .try_for_each(|(n, (one, two))| agrees(one, two, &format!("{at}/{n}"))),
        (stated, found) if stated == found => Ok(()),
        (stated, found) => Err(format!("{at} is {found}, stated is {stated}")),
    }
}

fn streams() -> Vec<(PathBuf, History)> {
    let read = |path: PathBuf| {
        let stream = serde_json::from_str(&read(&path));
        (path.clone(), stream.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    };
    files(&records().join("streams")).into_iter().map(read).collect()
}

fn current_samples() -> impl Iterator<Item = Sample> {
    samples().into_iter().filter(|sample| current_version(&sample.record_type) == Some(sample.version))
}

/// Every `<record type>/v<version>[-<variant>].json`: the folders with a full stop in their names.
fn samples() -> Vec<Sample> {
    let folders = entries(&records()).into_iter().filter(|path| path.is_dir() && name(path).contains('.'));
    folders.flat_map(|folder| files(&folder)).map(sample).collect()
}

fn sample(path: PathBuf) -> Sample {
    let record_type = name(path.parent().expect("a sample lies in a folder")).to_owned();
    let stem = name(&path).strip_suffix(".json").expect("a sample is a .json file");
    let number = stem.split_once('-').map_or(stem, |(version, _)| version).strip_prefix('v');
    let version = number.and_then(|number| number.parse().ok());
    Sample {
        version: version
            .unwrap_or_else(|| panic!("{} is not named v<version>[-<variant>].json", path.display())),
        payload: read(&path),
        record_type,
        path,
    }
}

fn records() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/records")
}

/// The files of a folder that must not be empty, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let files = entries(folder);
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("names are ASCII")
}

/// The text of a file without the line break at its end.
fn read(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}
