//! What cannot be copied, and what cannot be copied into.

use std::sync::Arc;

use domain::Position;
use hookledger_ledger::copy::port::Target as _;
use hookledger_ledger::copy::{CopyError, SideName, whole};
use hookledger_ledger::postgres::PostgresTarget;
use hookledger_ledger::sqlite::{OpenError, SqliteSide};
use hookledger_ledger::{Ledger, LedgerError};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

use super::support::{Breaking, File, Pages, chapter, copy, places, target};
use crate::postgres::place::Place;
use crate::samples::{batch, event, record};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_with_records_of_its_own_is_refused_and_left_alone() {
    let file = File::with_history(2).await;
    for place in places().await {
        let node = place.node().await;
        node.append_one(batch([record(event(1), 1)])).await.unwrap().unwrap();
        let refused = copy(file.alone().unwrap(), &place).await;
        assert!(matches!(refused, Err(CopyError::Occupied { head: Position(1) })), "{refused:?}");
        node.append_one(batch([record(event(1), 2)])).await.unwrap().unwrap();
        assert_eq!(node.head(), Position(2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_was_finished_is_not_repeated() {
    let (Some(place), file) = (Place::newest().await, File::with_history(2).await) else { return };
    copy(file.alone().unwrap(), &place).await.unwrap();
    let refused = copy(file.alone().unwrap(), &place).await;
    assert!(matches!(refused, Err(CopyError::Occupied { head: Position(14) })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_is_half_filled_from_another_ledger_is_refused() {
    let (file, other) = (
        File::with_history(2).await,
        File::of((10..13).map(|n| {
            let mut records = chapter(n).into_records();
            records.retain(|record| record.stream.uuid.as_u128() == u128::from(n));
            batch(records)
        }))
        .await,
    );
    let Some(place) = Place::newest().await else { return };
    let source = Arc::new(Pages(file.alone().unwrap(), 5));
    whole(source, Breaking::after(1, &place).await, |_| {}).await.unwrap_err();
    let refused = copy(other.alone().unwrap(), &place).await;
    assert!(matches!(refused, Err(CopyError::OfAnother)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_was_exchanged_for_an_older_one_is_found_out() {
    let (file, older) = (File::with_history(3).await, File::with_history(2).await);
    let Some(place) = Place::newest().await else { return };
    let source = Arc::new(Pages(file.alone().unwrap(), 16));
    whole(source, Breaking::after(1, &place).await, |_| {}).await.unwrap_err();
    let refused = copy(older.alone().unwrap(), &place).await;
    assert!(matches!(refused, Err(CopyError::Apart { position: Position(16), .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_without_records_and_one_that_is_not_there_are_refused() {
    let Some(place) = Place::newest().await else { return };
    let refused = copy(File::of([]).await.alone().unwrap(), &place).await;
    assert!(matches!(refused, Err(CopyError::Empty)), "{refused:?}");
    let nowhere = TempDir::new().unwrap();
    assert!(matches!(SqliteSide::alone(nowhere.path()), Err(OpenError::Absent { .. })));
    assert!(matches!(SqliteSide::beside(nowhere.path()), Err(OpenError::Absent { .. })));
    assert!(nowhere.path().read_dir().unwrap().next().is_none(), "nothing was made there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_a_server_uses_can_be_had_only_beside_it() {
    let file = File::with_history(1).await;
    let server = file.ledger();
    assert!(matches!(file.alone(), Err(OpenError::InUse { .. })));
    assert_eq!(file.beside().head().await.unwrap(), Position(7));
    server.close().await;
    let alone = file.alone().unwrap();
    assert!(matches!(file.alone(), Err(OpenError::InUse { .. })), "no server can start meanwhile");
    assert_eq!(alone.head().await.unwrap(), Position(7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_record_stops_the_copy_with_its_position_and_once_repaired_it_goes_on() {
    let file = File::with_history(3).await;
    file.vandalise("UPDATE records SET tenant = x'00' WHERE position = 12");
    let Some(place) = Place::newest().await else { return };
    let damaged = copy(Arc::new(Pages(file.alone().unwrap(), 5)), &place).await.unwrap_err();
    let CopyError::Read { side: SideName::Source, source, .. } = &damaged else { panic!("{damaged:?}") };
    assert!(matches!(source, LedgerError::Damaged { position: Position(12), .. }), "{source}");
    file.vandalise("UPDATE records SET tenant = zeroblob(16) WHERE position = 12");
    assert!(copy(file.alone().unwrap(), &place).await.unwrap().is_same());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instants_that_no_server_writes_are_damage_too() {
    let file = File::with_history(1).await;
    file.vandalise("UPDATE records SET recorded_at = -1 WHERE position = 5");
    let Some(place) = Place::newest().await else { return };
    let CopyError::Read { source, .. } = copy(file.alone().unwrap(), &place).await.unwrap_err() else {
        panic!("it is read")
    };
    let told = "the record at position 5 is damaged: records.recorded_at is -1, which is out of range";
    assert_eq!(source.to_string(), told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_the_database_does_not_take_is_named_and_those_before_it_are_there() {
    let file = File::with_history(5).await;
    file.vandalise("UPDATE records SET payload = '{half' WHERE position = 23");
    for place in places().await {
        let refused = copy(file.alone().unwrap(), &place).await;
        let Err(CopyError::Refused { position: Position(23), source }) = refused else {
            panic!("{refused:?}")
        };
        assert!(source.to_string().contains("json"), "{source}");
        let last =
            place.connect().await.fetch_one("SELECT FROM hookledger.records WHERE position = 22").await;
        last.unwrap();
    }
}

/// A full disk and the like are refusals as well, in the middle of a page, but no fault of a record.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_has_no_room_is_not_a_record_that_it_does_not_take() {
    let (Some(place), file) = (Place::newest().await, File::with_history(3).await) else { return };
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                IF NEW.position = 12 THEN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END IF; \
                RETURN NEW; END $$; \
                CREATE TRIGGER full_disk BEFORE INSERT ON hookledger.records FOR EACH ROW EXECUTE FUNCTION full_disk()";
    let mut other = place.connect().await;
    other.execute(full).await.unwrap();
    let refused = copy(file.alone().unwrap(), &place).await;
    assert!(matches!(refused, Err(CopyError::Unavailable(_))), "{refused:?}");
    other.execute("DROP TRIGGER full_disk ON hookledger.records").await.unwrap();
    assert!(copy(file.alone().unwrap(), &place).await.unwrap().is_same());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_writes_while_a_copy_is_under_way_and_none_begins_while_somebody_writes() {
    let (Some(place), file) = (Place::newest().await, File::with_history(1).await) else { return };
    let mut other = place.connect().await;
    other.execute("BEGIN; SELECT pg_advisory_xact_lock(1212894279)").await.unwrap();
    let refused = copy(file.alone().unwrap(), &place).await;
    assert!(matches!(refused, Err(CopyError::Busy(_))), "{refused:?}");
    other.execute("COMMIT").await.unwrap();
    let target = target(&place).await;
    let first = file.alone().unwrap().page(Position::START, Position(1)).await.unwrap().remove(0);
    target.begin(first.id).await.unwrap();
    let write = "SET lock_timeout = '50ms'; INSERT INTO hookledger.records (sequence, record_id, tenant, aggregate_type, \
                 aggregate_id, event_type, event_version, payload, metadata) VALUES \
                 (1, gen_random_uuid(), gen_random_uuid(), 'event', 'x', 't', '1', '{}', '{}')";
    let waits = other.execute(write).await.unwrap_err();
    assert!(waits.to_string().contains("lock timeout"), "{waits}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_does_not_own_the_tables_is_told_so() {
    let (Some(place), file) = (Place::newest().await, File::with_history(1).await) else { return };
    let user = format!("some_server_{}", std::process::id());
    let mut connection: PgConnection = place.connect().await;
    connection
        .execute(AssertSqlSafe(format!("CREATE ROLE {user} LOGIN IN ROLE hookledger_app")))
        .await
        .unwrap();
    let target = PostgresTarget::open(place.database.options().username(&user)).await.unwrap();
    let refused = whole(file.alone().unwrap(), Arc::new(target), |_| {}).await;
    assert!(matches!(refused, Err(CopyError::Forbidden)), "{refused:?}");
    place.end_backends(&format!("usename = '{user}'")).await;
    connection.execute(AssertSqlSafe(format!("DROP ROLE {user}"))).await.unwrap();
    connection.close().await.unwrap();
}
