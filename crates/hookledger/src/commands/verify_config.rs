//! `hookledger verify-config`.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Common, VerifyConfig};
use crate::{config, say};

/// Checks the configuration without starting anything, or prints a template.
pub(crate) fn run(common: &Common, verify: &VerifyConfig) -> Result<ExitCode> {
    if verify.template {
        say::line(config::template().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let settings = config::load(common.file(), common.overrides(None, false))?;
    say::line(&format!("The configuration is valid.\n{settings:#?}"));
    Ok(ExitCode::SUCCESS)
}
