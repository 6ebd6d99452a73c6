//! What a node on a shared database is called, over its restarts; and that there is one process of it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use anyhow::{Context, Result, bail};
use uuid::Uuid;

use crate::private_file;

/// The file in the data folder with the name.
const FILE: &str = "node.id";
/// The file that is locked while a node runs, the same as that of a ledger in files. It stays; only the lock counts.
const LOCK: &str = "hookledger.lock";

/// A name that no other process has as long as this value lives.
#[derive(Debug)]
pub(crate) struct NodeName {
    pub(crate) name: Uuid,
    _lock: File,
}

impl NodeName {
    /// The name in the data folder, which is made if need be: `fresh`. Refused if another process has it.
    pub(crate) fn take(data: &Path, fresh: Uuid) -> Result<Self> {
        let (file, lock) = (data.join(FILE), data.join(LOCK));
        let unusable = || format!("{} cannot be used", lock.display());
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&lock);
        let opened = opened.with_context(unusable)?;
        match opened.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("{} is in use by another process: every node has a folder of its own", data.display())
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(unusable),
        }
        if !file.exists() {
            private_file::make(&file, &fresh.to_string())
                .with_context(|| format!("failed to write {}", file.display()))?;
        }
        let text = fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
        let name = text.trim().parse();
        let name = name.with_context(|| format!("{} holds no name of a node; delete it", file.display()))?;
        Ok(Self { name, _lock: opened })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_keeps_its_name_and_has_it_for_itself() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = NodeName::take(folder.path(), one).unwrap();
        assert_eq!(first.name, one);
        let refused = NodeName::take(folder.path(), other).unwrap_err();
        assert!(refused.to_string().contains("in use by another process"), "{refused}");
        drop(first);
        assert_eq!(NodeName::take(folder.path(), other).unwrap().name, one);
    }
}
