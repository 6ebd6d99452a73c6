//! A running server, shared or not.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{process, thread};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

use crate::database::{self, Database};
use crate::guardian::{self, Data};
use crate::place::{self, Turn};
use crate::programs::Version;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often to look whether it does.
const LOOK: Duration = Duration::from_millis(20);

/// A PostgreSQL that answers on a socket of its own.
#[derive(Debug, Clone)]
pub struct Server {
    version: Version,
    folder: PathBuf,
}

impl Server {
    /// The one that everybody in this run shares.
    pub(crate) fn shared(version: Version, programs: &Path) -> Self {
        let owner = place::run();
        let start = |folder: &Path| guardian::start(programs, &[], Data::Fresh, folder, owner);
        Self::find_or_start(version, owner, &version.major().to_string(), start)
    }

    /// One that nobody else knows of.
    pub(crate) fn own(version: Version, programs: &Path, settings: &[&str]) -> Self {
        let start = |folder: &Path| guardian::start(programs, settings, Data::Fresh, folder, process::id());
        Self::of_this_process(version, start)
    }

    /// The same, on a disk of its own of so many megabytes.
    pub(crate) fn on_small_disk(
        version: Version,
        programs: &Path,
        settings: &[&str],
        megabytes: u32,
    ) -> Self {
        let data = Data::OnSmallDisk(megabytes);
        let start = |folder: &Path| guardian::start(programs, settings, data, folder, process::id());
        Self::of_this_process(version, start)
    }

    fn of_this_process(version: Version, start: impl FnOnce(&Path)) -> Self {
        Self::find_or_start(version, process::id(), &own_name(version), start)
    }

    fn find_or_start(version: Version, owner: u32, name: &str, start: impl FnOnce(&Path)) -> Self {
        let server = Self { version, folder: place::folder(owner, name) };
        let _turn = Turn::take();
        if !server.answers() {
            place::sweep();
            if !server.folder.exists() {
                start(&server.folder);
            }
            server.wait();
        }
        server
    }

    /// A standby of this server, called `name`, in a folder of its own: a copy of the data that follows it from now on.
    /// With `settings` of its own.
    pub async fn standby(&self, name: &str, settings: &[&str]) -> Self {
        let programs = self.version.programs().expect("the primary was started with them");
        let mut connection = self.connect().await;
        let begin = format!("SELECT pg_backup_start('{name}', true)");
        connection.execute(AssertSqlSafe(begin)).await.unwrap_or_else(|error| panic!("no backup: {error}"));
        let (version, from) = (self.version, self.folder.join("data"));
        let folder = place::folder(process::id(), &own_name(version));
        let programs = guardian::prepare(&programs, Data::CopyOf(&from), &folder);
        let label = connection.fetch_one("SELECT labelfile FROM pg_backup_stop(false)").await;
        let label: String = label.unwrap_or_else(|error| panic!("no backup: {error}")).get(0);
        follow(&folder.join("data"), &label);
        let source =
            format!("primary_conninfo=host={} user=postgres application_name={name}", self.folder.display());
        let settings: Vec<_> = settings.iter().copied().chain([source.as_str()]).collect();
        guardian::run_for(process::id(), &programs, &settings, &folder);
        let standby = Self { version, folder };
        let waiting = standby.clone();
        tokio::task::spawn_blocking(move || waiting.wait()).await.expect("the standby starts");
        standby
    }

    /// Makes a standby one that takes writes, and waits until it does.
    pub async fn promote(&self) {
        self.order("SELECT pg_promote()").await;
    }

    /// Ends the server as a crash would, and keeps it from coming back.
    pub fn goes_down(&self) {
        fs::write(self.folder.join("down"), "").expect("its folder is there");
        self.quit(self.pid());
    }

    /// Starts a server again that went down.
    pub async fn comes_back(&self) {
        fs::remove_file(self.folder.join("down")).expect("it went down");
        let server = self.clone();
        tokio::task::spawn_blocking(move || server.wait()).await.expect("the server comes back");
    }

