//! A running server, shared or not.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{process, thread};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};

use crate::database::{self, Database};
use crate::guardian;
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
        Self::find_or_start(version, programs, &[], owner, &version.major().to_string())
    }

    /// One that nobody else knows of.
    pub(crate) fn own(version: Version, programs: &Path, settings: &[&str]) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self::find_or_start(
            version,
            programs,
            settings,
            process::id(),
            &format!("{}-own-{number}", version.major()),
        )
    }

    fn find_or_start(version: Version, programs: &Path, settings: &[&str], owner: u32, name: &str) -> Self {
        let server = Self { version, folder: place::folder(owner, name) };
        let _turn = Turn::take();
        if !server.answers() {
            place::sweep();
            if !server.folder.exists() {
                guardian::start(programs, settings, &server.folder, owner);
            }
            server.wait();
        }
        server
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
        let quit = process::Command::new("kill").args(["-QUIT", &before.to_string()]).status();
        assert!(quit.is_ok_and(|status| status.success()), "the server cannot be ended");
        let server = self.clone();
        let back = tokio::task::spawn_blocking(move || {
            server.until("it did not end", |server| server.pid_if_any() != Some(before));
            server.wait();
        });
        back.await.expect("the server comes back");
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
        connection.execute(sql).await.unwrap_or_else(|error| panic!("`{sql}` failed: {error}"));
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
    fn answers(&self) -> bool {
        let noted = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
        noted.contains("ready") && UnixStream::connect(self.folder.join(".s.PGSQL.5432")).is_ok()
    }
}
