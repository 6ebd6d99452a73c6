//! The programs beside the server: those that run until they are dropped, and those that run to their end.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{Method, Uri};
use serde::de::DeserializeOwned;

use hookledger_tests::bench::{Connection, ReceiverReport, cpu_of};
use hookledger_tests::{programs, wait};

/// The longest that one measurement may take; what takes longer is stuck.
const PATIENCE: Duration = Duration::from_mins(3);

/// How often the receiver is asked; seldom, since asking takes its time too.
const ASK_INTERVAL: Duration = Duration::from_millis(50);

/// A program that listens until it is dropped.
pub(crate) struct Background {
    child: Child,
    address: String,
}

impl Background {
    /// Starts it, and reads the address that it announces.
    pub(crate) fn start(program: &str, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(programs::built(program));
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("failed to start {program}"))?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("the output was asked for")).read_line(&mut address)?;
        address.truncate(address.trim_end().len());
        Ok(Self { child, address })
    }

    /// How much processor time it has used, in microseconds.
    pub(crate) fn cpu(&self) -> u64 {
        cpu_of(self.child.id())
    }

    /// The URL of a path of it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end; it prints one line of JSON.
pub(crate) async fn run<T: DeserializeOwned>(program: &str, arguments: &[&str]) -> Result<T> {
    let mut command = Command::new(programs::built(program));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("failed to start {program}"))?;
    let ended = async || child.try_wait().expect("our child can be waited for");
    let status = wait::until_within(PATIENCE, &format!("{program} to end"), ended).await;
    if !status.success() {
        bail!("{program} ended with {status}");
    }
    let output = child.wait_with_output()?;
    serde_json::from_slice(&output.stdout).with_context(|| format!("{program} did not print JSON"))
}

/// The receiver of the benchmark.
pub(crate) struct Receiver {
    process: Background,
}

impl Receiver {
    pub(crate) fn start() -> Result<Self> {
        Ok(Self { process: Background::start("bench-receiver", &[])? })
    }

    /// Where webhooks go.
    pub(crate) fn url(&self) -> String {
        self.process.url("/hook")
    }

    /// How much processor time it has used, in microseconds.
    pub(crate) fn cpu(&self) -> u64 {
        self.process.cpu()
    }

    /// Forgets what it got.
    pub(crate) async fn forget(&self) -> Result<()> {
        self.ask(Method::DELETE).await.map(drop)
    }

    /// Waits until it has got this many, and gives its report.
    pub(crate) async fn wait_for(&self, count: u64) -> Result<ReceiverReport> {
        let started = Instant::now();
        loop {
            let report: ReceiverReport = serde_json::from_slice(&self.ask(Method::GET).await?)?;
            if report.received >= count {
                return Ok(report);
            }
            if started.elapsed() > PATIENCE {
                bail!("the receiver got {} of {count} in {PATIENCE:?}", report.received);
            }
            tokio::time::sleep(ASK_INTERVAL).await;
        }
    }

    async fn ask(&self, method: Method) -> Result<Bytes> {
        let url: Uri = self.process.url("/").parse()?;
        let (_, body) = Connection::open(&url, None).await?.send(method, "/", Bytes::new()).await?;
        Ok(body)
    }
}
