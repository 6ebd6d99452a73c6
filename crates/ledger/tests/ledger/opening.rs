//! Opening a data folder: what is not ours, or not ours alone, is refused and left as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hookledger_ledger::sqlite::{FORMAT, OpenError, Options, SqliteLedger};
use rusqlite::Connection;
use tempfile::TempDir;

fn open(folder: &Path) -> Result<SqliteLedger, OpenError> {
    SqliteLedger::open(folder, Options::default())
}

/// Every file of the folder, with its bytes.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    paths.map(|path| (path.display().to_string(), fs::read(&path).expect("it can be read"))).collect()
}

/// Opening is refused, and not a byte is different, nor a file more or less.
fn refused(folder: &Path) -> OpenError {
    let before = contents(folder);
    let error = open(folder).expect_err("it must be refused");
    assert_eq!(contents(folder), before);
    error
}

/// A folder with a ledger that was closed.
async fn used() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    open(folder.path()).expect("a new folder opens").close().await;
    folder
}

#[tokio::test]
async fn a_closed_ledger_is_one_file_beside_its_lock() {
    let folder = used().await;
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(folder.path().join("ledger.db").exists() && folder.path().join("hookledger.lock").exists());
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    for content in ["", "hello", "SQLite format 3\0"] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("ledger.db"), content).unwrap();
        assert!(matches!(refused(folder.path()), OpenError::Foreign { .. }));
    }
}

#[test]
fn the_database_of_another_application_is_refused_even_while_it_is_in_use() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE theirs (n); INSERT INTO theirs VALUES (1)")
        .unwrap();
    assert!(matches!(refused(folder.path()), OpenError::Foreign { .. }));
    drop(other);
    assert!(matches!(refused(folder.path()), OpenError::Foreign { .. }));
}

#[tokio::test]
async fn a_newer_format_is_refused_with_its_number() {
    let folder = used().await;
    let newer = Connection::open(folder.path().join("ledger.db")).unwrap();
    newer.pragma_update(None, "user_version", FORMAT + 1).unwrap();
    drop(newer);
    let error = refused(folder.path());
    assert!(matches!(error, OpenError::Newer { found, .. } if found == FORMAT + 1), "{error}");
    assert!(error.to_string().contains("start a newer one"), "{error}");
}

#[tokio::test]
async fn a_folder_in_use_is_refused_with_the_process_that_has_it() {
    let folder = used().await;
    let ledger = open(folder.path()).unwrap();
    let error = refused(folder.path());
    assert!(
        matches!(error, OpenError::InUse { holder: Some(pid), .. } if pid == std::process::id()),
        "{error}"
    );
    ledger.close().await;
    open(folder.path()).expect("it is free again").close().await;
}

#[tokio::test]
async fn a_copied_ledger_without_its_lock_file_opens() {
    let (folder, copy) = (used().await, TempDir::new().unwrap());
    fs::copy(folder.path().join("ledger.db"), copy.path().join("ledger.db")).unwrap();
    open(copy.path()).expect("a copy opens").close().await;
}

#[tokio::test]
async fn a_log_whose_ledger_is_gone_is_not_taken_for_a_new_folder() {
    let folder = used().await;
    fs::rename(folder.path().join("ledger.db"), folder.path().join("ledger.db-wal")).unwrap();
    assert!(matches!(refused(folder.path()), OpenError::Missing { .. }));
}

#[tokio::test]
async fn what_a_crash_left_half_made_is_made_again() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("ledger.db.new"), "half").unwrap();
    open(folder.path()).expect("it is made again").close().await;
    assert!(!folder.path().join("ledger.db.new").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = open(&file.join("data")).expect_err("a file is no folder");
    assert!(matches!(&error, OpenError::Folder { .. }) && error.to_string().contains("file"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_folder_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("a/data");
    open(&data).unwrap().close().await;
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn an_append_only_table_refuses_changes_with_its_reason() {
    let folder = used().await;
    let intruder = Connection::open(folder.path().join("ledger.db")).unwrap();
    let id = "x'00112233445566778899aabbccddeeff'";
    let row = format!("(1, 32, {id}, 1, 'test.happened', 1, '{{}}', '{{}}', {id}, {id}, 0)");
    intruder.execute_batch(&format!("INSERT INTO records VALUES {row}")).unwrap();
    for change in ["UPDATE records SET payload = '[]'", "DELETE FROM records"] {
        let error = intruder.execute_batch(change).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}
