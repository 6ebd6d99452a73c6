//! The temporary folder of a server: whose it is, under which lock, and what earlier runs left.

use std::fs::{self, File};
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::{env, io, process};

const PREFIX: &str = "hookledger-postgres";

/// The process whose end is the end of the run: nextest, which starts a process for each test, or this one.
pub(crate) fn run() -> u32 {
    if env::var_os("NEXTEST").is_some() { parent_id() } else { process::id() }
}

/// Where the server called `name` of the process `owner` is.
pub(crate) fn folder(owner: u32, name: &str) -> PathBuf {
    env::temp_dir().join(format!("{PREFIX}-{owner}-{name}"))
}

/// Held while one test makes what all share; the others wait.
#[derive(Debug)]
pub(crate) struct Turn {
    _file: File,
}

impl Turn {
    /// Waits for the turn. The file stays: removing it would let two in at a time.
    pub(crate) fn take() -> Self {
        let path = env::temp_dir().join(format!("{PREFIX}.lock"));
        let file = File::options().create(true).append(true).open(&path);
        let file = file.unwrap_or_else(|error| panic!("{} cannot be opened: {error}", path.display()));
        file.lock().unwrap_or_else(|error| panic!("{} cannot be locked: {error}", path.display()));
        Self { _file: file }
    }
}

/// Removes the folders of runs whose guardian did not come to it, because it was killed, too.
pub(crate) fn sweep() {
    let entries = fs::read_dir(env::temp_dir()).into_iter().flatten().filter_map(Result::ok);
    for entry in entries {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_prefix('-'));
        let owner = rest.and_then(|rest| rest.split('-').next()?.parse().ok());
        if owner.is_some_and(|owner| !is_alive(owner)) && !server_is_alive(&entry.path()) {
            remove(&entry.path());
        }
    }
}

fn server_is_alive(folder: &Path) -> bool {
    let pid = fs::read_to_string(folder.join("data/postmaster.pid"));
    pid.is_ok_and(|pid| pid.lines().next().and_then(|pid| pid.parse().ok()).is_some_and(is_alive))
}

/// Whether there is a process of this number.
pub(crate) fn is_alive(pid: u32) -> bool {
    process::Command::new("kill")
        .args(["-0", &pid.to_string()])
        .stderr(process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn remove(folder: &Path) {
    // It may have a disk of its own, which goes first.
    let unmount =
        process::Command::new("umount").arg(folder.join("data")).stderr(process::Stdio::null()).status();
    drop(unmount);
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            panic!("{} of an earlier run cannot be removed: {error}", folder.display())
        }
        _ => {}
    }
}
