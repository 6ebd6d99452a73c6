//! The benchmark (`cargo xtask bench`): how fast Hookledger is on this machine, as ratios to simpler programs.
//!
//! The *server* runs in its release build on an empty folder. The *receiver*, the *load* that publishes, the *null
//! relay* and the *bare client* are processes of their own. Everything shares the cores of one machine over
//! loopback, so absolute numbers say little, and ratios of one run say much; a measurement and its yardstick are
//! taken in turns, and the median of the rounds is told.
//!
//! Promise: it ends by itself, leaves nothing behind, and judges nothing.

mod backlog;
mod burst;
mod cluster;
mod crowd;
mod journal;
mod machine;
mod matching;
mod measure;
mod overload;
mod process;
mod results;
mod stores;
mod subject;
mod table;
mod validating;

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Parser;
use serde::Serialize;

use machine::Machine;
use measure::{Part, Plan};
use process::Receiver;

/// Measures Hookledger on this machine.
#[derive(Parser)]
struct Options {
    /// About 30 seconds instead of some minutes; the numbers are rougher.
    #[arg(long)]
    quick: bool,
    /// Measures servers on files and on PostgreSQL, with one node and with two, in one table.
    #[arg(long, conflicts_with = "only")]
    postgres: bool,
    /// Makes only this measurement, and prints its numbers as JSON.
    #[arg(long, value_name = "PART")]
    only: Option<Part>,
    /// Writes the numbers to this file, too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let options = Options::parse();
    let plan = if options.quick { &Plan::QUICK } else { &Plan::FULL };
    if let Some(part) = options.only {
        let numbers = measure::only(part, plan).await?;
        return Ok(writeln!(io::stdout(), "{numbers:#}")?);
    }
    if options.postgres {
        let numbers = stores::compare(plan, &Receiver::start()?).await?;
        io::stdout().write_all(table::of_stores(&Machine::here(), &numbers).as_bytes())?;
        return keep(&options, &numbers);
    }
    let results = measure::all(plan).await?;
    io::stdout().write_all(table::of(&results).as_bytes())?;
    keep(&options, &results)
}

/// Writes the numbers to the file that was asked for.
fn keep(options: &Options, numbers: &impl Serialize) -> Result<()> {
    if let Some(file) = &options.json {
        let json = serde_json::to_vec_pretty(numbers)?;
        fs::write(file, json).with_context(|| format!("failed to write {}", file.display()))?;
    }
    Ok(())
}
