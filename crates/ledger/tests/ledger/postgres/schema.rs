//! The schema: made by whoever comes first, step by step, refused where it is too new; and what nobody may do to it.

use hookledger_ledger::Ledger;
use hookledger_ledger::postgres::{NEWEST, OpenError, Options, PostgresLedger, ROLE, migrate};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use test_postgres::{Database, Version};

use super::place::Place;
use crate::samples::{batch, event, record};

async fn empty() -> Option<Database> {
    Some(Version::Eighteen.server()?.empty_database().await)
}

async fn connect(database: &Database) -> PgConnection {
    PgConnection::connect_with(&database.options()).await.expect("the database takes connections")
}

async fn open(database: &Database, migrate: bool) -> Result<PostgresLedger, OpenError> {
    PostgresLedger::open(database.options(), Options { migrate, ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_the_same_time_on_an_empty_database_all_open() {
    let Some(database) = empty().await else { return };
    let nodes = tokio::join!(open(&database, true), open(&database, true), open(&database, true));
    for node in [nodes.0, nodes.1, nodes.2] {
        node.unwrap().close().await;
    }
    let row =
        connect(&database).await.fetch_one("SELECT count(*), max(version) FROM hookledger.migrations").await;
    let row = row.unwrap();
    assert_eq!((row.get::<i64, _>(0), row.get::<i32, _>(1)), (i64::from(NEWEST), NEWEST));
}

#[tokio::test]
async fn who_is_not_to_migrate_says_that_it_is_needed() {
    let Some(database) = empty().await else { return };
    let outdated = open(&database, false).await.unwrap_err();
    assert!(matches!(outdated, OpenError::Outdated { found: 0, known: NEWEST }), "{outdated}");
    migrate(&database.options()).await.unwrap();
    open(&database, false).await.unwrap().close().await;
}

#[tokio::test]
async fn a_schema_from_the_future_is_refused_and_left_alone() {
    let Some(place) = Place::newest().await else { return };
    let newer = format!("INSERT INTO hookledger.migrations (version, name) VALUES ({}, 'later')", NEWEST + 1);
    place.connect().await.execute(AssertSqlSafe(newer.as_str())).await.unwrap();
    for migrate in [true, false] {
        let refused = open(&place.database, migrate).await.unwrap_err();
        assert!(matches!(refused, OpenError::Newer { known: NEWEST, .. }), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_was_killed_in_the_middle_leaves_nothing_half_and_is_done_by_the_next() {
    let Some(database) = empty().await else { return };
    let mut other = connect(&database).await;
    // Lets it make the table, and no trigger.
    other.execute("BEGIN; LOCK TABLE pg_catalog.pg_trigger IN SHARE MODE").await.unwrap();
    let address = database.options();
    let migrating = tokio::spawn(async move { migrate(&address).await });
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE datname = current_database() AND wait_event_type = 'Lock'";
    // Not from within the transaction: there the activity stands still.
    let mut killer = connect(&database).await;
    while killer.fetch_one(kill).await.unwrap().get::<i64, _>(0) == 0 {
        tokio::task::yield_now().await;
    }
    let failed = migrating.await.unwrap().unwrap_err();
    assert!(matches!(failed, OpenError::Migration { version: 1, .. }), "{failed}");
    other.execute("COMMIT").await.unwrap();
    let there = other.fetch_one("SELECT to_regclass('hookledger.records') IS NOT NULL").await.unwrap();
    assert!(!there.get::<bool, _>(0), "what was begun is undone");
    let ledger = open(&database, true).await.unwrap();
    ledger.append_one(batch([record(event(1), 1)])).await.unwrap().unwrap();
}

async fn refusal(connection: &mut PgConnection, sql: &str) -> String {
    let error = connection.execute(AssertSqlSafe(sql)).await.expect_err(sql);
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.expect("the server refuses").into_owned()
}

const CHANGES: [&str; 3] = [
    "UPDATE hookledger.records SET payload = '{}'",
    "DELETE FROM hookledger.records",
    "TRUNCATE hookledger.records",
];

#[tokio::test]
async fn the_role_of_nodes_may_add_and_read_and_nothing_else() {
    for version in Version::ALL {
        let Some(place) = Place::with(version, Options::default()).await else { continue };
        let ledger = place.node().await;
        ledger.append_one(batch([record(event(1), 1)])).await.unwrap().unwrap();
        let roles = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hookledger'";
        let mut connection = place.connect().await;
        assert!(connection.fetch_one(roles).await.unwrap().get::<i64, _>(0) > 0);
        connection.execute(AssertSqlSafe(format!("SET ROLE {ROLE}"))).await.unwrap();
        let others = [
            "ALTER TABLE hookledger.records DISABLE TRIGGER ALL",
            "DROP TABLE hookledger.records",
            "SELECT nextval('hookledger.records_position_seq')",
            "SELECT setval('hookledger.records_position_seq', 1)",
            "INSERT INTO hookledger.migrations VALUES (99, 'mine')",
            "CREATE TABLE hookledger.mine (n int)",
        ];
        for sql in CHANGES.into_iter().chain(others) {
            assert_eq!(refusal(&mut connection, sql).await, "42501", "{sql}");
        }
    }
}

#[tokio::test]
async fn nobody_changes_a_record_by_accident_not_even_the_superuser_who_replicates() {
    let Some(place) = Place::newest().await else { return };
    place.node().await.append_one(batch([record(event(1), 1)])).await.unwrap().unwrap();
    let mut connection = place.connect().await;
    for mode in ["origin", "replica"] {
        connection.execute(AssertSqlSafe(format!("SET session_replication_role = {mode}"))).await.unwrap();
        for sql in CHANGES {
            assert_eq!(refusal(&mut connection, sql).await, "23001", "{sql}");
        }
    }
}

#[tokio::test]
async fn a_user_without_rights_is_told_what_is_missing() {
    let Some(database) = empty().await else { return };
    let mut connection = connect(&database).await;
    let user = format!("nobody_special_{}", std::process::id());
    connection.execute(AssertSqlSafe(format!("CREATE ROLE {user} LOGIN"))).await.unwrap();
    let refused =
        PostgresLedger::open(database.options().username(&user), Options::default()).await.unwrap_err();
    assert!(matches!(refused, OpenError::Forbidden(_)), "{refused:?}");
    connection.execute(AssertSqlSafe(format!("DROP ROLE {user}"))).await.unwrap();
}
