//! Streams that stock postgres-es and the ledger write in turns.

use std::collections::HashMap;

use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore, SerializedEvent};
use cqrs_es::{AggregateError, CqrsFramework};
use domain::tenant::{Command, Event, Tenant};
use domain::{Actor, Metadata, Name, Position, Sequence, StreamId, TenantId};
use hookledger_ledger::control::{Adapter, Change, Control, Order};
use hookledger_ledger::{Filter, Ledger as _, Tail, Upcasters};
use postgres_es::PostgresEventRepository;
use sqlx::PgPool;
use test_postgres::Version;
use uuid::Uuid;

use super::commands::control;
use super::place::Place;
use super::samples::{batch, event, record};

type Stock = CqrsFramework<Adapter<Tenant>, PersistedEventStore<PostgresEventRepository, Adapter<Tenant>>>;

fn acme() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(1))
}

fn stream() -> StreamId {
    acme().into()
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a good name")
}

fn order(command: Command) -> Order<Command> {
    Order { command, expected: None }
}

async fn repository(place: &Place) -> PostgresEventRepository {
    let pool = PgPool::connect(&place.url()).await.expect("the database is there");
    PostgresEventRepository::new(pool).with_tables("hookledger.events", "hookledger.snapshots")
}

async fn stock(place: &Place) -> Stock {
    let store = PersistedEventStore::new_event_store(repository(place).await);
    CqrsFramework::new(store.with_upcasters(Upcasters::standard().for_cqrs()), vec![], ())
}

/// What postgres-es carries beside an event says whose it is.
fn whose() -> HashMap<String, String> {
    HashMap::from([("tenant".into(), acme().uuid().to_string())])
}

async fn rename(control: &Control, to: &str) -> Sequence {
    let command = Command::Rename { name: name(to) };
    let metadata = Metadata::by(Actor::Operator);
    let change = Change { tenant: acme(), stream: stream(), expected: None, command, metadata };
    control.execute::<Tenant>(change).await.expect("nothing stands against it").version
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_postgres_es_and_the_ledger_continue_each_others_streams() {
    for version in Version::ALL {
        let Some((place, ledger)) = Place::open(version).await else { continue };
        let (stock, control) = (stock(&place).await, control(ledger.clone()));
        let create = order(Command::Create { name: name("acme") });
        stock.execute_with_metadata(&stream().to_string(), create, whose()).await.unwrap();
        assert_eq!(rename(&control, "apex").await, Sequence(2));
        let again = order(Command::Rename { name: name("zenith") });
        stock.execute_with_metadata(&stream().to_string(), again, whose()).await.unwrap();
        let loaded = control.load::<Tenant>(acme(), stream()).await.unwrap().unwrap();
        assert_eq!(loaded.version, Sequence(3));
        let seen = ledger.read_stream(stream(), Sequence::NONE, 9).await.unwrap();
        let facts: Vec<_> = seen.iter().map(|record| record.fact().unwrap().clone()).collect();
        let expected = [
            Event::Created { name: name("acme") },
            Event::Renamed { name: name("apex") },
            Event::Renamed { name: name("zenith") },
        ];
        assert_eq!(facts, expected.map(domain::Fact::from));
        for record in &seen {
            assert_eq!(record.tenant, acme());
            assert!(record.parse_metadata().is_ok(), "{}", record.metadata);
        }
        // The payload is the author's text, though it went through cqrs-es as a value.
        assert_eq!(&*seen[2].payload, r#"{"renamed":{"name":"zenith"}}"#);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stock_postgres_es_reads_is_what_the_ledger_wrote() {
    let Some((place, ledger)) = Place::open(Version::Eighteen).await else { return };
    let control = control(ledger);
    let create = Command::Create { name: name("acme") };
    let metadata = Metadata::by(Actor::Operator);
    let change = Change { tenant: acme(), stream: stream(), expected: None, command: create, metadata };
    control.execute::<Tenant>(change).await.unwrap();
    let events = repository(&place).await.get_events::<Adapter<Tenant>>(&stream().to_string()).await.unwrap();
    let [SerializedEvent { sequence, event_type, event_version, payload, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((*sequence, event_type.as_str(), event_version.as_str()), (1, "tenant.created", "1"));
    assert_eq!(payload, &serde_json::json!([r#"{"created":{"name":"acme"}}"#]), "its exact text");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn digits_and_the_order_of_keys_survive_postgres_es() {
    let Some((place, ledger)) = Place::open(Version::Eighteen).await else { return };
    let (repository, text) =
        (repository(&place).await, r#"{"z": 12345678901234567890123.10, "a":1e999, "a":2}"#);
    let written = SerializedEvent::new(
        stream().to_string(),
        1,
        "tenant".into(),
        "tenant.created".into(),
        "1".into(),
        serde_json::json!([text]),
        serde_json::json!({ "metadata": "{ \"actor\":{\"kind\":\"operator\"}}" }),
    );
    repository.persist::<Adapter<Tenant>>(&[written], None).await.unwrap();
    let record = ledger.read_stream(stream(), Sequence::NONE, 9).await.unwrap().remove(0);
    assert_eq!((&*record.payload, &*record.metadata), (text, r#"{ "actor":{"kind":"operator"}}"#));
    let read = repository.get_events::<Adapter<Tenant>>(&stream().to_string()).await.unwrap().remove(0);
    assert_eq!(read.payload, serde_json::json!([text]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_ledger_and_stock_postgres_es_one_wins() {
    let Some((place, ledger)) = Place::open(Version::Eighteen).await else { return };
    let (repository, control) = (repository(&place).await, control(ledger.clone()));
    let id = stream().to_string();
    let create = order(Command::Create { name: name("acme") });
    stock(&place).await.execute_with_metadata(&id, create, whose()).await.unwrap();
    rename(&control, "apex").await;
    let late = SerializedEvent::new(
        id,
        2,
        "tenant".into(),
        "tenant.renamed".into(),
        "1".into(),
        serde_json::json!({ "renamed": { "name": "late" } }),
        serde_json::json!({}),
    );
    let refused = repository.persist::<Adapter<Tenant>>(&[late], None).await.unwrap_err();
    let refused: AggregateError<std::io::Error> = refused.into();
    assert!(matches!(refused, AggregateError::AggregateConflict), "{refused}");
    assert_eq!(ledger.read_stream(stream(), Sequence::NONE, 9).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_sees_what_stock_postgres_es_writes_between_the_nodes_own_records() {
    let Some((place, ledger)) = Place::open(Version::Eighteen).await else { return };
    let stock = stock(&place).await;
    let mut tail = Tail::new(ledger.clone(), Position::START, Filter::All);
    let mut seen = Vec::new();
    for n in 0..20 {
        let tenant = StreamId::from(TenantId::from_uuid(Uuid::from_u128(n)));
        let create = order(Command::Create { name: name("acme") });
        stock.execute_with_metadata(&tenant.to_string(), create, HashMap::new()).await.unwrap();
        ledger.append_one(batch([record(event(n), 1)])).await.unwrap().unwrap();
        while seen.len() < (usize::try_from(n).unwrap() + 1) * 2 {
            seen.extend(tail.next_page().await.unwrap().records.into_iter().map(|record| record.stream));
        }
        assert_eq!(seen[seen.len() - 2..], [tenant, event(n)]);
    }
}
