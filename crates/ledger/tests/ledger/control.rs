//! Commands through cqrs-es on the port: versions, tenants, contention, positions.

use std::sync::Arc;

use domain::tenant::{Command, Event, Refusal, Tenant};
use domain::{
    Actor, Description, Metadata, Name, Position, Sequence, StreamId, TenantId, Timestamp, Versioned,
};
use hookledger_ledger::control::{Change, Control, ExecuteError, Executed, LoadError};
use hookledger_ledger::memory::MemoryLedger;
use hookledger_ledger::sqlite::{Options, SqliteLedger};
use hookledger_ledger::{Batch, Filter, Ledger, NewRecord, Origin};
use tempfile::TempDir;
use uuid::Uuid;

use crate::commands::control;

fn in_memory() -> (Control, Arc<MemoryLedger>) {
    let ledger = Arc::new(MemoryLedger::default());
    (control(ledger.clone()), ledger)
}

fn acme() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(1))
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a good name")
}

fn create() -> Command {
    Command::Create { name: name("acme") }
}

fn rename(to: &str) -> Command {
    Command::Rename { name: name(to) }
}

fn change(tenant: TenantId, expected: Option<u64>, command: Command) -> Change<Command> {
    let metadata = Metadata { correlation: Some("ticket 7".into()), ..Metadata::by(Actor::Operator) };
    Change { tenant, stream: acme().into(), expected: expected.map(Sequence), command, metadata }
}

type Outcome = Result<Executed<Event>, ExecuteError<Refusal>>;

async fn ask(control: &Control, expected: Option<u64>, command: Command) -> Outcome {
    control.execute::<Tenant>(change(acme(), expected, command)).await
}

#[tokio::test]
async fn a_command_is_recorded_with_its_position_version_and_cause() {
    let folder = TempDir::new().unwrap();
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(folder.path(), Options::default()).unwrap());
    let control = control(ledger.clone());
    let created = ask(&control, None, create()).await.unwrap();
    assert_eq!((created.version, created.position), (Sequence(1), Position(1)));
    let renamed = ask(&control, Some(1), rename("apex")).await.unwrap();
    let events = vec![Event::Renamed { name: name("apex") }];
    assert_eq!(renamed, Executed { version: Sequence(2), position: Position(2), events: events.clone() });
    let record = ledger.read_one(Position(2)).await.unwrap().unwrap();
    assert_eq!(record.fact(), Ok(&events[0].clone().into()));
    assert_eq!((&*record.record_type, record.version, record.tenant), ("tenant.renamed", 1, acme()));
    assert_eq!(record.parse_metadata().unwrap().correlation.as_deref(), Some("ticket 7"));
    assert_eq!(&*record.payload, r#"{"renamed":{"name":"apex"}}"#);
}

#[tokio::test]
async fn what_already_holds_writes_nothing_and_answers_where_it_was_recorded() {
    let (control, ledger) = in_memory();
    ask(&control, None, create()).await.unwrap();
    let same = ask(&control, Some(1), rename("acme")).await.unwrap();
    assert_eq!(same, Executed { version: Sequence(1), position: Position(1), events: vec![] });
    assert_eq!(ledger.head(), Position(1));
}

#[tokio::test]
async fn an_edit_of_an_older_version_is_refused_with_the_current_one() {
    let (control, _) = in_memory();
    ask(&control, None, create()).await.unwrap();
    ask(&control, Some(1), rename("apex")).await.unwrap();
    let stale = ask(&control, Some(1), rename("zenith")).await.unwrap_err();
    assert!(matches!(stale, ExecuteError::Stale { expected: Sequence(1), found: Sequence(2) }), "{stale}");
}

