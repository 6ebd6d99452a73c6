use std::fs;
use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use ledger::memory::MemoryLedger;
use tempfile::TempDir;

use super::*;
use crate::Views;

async fn try_open(folder: &TempDir) -> Result<Views, OpenError> {
    Views::open(folder.path(), Arc::<MemoryLedger>::default(), FileOptions::default()).await
}

/// What is in a folder: names and bytes.
fn contents(folder: &TempDir) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
    let read =
        |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    let mut contents: Vec<_> = entries.map(read).collect();
    contents.sort();
    contents
}

#[tokio::test]
async fn a_file_that_is_something_else_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("views.db"), "my holiday pictures").unwrap();
    let before = contents(&folder);
    assert!(matches!(try_open(&folder).await, Err(OpenError::Foreign { .. })));
    assert_eq!(contents(&folder), before);
}

#[tokio::test]
async fn somebody_elses_database_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = rusqlite::Connection::open(folder.path().join("views.db")).unwrap();
    theirs.execute_batch("CREATE TABLE view_copy (name TEXT)").unwrap();
    drop(theirs);
    let before = contents(&folder);
    assert!(matches!(try_open(&folder).await, Err(OpenError::Foreign { .. })));
    assert_eq!(contents(&folder), before);
}

#[tokio::test]
async fn a_newer_format_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    try_open(&folder).await.unwrap().close().await;
    let newer = rusqlite::Connection::open(folder.path().join("views.db")).unwrap();
    newer.pragma_update(None, "user_version", FORMAT + 1).unwrap();
    drop(newer);
    let before = contents(&folder);
    let refused = try_open(&folder).await;
    assert!(matches!(refused, Err(OpenError::Newer { found, .. }) if found == FORMAT + 1));
    assert_eq!(contents(&folder), before);
}

#[tokio::test]
async fn what_is_open_is_refused_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let first = try_open(&folder).await.unwrap();
    assert!(matches!(try_open(&folder).await, Err(OpenError::InUse { .. })));
    first.close().await;
    try_open(&folder).await.unwrap().close().await;
}

#[tokio::test]
async fn a_file_that_was_not_completed_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("views.db.new"), "half").unwrap();
    fs::write(folder.path().join("views.db-wal"), "of a file that was moved away").unwrap();
    try_open(&folder).await.unwrap().close().await;
    assert!(!folder.path().join("views.db.new").exists());
}

#[tokio::test]
async fn a_job_that_panics_is_an_error_that_leaves_nothing_behind_and_the_writer_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let views = try_open(&folder).await.unwrap();
    let writer = &views.shared().writer;
    let failed: Result<(), _> = writer
        .run(|session| {
            let transaction = session.transaction()?;
            transaction.connection().execute("DELETE FROM view_copy", &[])?;
            panic!("out of sorts")
        })
        .await;
    assert!(matches!(failed, Err(WriteError::Panicked { message }) if message == "out of sorts"));
    let left = writer.run(|session| Registry(session.connection()).checkpoints()).await.unwrap();
    assert_eq!(left.len(), 4);
    assert!(left.iter().all(|checkpoint| checkpoint.position == Position::START));
}

#[tokio::test]
async fn a_query_that_looks_at_too_much_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let limit = Duration::from_millis(20);
    let options = FileOptions { query_time_max: limit, ..FileOptions::default() };
    let views = Views::open(folder.path(), Arc::<MemoryLedger>::default(), options).await.unwrap();
    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let found = views.shared().readers.read(move |snapshot| Sql::new(endless).number(snapshot)).await;
    assert!(matches!(found, Err(ReadError::TooSlow { limit: named }) if named == limit));
    assert!(views.queue().subscriptions_waiting().await.is_ok());
}

#[tokio::test]
async fn readers_cannot_write_and_closing_them_leaves_the_log_to_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let views = try_open(&folder).await.unwrap();
    let written =
        views.shared().readers.read(|snapshot| Ok(snapshot.execute("DELETE FROM view_copy", &[])?)).await;
    assert!(matches!(written, Err(ReadError::Unavailable(_))));
    views.shared().readers.close().await;
    let log = fs::metadata(folder.path().join("views.db-wal")).unwrap();
    assert!(log.len() > 0);
    views.close().await;
}

#[tokio::test]
async fn damage_is_named_by_table_column_and_row() {
    let folder = tempfile::tempdir().unwrap();
    let views = try_open(&folder).await.unwrap();
    let damage = |session: &mut Session| {
        let sql =
            "INSERT INTO status_tenant (id, name, created_at, updated_at, version) VALUES ($1, '', 0, 0, 1)";
        session.connection().execute(sql, &[as_id(uuid::Uuid::from_u128(7))])?;
        Ok(())
    };
    views.shared().writer.run(damage).await.unwrap();
    let found = views.status().tenants(crate::Page::first(1)).await;
    let expected = "status_tenant.name of 00000000-0000-0000-0000-000000000007 is damaged: rebuild the view";
    assert_eq!(found.unwrap_err().to_string(), expected);
}
