//! One process for a data folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// Held as long as the folder is in use; the operating system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// Why a folder could not be locked.
#[derive(Debug)]
pub(super) enum Locked {
    /// By whom, if they said.
    By(Option<u32>),
    /// The lock file cannot be used.
    Io(io::Error),
}

impl FolderLock {
    /// The file in the data folder that is locked. It stays; only the lock on it counts.
    pub const FILE: &'static str = "hookledger.lock";

    pub(super) fn exists(folder: &Path) -> bool {
        folder.join(Self::FILE).exists()
    }

    /// Takes the lock, or says who has it.
    pub(super) fn take(folder: &Path) -> Result<Self, Locked> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(folder.join(Self::FILE));
        let mut file = file.map_err(Locked::Io)?;
        match file.try_lock() {
            Ok(()) => {
                // A courtesy to whoever finds it locked; nothing depends on it.
                let _ = sign(&mut file);
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => Err(Locked::By(holder(&mut file))),
            Err(TryLockError::Error(error)) => Err(Locked::Io(error)),
        }
    }
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
