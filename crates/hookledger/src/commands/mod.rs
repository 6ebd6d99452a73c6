//! What each command does.

mod copy;
mod dev;
mod key;
mod migrate;
mod rebuild;
mod serve;
mod verify_config;

use std::process::ExitCode;

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};

use crate::cli::{Cli, Command};

/// Does what the command line says.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    let Cli { command, common } = cli;
    match command {
        Command::Serve(listen) => runtime()?.block_on(serve::run(&common, &listen)),
        Command::Copy(copy) => runtime()?.block_on(copy::run(&common, copy)),
        Command::Dev(dev) => runtime()?.block_on(dev::run(&common, &dev)),
        Command::Key(key) => runtime()?.block_on(key::run(&common, key)),
        Command::Migrate => runtime()?.block_on(migrate::run(&common)),
        Command::Rebuild(rebuild) => runtime()?.block_on(rebuild::run(&common, rebuild)),
        Command::VerifyConfig(verify) => verify_config::run(&common, &verify),
    }
}

fn runtime() -> Result<Runtime> {
    Builder::new_multi_thread().enable_all().build().context("failed to start the runtime")
}
