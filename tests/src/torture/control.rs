//! Faults of files and clock, injected below the server; the counterpart of `tests/torture/faults.c`.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use anyhow::{Context as _, Result, ensure};

/// The numbers of the control file, in its order.
#[derive(Debug, Clone, Copy)]
enum Field {
    FailSyncs,
    FailMainSyncs,
    SlowSyncMicros,
    DiskFull,
    ClockMicros,
    Failed,
    FailedAt,
    LogWritten,
    LogSynced,
}

/// How many there are.
const FIELDS: u64 = 9;
/// Pages of the ledger's main file that are followed, a byte each behind the numbers: half a gigabyte.
const PAGES: usize = 65_536;

/// What a server under control is told.
pub struct Control {
    file: File,
    path: PathBuf,
}

static LIBRARY: LazyLock<Result<PathBuf, String>> =
    LazyLock::new(|| build().map_err(|error| format!("{error:#}")));

impl Control {
    /// Nothing fails yet. The file is made in `folder`.
    pub fn new(folder: &Path) -> Result<Self> {
        let path = folder.join("control");
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        file.set_len(FIELDS * 8 + PAGES as u64)?;
        Ok(Self { file, path })
    }

    /// What puts a server under control.
    pub fn environment(&self) -> Result<Vec<(String, String)>> {
        let library = LIBRARY.clone().map_err(anyhow::Error::msg)?;
        let text = |path: &Path| path.display().to_string();
        Ok(vec![("LD_PRELOAD".into(), text(&library)), ("TORTURE_CONTROL".into(), text(&self.path))])
    }

    /// So many syncs of the ledger fail from now on; -1: all of them.
    pub fn fail_syncs(&self, count: i64) -> io::Result<()> {
        self.set(Field::FailSyncs, count)
    }

    /// So many syncs of the ledger's main file fail from now on: of moving the log, but not of a commit.
    pub fn fail_main_syncs(&self, count: i64) -> io::Result<()> {
        self.set(Field::FailMainSyncs, count)
    }

    /// Each sync of the ledger takes so long.
    pub fn slow_syncs(&self, micros: i64) -> io::Result<()> {
        self.set(Field::SlowSyncMicros, micros)
    }

    /// Whether nothing can be written.
    pub fn fill_disk(&self, full: bool) -> io::Result<()> {
        self.set(Field::DiskFull, full.into())
    }

    /// Sets the clock so many seconds off.
    pub fn set_clock(&self, seconds: i64) -> io::Result<()> {
        self.set(Field::ClockMicros, seconds * 1_000_000)
    }

    /// How many calls were made to fail since [`Control::forget_failures`].
    pub fn failed(&self) -> io::Result<i64> {
        self.get(Field::Failed)
    }

    /// Forgets when something failed.
    pub fn forget_failures(&self) -> io::Result<()> {
        self.set(Field::Failed, 0)?;
        self.set(Field::FailedAt, 0)
    }

    /// When the first call since [`Control::forget_failures`] failed, in microseconds since the Unix epoch; or 0.
    pub fn failed_at(&self) -> io::Result<u64> {
        Ok(self.get(Field::FailedAt)?.unsigned_abs())
    }

    /// Up to where the ledger's write-ahead log was synced, in bytes from its start.
    pub fn log_synced(&self) -> io::Result<u64> {
        Ok(self.get(Field::LogSynced)?.unsigned_abs())
    }

    /// Up to where it was written.
    pub fn log_written(&self) -> io::Result<u64> {
        Ok(self.get(Field::LogWritten)?.unsigned_abs())
    }

    /// The pages of the ledger's main file that would not be what they seem after a power cut: written and not synced, or written
    /// before a sync that failed and not again. From 0.
    pub fn unsynced_pages(&self) -> io::Result<Vec<u64>> {
        let mut pages = vec![0; PAGES];
        self.file.read_exact_at(&mut pages, FIELDS * 8)?;
        Ok((0..).zip(pages).filter(|(_, state)| *state != 0).map(|(page, _)| page).collect())
    }

    fn set(&self, field: Field, value: i64) -> io::Result<()> {
        self.file.write_all_at(&value.to_ne_bytes(), field as u64 * 8)
    }

    fn get(&self, field: Field) -> io::Result<i64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, field as u64 * 8)?;
        Ok(i64::from_ne_bytes(bytes))
    }
}

/// Compiles the library, once for each process.
fn build() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("hookledger-torture-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let library = folder.join("faults.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("torture/faults.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).arg("-ldl");
    let status = compiler.status().context("faults of the disk and the clock need a C compiler, `cc`")?;
    ensure!(status.success(), "{} did not compile", source.display());
    Ok(library)
}

/// Removes what was compiled.
pub fn clean_up() {
    if let Ok(library) = &*LIBRARY
        && let Some(folder) = library.parent()
    {
        // It lies among temporary files; whoever cleans those has the same right.
        let _ = fs::remove_dir_all(folder);
    }
}
