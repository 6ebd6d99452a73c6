//! The write-ahead log as bytes: where its transactions end, and damage to it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _};

/// Bytes of the log's header.
const HEADER: u64 = 32;
/// Bytes before each page.
const FRAME_HEADER: u64 = 24;

/// The ledger's log in a data folder.
pub fn path(data: &Path) -> PathBuf {
    data.join("ledger.db-wal")
}

/// Where each transaction of the present log ends, in bytes from its start. What was there before the log began
/// anew is told by its salt, and left out.
pub fn commits(log: &[u8]) -> Vec<u64> {
    let word = |at: u64| {
        let at = usize::try_from(at).expect("a log fits in memory");
        log.get(at..at + 4).map(|bytes| u32::from_be_bytes(bytes.try_into().expect("four bytes")))
    };
    let (Some(page), Some(salt)) = (word(8), word(16).zip(word(20))) else { return Vec::new() };
    let mut ends = Vec::new();
    let mut at = HEADER;
    while at + FRAME_HEADER + u64::from(page) <= log.len() as u64 {
        if word(at + 8).zip(word(at + 12)) != Some(salt) {
            break;
        }
        let pages_after = word(at + 4).unwrap_or(0);
        at += FRAME_HEADER + u64::from(page);
        if pages_after > 0 {
            ends.push(at);
        }
    }
    ends
}

/// Cuts everything off from `at` on.
pub fn cut(data: &Path, at: u64) -> io::Result<()> {
    File::options().write(true).open(path(data))?.set_len(at)
}

/// Replaces everything from `at` on by noise.
pub fn scramble(data: &Path, at: u64, rng: &mut StdRng) -> io::Result<()> {
    let file = File::options().write(true).open(path(data))?;
    let length = file.metadata()?.len().saturating_sub(at);
    let mut noise = vec![0; usize::try_from(length).expect("a log fits in memory")];
    rng.fill_bytes(&mut noise);
    file.write_all_at(&noise, at)
}

/// Replaces pages of the ledger's main file by noise, but for the first sector, which a disk writes as a whole or not at all.
pub fn scramble_pages(data: &Path, pages: &[u64], rng: &mut StdRng) -> io::Result<()> {
    const PAGE: u64 = 8_192;
    const SECTOR: u64 = 512;
    let file = File::options().write(true).open(data.join("ledger.db"))?;
    let length = file.metadata()?.len();
    for page in pages {
        let (from, to) = ((page * PAGE).max(SECTOR), ((page + 1) * PAGE).min(length));
        let mut noise = vec![0; usize::try_from(to.saturating_sub(from)).expect("a page fits in memory")];
        rng.fill_bytes(&mut noise);
        file.write_all_at(&noise, from)?;
    }
    Ok(())
}

/// A place in the log behind its header, and how many bytes it has; none if there is no log.
pub fn somewhere(data: &Path, rng: &mut StdRng) -> io::Result<Option<(u64, Vec<u8>)>> {
    let log = match fs::read(path(data)) {
        Ok(log) => log,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // What lies behind the last transaction is nobody's.
    let end = commits(&log).last().copied().unwrap_or(0);
    Ok((end > HEADER).then(|| (rng.random_range(HEADER..=end), log)))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn each_transaction_ends_where_sqlite_says() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger.db");
        let connection = Connection::open(&file).unwrap();
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).unwrap();
        connection
            .execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")
            .unwrap();
        let ends = commits(&fs::read(path(folder.path())).unwrap());
        assert_eq!(ends.len(), 3);
        for (kept, rows) in [(ends[2], 2), (ends[2] - 1, 1), (ends[1], 1), (ends[0], 0)] {
            let copy = tempfile::tempdir().unwrap();
            fs::copy(&file, copy.path().join("ledger.db")).unwrap();
            fs::copy(path(folder.path()), path(copy.path())).unwrap();
            cut(copy.path(), kept).unwrap();
            let reader = Connection::open(copy.path().join("ledger.db")).unwrap();
            let found: u64 = reader.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
            assert_eq!(found, rows, "of a log of {kept} bytes");
        }
    }

    #[test]
    fn what_is_no_log_has_no_transactions() {
        assert!(commits(b"").is_empty());
        assert!(commits(&[7; 100]).is_empty());
    }
}
