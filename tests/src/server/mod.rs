//! The real binary, in a process of its own, on a folder of its own.
//!
//! A server is killed when it is dropped, so no test leaves one behind. What it printed is kept, and shown with
//! whatever goes wrong.

mod output;

pub use output::Output;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use test_postgres::{Database, Version};

use crate::api::Api;
use crate::{http_client, programs, wait};

/// How long a graceful stop may take: longer than the server's own deadline for it.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// Where a server keeps its files, and its database if it has one, over all its starts; removed when dropped.
pub struct Home {
    folder: TempDir,
    database: Option<Arc<Database>>,
}

/// What names the database to the server.
pub(crate) const STORE: &str = "HOOKLEDGER_STORE_URL";

/// How a server is started, apart from where.
#[derive(Debug, Clone, Default)]
pub struct Launch {
    /// Which binary; the one that everybody uses, unless there is a reason.
    pub program: Option<PathBuf>,
    /// What is added to its environment.
    pub environment: Vec<(String, String)>,
}

impl Launch {
    fn program(&self) -> PathBuf {
        self.program.clone().unwrap_or_else(|| programs::built("hookledger"))
    }
}

/// A running server.
pub struct Server {
    child: Child,
    output: Arc<Output>,
    address: String,
    token: String,
}

impl Home {
    /// An empty folder.
    ///
    /// # Panics
    /// If the machine has no room for one.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), database: None }
    }

    /// An empty folder and an empty database, on the newest PostgreSQL that is supported. None, after saying so, where
    /// there need not be one.
    pub async fn in_database() -> Option<Self> {
        Self::in_database_of(Version::Eighteen).await
    }

    /// The same on this version of PostgreSQL.
    pub async fn in_database_of(version: Version) -> Option<Self> {
        let database = version.server()?.empty_database().await;
        Some(Self::on(database))
    }

    /// An empty folder, and this database.
    pub fn on(database: Database) -> Self {
        Self { database: Some(Arc::new(database)), ..Self::new() }
    }

    /// Another folder, for another node on the same database.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { database: self.database.clone(), ..Self::new() }
    }

    /// The database.
    ///
    /// # Panics
    /// If the server keeps everything in files.
    pub fn database(&self) -> &Database {
        self.database.as_deref().expect("a home in a database")
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder for other files of the test.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the server for the first time, in development mode; it makes its files and its first key.
    pub async fn start(&self) -> Server {
        self.start_with(&[]).await
    }

    /// The same, with further arguments.
    pub async fn start_with(&self, arguments: &[&str]) -> Server {
        let mut server = Server::spawn(self.run(&Launch::default()), &self.data(), arguments);
        server.token = server.output.wait_for_word("the first API key", |word| word.starts_with("hk_")).await;
        server.wait_until_ready().await;
        server
    }

    /// Starts the server again on the files that it left, however it ended; `token` is the key from the first start.
    pub async fn restart(&self, token: &str) -> Server {
        let mut server = self.launch(&Launch::default());
        token.clone_into(&mut server.token);
        server.wait_until_ready().await;
        server
    }

    /// Starts a server as `launch` says, and does not wait for anything.
    pub fn launch(&self, launch: &Launch) -> Server {
        Server::spawn(self.run(launch), &self.data(), &[])
    }

    /// The program, in its environment.
    fn run(&self, launch: &Launch) -> Command {
        let mut command = Command::new(launch.program());
        command.envs(self.database.iter().map(|database| (STORE, database.url())));
        command.envs(launch.environment.iter().cloned());
        command
    }

    /// A command line of the binary, to be run to its end while no server runs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(&Launch::default(), arguments)
    }

    /// The same of another binary, or in another environment.
    pub fn command_of(&self, launch: &Launch, arguments: &[&str]) -> Command {
        let mut command = self.run(launch);
        command.args(arguments).arg("--data").arg(self.data()).current_dir(self.path());
        command
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Server {
    /// A server on a folder that is removed with it, for tests that start it once.
    pub async fn start() -> (Home, Self) {
        let home = Home::new();
        let server = home.start().await;
        (home, server)
    }

    fn spawn(mut command: Command, data: &Path, arguments: &[&str]) -> Self {
        command.args(["dev", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let output = Output::of(&mut child);
        Self { child, output, address: String::new(), token: String::new() }
    }

    async fn wait_until_ready(&mut self) {
        let address =
            self.output.wait_for_word("the address", |word| word.starts_with("http://127.0.0.1:")).await;
        address.trim_end_matches('/').clone_into(&mut self.address);
        let client = http_client();
        wait::until_true("the server to be ready", async || is_ready(&client, &self.address).await).await;
    }

    /// Waits until it is ready, or has ended; then says how.
    pub async fn ready_or_ended(&mut self) -> Result<(), ExitStatus> {
        let client = http_client();
        wait::until("the server to be ready or to end", async || {
            if let Some(ended) = self.has_ended() {
                return Some(Err(ended));
            }
            let text = self.output.text();
            let address = text.split_whitespace().find(|word| word.starts_with("http://127.0.0.1:"))?;
            address.trim_end_matches('/').clone_into(&mut self.address);
            is_ready(&client, &self.address).await.then_some(Ok(()))
        })
        .await
    }

    /// The first API key, if it was shown.
    pub fn shown_token(&self) -> Option<String> {
        self.output.text().split_whitespace().find(|word| word.starts_with("hk_")).map(str::to_owned)
    }

    /// Speaks to it with this key from now on.
    pub fn use_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its first API key, which may do everything.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Speaks to it with its first API key.
    pub fn api(&self) -> Api {
        Api::new(&self.address, &self.token)
    }

    /// What it printed so far.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without warning, in the middle of whatever it does.
    pub fn kill(mut self) {
        self.child.kill().expect("the server was running");
        self.child.wait().expect("a killed process ends");
    }

    /// Asks it to stop, as Ctrl-C does.
    pub fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Has it do nothing from now on, as a machine that hangs. Comes back when it has stopped.
    pub async fn freeze(&self) {
        self.signal("-STOP");
        let status = format!("/proc/{}/status", self.pid());
        wait::until_true("the server to stand still", async || {
            std::fs::read_to_string(&status).is_ok_and(|told| told.contains("State:\tT"))
        })
        .await;
    }

    /// Has it go on after [`Server::freeze`], as if nothing had happened.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.pid().to_string()]).status();
        assert!(sent.expect("kill is everywhere").success(), "the server was running");
    }

    /// Waits until it has ended by itself, and everything is there that it printed.
    pub async fn wait_for_end(&mut self) -> ExitStatus {
        let status = wait::until_within(STOP_PATIENCE, "the server to end", async || self.has_ended()).await;
        self.output.wait_until_complete().await;
        status
    }

    /// How it ended, if it has.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("our child can be waited for")
    }

    /// Stops it as Ctrl-C does, and waits.
    pub async fn stop(mut self) {
        self.interrupt();
        let status = self.wait_for_end().await;
        assert!(status.success(), "the server ended with {status} after:\n{}", self.output.text());
    }
}

#[expect(clippy::disallowed_types, reason = "tests are clients of the server")]
async fn is_ready(client: &reqwest::Client, address: &str) -> bool {
    let response = client.get(format!("{address}/readyz")).send().await;
    response.is_ok_and(|response| response.status().is_success())
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "the server printed:\n{}", self.output.text());
        }
    }
}
