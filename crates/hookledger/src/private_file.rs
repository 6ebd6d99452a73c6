//! Files that only the server's user reads.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use failpoints::Point;

/// Makes `file`, which must not exist, with one line of `text`, readable by its owner only.
///
/// Written under another name and put into place when it is on the disk, so that a crash leaves either the whole file
/// or none: half a key would be taken for the key.
pub(crate) fn make(file: &Path, text: &str) -> io::Result<()> {
    let unfinished = unfinished(file);
    let mut options = OpenOptions::new();
    // What a crash left is written anew.
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut made = options.open(&unfinished)?;
    failpoints::reach(Point::MasterKeyMade);
    writeln!(made, "{text}")?;
    made.sync_all()?;
    // Unlike a rename, a link never takes the place of what another process has put there meanwhile.
    let placed = fs::hard_link(&unfinished, file);
    fs::remove_file(&unfinished)?;
    placed?;
    failpoints::reach(Point::MasterKeyKept);
    sync_folder(file)
}

/// `name.new-17`, beside `name`: every process has its own.
fn unfinished(file: &Path) -> PathBuf {
    let mut name = OsString::from(file.as_os_str());
    name.push(format!(".new-{}", process::id()));
    name.into()
}

/// Makes a file's new name durable; only Unix has a way to ask for it.
fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crash_left_unfinished_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        fs::write(unfinished(&file), "half a k").unwrap();
        make(&file, "key").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "key\n");
        assert!(!unfinished(&file).exists());
    }

    #[test]
    fn what_another_process_has_made_meanwhile_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        make(&file, "first").unwrap();
        assert_eq!(make(&file, "second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), "first\n");
        assert!(!unfinished(&file).exists());
    }
}
