//! Starting a server beside the tests, under a user who may do little.
//!
//! PostgreSQL refuses to run as root. As root (in a container) everything of it runs as `nobody`, and its programs are
//! copied next to the data where `nobody` may not read them in place.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

const SCRIPT: &str = include_str!("guardian.sh");

/// Settings for tests: durable against a crash of the server, which tests cause, but not against one of the machine.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "fsync=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "log_min_messages=warning",
    "log_min_error_statement=panic",
];

/// The user under whom the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum User {
    /// Whoever runs the tests.
    Same,
    /// `nobody`, because root runs the tests.
    Nobody,
}

impl User {
    fn current() -> Self {
        if said(Command::new("id").arg("-u")) == "0" { Self::Nobody } else { Self::Same }
    }

    /// A command under this user. When its parent ends, `signal` ends it.
    fn command(self, program: &Path, signal: Option<&str>) -> Command {
        if self == Self::Same {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--no-new-privs"]);
        if let Some(signal) = signal {
            command.args(["--pdeathsig", signal]);
        }
        command.arg(program).env("HOME", "/nonexistent");
        command
    }

    fn give(self, folder: &Path) {
        if self == Self::Nobody {
            run(Command::new("chown").args(["-R", "nobody:nogroup"]).arg(folder));
        }
    }

    fn may_run(self, program: &Path) -> bool {
        let tried =
            self.command(program, None).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    }
}

/// Where the data of a new server comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Data<'a> {
    /// It has none yet.
    Fresh,
    /// It has none yet, and room for so many megabytes.
    OnSmallDisk(u32),
    /// It is a copy of this folder, which a running server allows just now.
    CopyOf(&'a Path),
}

/// Makes a server in `folder`, which is not there yet, of the programs in `programs`; it goes when `owner` goes.
pub(crate) fn start(programs: &Path, settings: &[&str], data: Data<'_>, folder: &Path, owner: u32) {
    let programs = prepare(programs, data, folder);
    run_for(owner, &programs, settings, folder);
}

/// The folder with data in it, and nobody who uses it yet. Says where the programs are.
pub(crate) fn prepare(programs: &Path, data: Data<'_>, folder: &Path) -> PathBuf {
    let user = User::current();
    fs::create_dir(folder).unwrap_or_else(|error| panic!("{} cannot be made: {error}", folder.display()));
    let programs = within_reach(user, programs, folder);
    let place = folder.join("data");
    match data {
        Data::Fresh => {}
        Data::OnSmallDisk(megabytes) => mount(&place, megabytes),
        // Files that go while they are copied are not needed: the log tells of them.
        Data::CopyOf(other) => drop(Command::new("cp").arg("-R").arg(other).arg(&place).output()),
    }
    user.give(folder);
    if !matches!(data, Data::CopyOf(_)) {
        let mut init = user.command(&programs.join("bin/initdb"), None);
        init.arg("--pgdata").arg(&place).args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
        run(init.args(["--no-locale", "--no-sync", "--no-instructions"]).current_dir(folder));
    }
    programs
}

/// Gives `folder` and what is in it to the user of the server.
pub(crate) fn give(folder: &Path) {
    User::current().give(folder);
}

/// Whether a small disk can be had here: only root may mount one.
pub(crate) fn may_mount() -> bool {
    User::current() == User::Nobody
}

/// A disk in memory, which the guardian takes away.
fn mount(place: &Path, megabytes: u32) {
    fs::create_dir(place).unwrap_or_else(|error| panic!("{} cannot be made: {error}", place.display()));
    let options = format!("size={megabytes}m,mode=700");
    run(Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(place));
}

/// Starts a guardian and with it the server.
pub(crate) fn run_for(owner: u32, programs: &Path, settings: &[&str], folder: &Path) {
    let user = User::current();
    let mut server = user.command(&programs.join("bin/postgres"), Some("QUIT"));
    server.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    for setting in SETTINGS.iter().chain(settings) {
        server.args(["-c", setting]);
    }
    let mut guardian = Command::new("sh");
    guardian.args(["-c", SCRIPT, "guardian", &owner.to_string()]).arg(folder);
    guardian.arg(server.get_program()).args(server.get_args());
    // A group of its own: who ends the test's group does not end the one who clears up after it.
    let guardian = guardian.process_group(0).current_dir(folder);
    let guardian = guardian.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let guardian = guardian.spawn();
    let mut guardian =
        guardian.unwrap_or_else(|error| panic!("the guardian of PostgreSQL cannot be started: {error}"));
    // It outlives this test; where it ends before, somebody has to take note.
    thread::spawn(move || guardian.wait());
}

/// The programs, or a copy of them where the user cannot get at them.
fn within_reach(user: User, programs: &Path, folder: &Path) -> PathBuf {
    if user.may_run(&programs.join("bin/postgres")) {
        return programs.to_owned();
    }
    run(Command::new("cp").arg("-R").arg(programs).arg(folder.join("programs")));
    folder.join("programs")
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