#[tokio::test]
async fn a_refusal_of_the_domain_comes_through() {
    let (control, _) = in_memory();
    let refused = ask(&control, None, rename("apex")).await.unwrap_err();
    assert!(matches!(refused, ExecuteError::Refused(Refusal::NeverCreated)), "{refused}");
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_as_good_as_absent() {
    let (control, _) = in_memory();
    ask(&control, None, create()).await.unwrap();
    let other = TenantId::from_uuid(Uuid::from_u128(2));
    let absent = StreamId::from(TenantId::from_uuid(Uuid::from_u128(3)));
    for expected in [None, Some(1)] {
        let foreign = control.execute::<Tenant>(change(other, expected, rename("mine"))).await.unwrap_err();
        let missing = Change { stream: absent, ..change(acme(), expected, rename("mine")) };
        let missing = control.execute::<Tenant>(missing).await.unwrap_err();
        assert_eq!(format!("{foreign:?}"), format!("{missing:?}"));
    }
    assert_eq!(control.load::<Tenant>(other, acme().into()).await.unwrap(), None);
    let taken = control.execute::<Tenant>(change(other, None, create())).await.unwrap_err();
    assert!(matches!(taken, ExecuteError::Contended), "{taken}");
}

#[tokio::test]
async fn an_aggregate_is_loaded_with_its_version() {
    let (control, _) = in_memory();
    assert_eq!(control.load::<Tenant>(acme(), acme().into()).await.unwrap(), None);
    ask(&control, None, create()).await.unwrap();
    ask(&control, None, Command::Suspend { note: Description::default() }).await.unwrap();
    let suspended = Versioned { state: Tenant::Suspended { name: name("acme") }, version: Sequence(2) };
    assert_eq!(control.load::<Tenant>(acme(), acme().into()).await.unwrap(), Some(suspended));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_expect_no_version_are_decided_again_when_others_were_first() {
    let folder = TempDir::new().unwrap();
    let ledger = Arc::new(SqliteLedger::open(folder.path(), Options::default()).unwrap());
    let control = control(ledger.clone());
    ask(&control, None, create()).await.unwrap();
    let askers: Vec<_> = (0..4)
        .map(|asker| {
            let control = control.clone();
            tokio::spawn(async move {
                for n in 0..5 {
                    // Fails only if others were first eight times in a row.
                    while matches!(
                        ask(&control, None, rename(&format!("name {asker} {n}"))).await,
                        Err(ExecuteError::Contended)
                    ) {}
                }
            })
        })
        .collect();
    for asker in askers {
        asker.await.unwrap();
    }
    assert_eq!(ledger.head(), Position(21), "every name was recorded once");
    let stream = ledger.read_stream(acme().into(), Sequence::NONE, 100).await.unwrap();
    assert!(stream.iter().zip(1..).all(|(record, sequence)| record.sequence == Sequence(sequence)));
}

#[tokio::test]
async fn a_record_that_is_not_understood_is_an_error_and_no_absence() {
    let (control, ledger) = in_memory();
    let origin = Origin::new(acme(), &Metadata::by(Actor::System), Timestamp::from_seconds(1));
    let (id, kind) = (domain::RecordId::from_uuid(Uuid::nil()), ("tenant.created".into(), 2));
    let newer = NewRecord::raw(id, acme().into(), Sequence(1), kind, "{}", &origin);
    let ledger: &dyn Ledger = &*ledger;
    ledger.append_one(Batch::new(vec![newer]).unwrap()).await.unwrap().unwrap();
    let loading = control.load::<Tenant>(acme(), acme().into()).await.unwrap_err();
    let told = "the record \"tenant.created\" version 2 at position 1 cannot be read";
    assert!(
        matches!(&loading, LoadError::Unreadable(unreadable) if unreadable.to_string() == told),
        "{loading}"
    );
    let asking = ask(&control, None, create()).await.unwrap_err();
    assert!(matches!(&asking, ExecuteError::Unreadable(cause) if cause.to_string() == told), "{asking}");
    let page = ledger.read_all(Position::START, 10, Filter::All).await.unwrap();
    assert_eq!(page.records.len(), 1, "nothing was written");
}
