//! What is measured on.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Serialize;

/// The machine and the build, for whoever compares two runs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) cores: usize,
    pub(crate) processor: String,
    pub(crate) system: String,
    pub(crate) revision: String,
    pub(crate) version: &'static str,
}

/// The memory of a process, in bytes.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Memory {
    /// Resident now.
    pub(crate) resident: u64,
    /// The most that was ever resident.
    pub(crate) peak: u64,
}

impl Machine {
    pub(crate) fn here() -> Self {
        Self {
            date: said_by("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: processor(),
            system: said_by("uname", &["-sr"]),
            revision: said_by("git", &["rev-parse", "--short", "HEAD"]),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// What Linux says about a process.
pub(crate) fn memory_of(pid: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the server is gone")?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim_start_matches(':').trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib * 1_024)
    };
    let memory = || Some(Memory { resident: field("VmRSS")?, peak: field("VmHWM")? });
    memory().context("the system does not say how much memory the server uses")
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| "unknown processor".to_owned(), |(_, name)| name.to_owned())
}

/// The output of a small program; nothing, if the machine does not have it.
fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
