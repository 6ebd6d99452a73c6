//! Five hundred hostile receivers or name servers at once cost a bounded amount of memory.
//!
//! What is counted is the peak of the resident memory, which the kernel keeps (so this runs on Linux only), of a
//! process that does nothing else: what an allocator keeps from an earlier wave would hide what a later one takes.
//! The others live in another process, so that what they hold is not counted. Both are this program, started again
//! with the name of the test that plays the part.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../hostile/mod.rs"]
mod hostile;
#[path = "../it/name_server.rs"]
#[expect(dead_code, reason = "what other tests have name servers say")]
mod name_server;
mod names;
mod receivers;

use std::fs;
use std::process::Command;

const AT_ONCE: usize = 500;
const GROWTH_KIB_MAX: usize = 64 * 1024;

/// This program again, to play a part.
fn part(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command
}

/// A figure of this process, in KiB.
fn memory_kib(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// From now on, the peak is that of now.
fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}
