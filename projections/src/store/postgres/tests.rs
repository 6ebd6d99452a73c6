//! What only a database can do to the views.

use std::sync::Arc;
use std::time::Duration;

use ledger::memory::MemoryLedger;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor, Row as _};
use test_postgres::{Database, Version};
use tokio::time::Instant;

use super::*;
use crate::store::connection::{Row, Session as Held};
use crate::store::{Columns, Copy, FORMAT, OpenError, ReadError, Sql, Tables, WriteError, values};
use crate::testing::{Backend, History, World, assert_same};
use crate::{RunnerOptions, Views};

async fn empty() -> Option<Database> {
    let database = Version::Eighteen.server()?.empty_database().await;
    ledger::postgres::migrate(&database.options()).await.unwrap();
    Some(database)
}

async fn try_open(database: &Database, options: DatabaseOptions) -> Result<Views, OpenError> {
    Views::connect(database.options(), Arc::<MemoryLedger>::default(), options).await
}

/// As the superuser.
async fn order(database: &Database, sql: &str) -> i64 {
    let mut connection = PgConnection::connect_with(&database.options()).await.unwrap();
    let row = connection.fetch_optional(AssertSqlSafe(sql)).await.unwrap();
    row.map_or(0, |row| row.get(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_refused_until_it_is_closed() {
    let Some(database) = empty().await else { return };
    let first = try_open(&database, DatabaseOptions::default()).await.unwrap();
    assert!(matches!(try_open(&database, DatabaseOptions::default()).await, Err(OpenError::Taken)));
    first.close().await;
    try_open(&database, DatabaseOptions::default()).await.unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_format_is_refused() {
    let Some(database) = empty().await else { return };
    try_open(&database, DatabaseOptions::default()).await.unwrap().close().await;
    order(&database, "UPDATE hookledger_views.view_format SET format = format + 1").await;
    let refused = try_open(&database, DatabaseOptions::default()).await;
    assert!(matches!(refused, Err(OpenError::NewerSchema { found }) if found == FORMAT + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_looks_at_too_much_is_ended_and_others_go_on() {
    let Some(database) = empty().await else { return };
    let limit = Duration::from_millis(50);
    let options = DatabaseOptions { query_time_max: limit, readers: 1 };
    let views = try_open(&database, options).await.unwrap();
    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i > 0) SELECT count(*) FROM n \
                   WHERE i < 0";
    let found = views.shared().readers.read(move |snapshot| Sql::new(endless).number(snapshot)).await;
    assert!(matches!(found, Err(ReadError::TooSlow { limit: named }) if named == limit), "{found:?}");
    assert!(views.queue().subscriptions_waiting().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_cannot_write_and_nobody_can_change_the_ledger() {
    let Some(database) = empty().await else { return };
    let views = try_open(&database, DatabaseOptions::default()).await.unwrap();
    let write = |snapshot: crate::store::Connection<'_>| Ok(snapshot.execute("DELETE FROM view_copy", &[])?);
    assert!(matches!(views.shared().readers.read(write).await, Err(ReadError::Unavailable(_))));
    let change = |session: &mut Held| {
        let sql = "UPDATE hookledger.records SET sequence = sequence";
        Ok(session.connection().execute(sql, &[])?)
    };
    let refused = views.shared().writer.run(change).await.unwrap_err();
    let WriteError::Unavailable(refused) = refused else { panic!("{refused}") };
    assert!(refused.to_string().contains("permission denied for table records"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_database_does_not_take_is_blamed_on_the_record() {
    let Some(database) = empty().await else { return };
    let views = try_open(&database, DatabaseOptions::default()).await.unwrap();
    let write = |session: &mut Held| {
        let tables = Tables::new(session.connection(), Copy::Live);
        let sql = "INSERT INTO status_subscription_pattern/*copy*/ (subscription, pattern) VALUES ($1, $2)";
        tables.execute(sql, values![crate::store::as_id(uuid::Uuid::nil()), "zero \0 byte"])
    };
    let refused = views.shared().writer.run(write).await.unwrap_err();
    assert!(matches!(refused, WriteError::Refused(_)) && refused.blames_records(), "{refused:?}");
}

/// Cuts every connection of `world` off while it is written, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_off_are_made_again_and_nothing_is_folded_twice() {
    const CUT: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let backend = Backend::Postgres(Version::Eighteen);
    if !backend.is_there() {
        return;
    }
    let mut history = History::seeded(31);
    let world = World::of(backend, history.ledger()).await;
    let options = RunnerOptions { page_records: 20, linger: Duration::ZERO };
    let (stop, running) = world.run(options);
    let mut cut = 0;
    for _ in 0..4 {
        history.live(100).await;
        cut += order(world.database(), CUT).await;
    }
    world.settled().await;
    assert!(cut > 0);
    stop.cancel();
    running.await.unwrap().unwrap();
    let at_once = World::of(Backend::Sqlite, history.ledger()).await.catch_up(1_000).await;
    assert_same(&world.dump().await, &at_once.dump().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_crashes_may_take_the_last_pages_and_never_their_consistency() {
    let Some(server) = Version::Eighteen.server_of_its_own(&[]) else { return };
    let database = server.empty_database().await;
    ledger::postgres::migrate(&database.options()).await.unwrap();
    let mut history = History::seeded(32);
    let views =
        Views::connect(database.options(), history.ledger(), DatabaseOptions::default()).await.unwrap();
    let world = World::around(views, history.ledger(), database);
    let (stop, running) = world.run(RunnerOptions { page_records: 50, linger: Duration::ZERO });
    history.live(300).await;
    let crash = async {
        server.crash().await;
        server.crash().await;
    };
    tokio::join!(crash, history.live(300));
    world.settled().await;
    stop.cancel();
    running.await.unwrap().unwrap();
    let at_once = World::of(Backend::Sqlite, history.ledger()).await.catch_up(1_000).await;
    assert_same(&world.dump().await, &at_once.dump().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_nodes_that_share_the_views_the_holder_of_the_lease_folds_and_the_others_see_it() {
    let Some(database) = empty().await else { return };
    let mut history = History::seeded(33);
    history.live(100).await;
    let (one, other) = (Sharing::of(&database, &history, 1), Sharing::of(&database, &history, 2));
    let stop = tokio_util::sync::CancellationToken::new();
    let following = other.views.clone();
    let (stopped, refused) = (stop.clone(), other.views.lead(1).await);
    assert!(refused.is_err(), "it has no lease");
    other.views.rest().await;
    let following = tokio::spawn(async move { following.follow(stopped).await });
    let first = one.lead().await;
    let running = one.run();
    history.live(100).await;
    let (head, deadline) = (history.ledger().head(), Instant::now() + Duration::from_secs(30));
    other.views.wait_for(head, deadline).await.unwrap();
    let (seen, folded) = (other.views.progress(), one.views.progress());
    assert_eq!(seen, folded);

    // The lease runs out, and the holder does not know of it: it has a session, and loses it.
    order(&database, "UPDATE hookledger.leases SET expires_at = now() - interval '1 s'").await;
    stop.cancel();
    following.await.unwrap();
    let second = other.lead().await;
    assert!(second > first);
    let running_too = other.run();
    history.live(100).await;
    other.views.wait_for(history.ledger().head(), Instant::now() + Duration::from_secs(30)).await.unwrap();
    let write = |session: &mut Held| Ok(session.connection().batch("SELECT 1")?);
    let refused = one.views.shared().writer.run(write).await.unwrap_err();
    assert!(refused.to_string().contains("cannot be written"), "{refused}");
    running.abort();
    running_too.abort();
    let at_once = World::of(Backend::Sqlite, history.ledger()).await.catch_up(1_000).await;
    let world = World::around(other.views, history.ledger(), database);
    assert_same(&world.dump().await, &at_once.dump().await);
}

/// A node that shares the views.
struct Sharing {
    views: Views,
    leases: ledger::postgres::Leases,
}

impl Sharing {
    fn of(database: &Database, history: &History, n: u128) -> Self {
        let (address, holder) = (database.options(), uuid::Uuid::from_u128(n));
        let leases = ledger::postgres::Leases::new(&address, holder, Duration::from_hours(1));
        let options = DatabaseOptions::default();
        Self { views: Views::share(address, history.ledger(), options, holder).unwrap(), leases }
    }

    async fn lead(&self) -> i64 {
        let epoch = self.leases.take("views").await.unwrap().unwrap();
        self.views.lead(epoch).await.unwrap();
        epoch
    }

    fn run(&self) -> tokio::task::JoinHandle<Result<(), crate::RunnerError>> {
        let stop = tokio_util::sync::CancellationToken::new();
        tokio::spawn(crate::Runner::new(self.views.clone(), RunnerOptions::default()).run(stop))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_named_by_table_column_and_row() {
    let Some(database) = empty().await else { return };
    let views = try_open(&database, DatabaseOptions::default()).await.unwrap();
    let id = "00000000-0000-0000-0000-000000000007";
    let sql = format!("INSERT INTO hookledger_views.status_tenant VALUES ('{id}', '', NULL, 0, 0, 1)");
    order(&database, &sql).await;
    let found = views.status().tenants(crate::Page::first(1)).await.unwrap_err();
    assert_eq!(found.to_string(), format!("status_tenant.name of {id} is damaged: rebuild the view"));
    let read = |row: Row<'_>| Columns::of("a number", row).number::<i64>();
    let text = move |snapshot: crate::store::Connection<'_>| {
        snapshot.all::<i64, ReadError>("SELECT 'text'::text", &[], read)
    };
    assert!(matches!(views.shared().readers.read(text).await, Err(ReadError::Damaged(_))));
}