    /// Ends the server, and takes everything away that it has.
    pub fn end(&self) {
        // Without a folder it has ended.
        if fs::write(self.folder.join("over"), "").is_ok() {
            self.until("it does not go", |server| !server.folder.exists());
        }
    }

    /// Where its files are; the data of one on a small disk are on that disk.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Its version.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// How to reach the database `name` in it, as its superuser.
    pub fn options(&self, name: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(&self.folder).username("postgres").database(name)
    }

    /// The same as an address.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://postgres@localhost/{name}?host={}", self.folder.display())
    }

    /// An empty database.
    pub async fn empty_database(&self) -> Database {
        Database::copy(self, "template0").await
    }

    /// A copy of the template `name`, which `fill` makes out of an empty database; once in a run.
    pub async fn database<F>(&self, name: &str, fill: impl FnOnce(PgConnectOptions) -> F) -> Database
    where
        F: Future<Output = ()>,
    {
        if !database::exists(self, name).await {
            let turn = tokio::task::spawn_blocking(Turn::take).await.expect("taking a turn does not panic");
            if !database::exists(self, name).await {
                let unfinished = self.empty_database().await;
                fill(unfinished.options()).await;
                unfinished.keep_as(name).await;
            }
            drop(turn);
        }
        Database::copy(self, name).await
    }

    /// Ends the server as a crash would, and waits until it has recovered.
    pub async fn crash(&self) {
        let before = self.pid();
        self.quit(before);
        let server = self.clone();
        let back = tokio::task::spawn_blocking(move || {
            server.until("it did not end", |server| server.pid_if_any() != Some(before));
            server.wait();
        });
        back.await.expect("the server comes back");
    }

    fn quit(&self, pid: u32) {
        let quit = process::Command::new("kill").args(["-QUIT", &pid.to_string()]).status();
        assert!(
            quit.is_ok_and(|status| status.success()),
            "PostgreSQL in {} cannot be ended",
            self.folder.display()
        );
    }

    /// The process of the server.
    pub fn pid(&self) -> u32 {
        self.pid_if_any().expect("a server that runs has noted its process")
    }

    fn pid_if_any(&self) -> Option<u32> {
        let noted = fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?;
        noted.lines().next()?.trim().parse().ok()
    }

    /// A statement of its superuser in the database `postgres`.
    pub(crate) async fn order(&self, sql: &str) {
        let mut connection = self.connect().await;
        connection
            .execute(AssertSqlSafe(sql))
            .await
            .unwrap_or_else(|error| panic!("`{sql}` failed: {error}"));
        let _ = connection.close().await;
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        let connected = PgConnection::connect_with(&self.options("postgres")).await;
        connected.unwrap_or_else(|error| panic!("PostgreSQL in {} refuses: {error}", self.folder.display()))
    }

    fn wait(&self) {
        self.until("it does not answer", Self::answers);
    }

    fn until(&self, otherwise: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(self) {
            if Instant::now() > deadline {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("PostgreSQL in {}: {otherwise}\n{log}", self.folder.display());
            }
            thread::sleep(LOOK);
        }
    }

    /// Whether it takes connections: its socket is there, and it says so itself.
    pub(crate) fn answers(&self) -> bool {
        let noted = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
        noted.contains("ready") && UnixStream::connect(self.folder.join(".s.PGSQL.5432")).is_ok()
    }
}

/// The next name for a server that only this process knows of.
fn own_name(version: Version) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("{}-own-{}", version.major(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// Makes a copy of data, with the label of its backup, that of a standby.
fn follow(data: &Path, label: &str) {
    for stale in ["postmaster.pid", "postmaster.opts"] {
        // It is there if the copy met a running server, which it did.
        drop(fs::remove_file(data.join(stale)));
    }
    for (name, text) in [("backup_label", label), ("standby.signal", "")] {
        fs::write(data.join(name), text).unwrap_or_else(|error| panic!("{name} cannot be written: {error}"));
    }
    guardian::give(data);
}
