//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::{ApiKeyId, Scope, TenantId};
use secrecy::SecretString;

use crate::config::Overrides;

/// Delivers events over signed webhooks and keeps a record of everything it did.
///
/// Settings come from the command line, then from the environment (HOOKLEDGER_…), then from a file (hookledger.toml
/// in the working folder, or --config), then from the defaults. `hookledger verify-config --template` writes a file
/// with all of them.
#[derive(Debug, Parser)]
#[command(name = "hookledger", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The configuration file [default: hookledger.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The data folder
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,

    /// Which messages are logged, such as "debug", or `info,hookledger_delivery=debug` by module
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(Listen),
    /// Run the server for development: endpoints may be on this machine, and a receiver to try things with is built in
    Dev(Dev),
    /// Hand out and take back API keys while the server is stopped
    #[command(subcommand)]
    Key(Key),
    /// Copy the ledger from a data folder into a PostgreSQL database, or back
    ///
    /// Every record arrives with its position, its id and its bytes, in an empty place or one that an earlier run of the
    /// same copy began to fill. At the end both sides are read again and compared, record by record; no server opens it
    /// before that. Views are made from the records when the server first starts there.
    Copy(Copy),
    /// Bring the schema of the database in store.url up to date, and do nothing else
    ///
    /// Every start does the same. By itself it is for database users who may more than the server's: it makes the role
    /// `hookledger_app`, under which servers work, and the schemas `hookledger` and `hookledger_views`. Servers of the version
    /// before may go on running meanwhile. Killed half-way, it goes on from there.
    Migrate,
    /// Make a view again from the ledger while the server is stopped
    Rebuild(Rebuild),
    /// Check the configuration, or write one to start from
    VerifyConfig(VerifyConfig),
}

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// Where the API listens [default: 127.0.0.1:4300]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct Dev {
    #[command(flatten)]
    pub(crate) listen: Listen,

    /// Where the built-in receiver listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub(crate) inbox: SocketAddr,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Hand out a key and print it, this once
    Create {
        /// What people call it
        #[arg(long, value_name = "NAME")]
        name: String,
        /// What it allows: publish, manage, read, audit, operate
        #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',', required = true, value_parser = scope)]
        scopes: Vec<Scope>,
        /// Whose it is [default: the first tenant]
        #[arg(long, value_name = "TENANT")]
        tenant: Option<TenantId>,
    },
    /// List the keys of a tenant
    List {
        /// Whose [default: the first tenant]
        #[arg(long, value_name = "TENANT")]
        tenant: Option<TenantId>,
    },
    /// Take a key back
    Revoke {
        /// The key's id, such as `key_01h2xcejqtf2nbrexx3vqjhp41`
        id: ApiKeyId,
        /// Whose it is [default: the first tenant]
        #[arg(long, value_name = "TENANT")]
        tenant: Option<TenantId>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Copy {
    /// What is copied: `sqlite:DATA_FOLDER`, or `postgres://USER@HOST/DATABASE` [default: the data folder of the settings,
    /// or the database in store.url if --to is a folder]
    #[arg(long, value_name = "URL", value_parser = secret)]
    pub(crate) from: Option<SecretString>,

    /// What is filled, as the user who owns the tables if it is a database [default: the database in store.url]
    ///
    /// A command line can be seen by everybody on the machine: give an address that holds a password in the environment, as
    /// `HOOKLEDGER_STORE_URL`, or keep the password in the file that PGPASSFILE names.
    #[arg(long, value_name = "URL", value_parser = secret)]
    pub(crate) to: Option<SecretString>,

    /// Copy what is there while the server still runs
    ///
    /// The target is not ready then. Once the server has stopped, the same command without this copies the rest, which takes
    /// little time.
    #[arg(long)]
    pub(crate) ahead: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// Which view; all of them if none is named
    #[arg(value_name = "VIEW")]
    pub(crate) views: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyConfig {
    /// Write a file with every setting, its meaning and its default
    #[arg(long)]
    pub(crate) template: bool,
}

impl Common {
    pub(crate) fn file(&self) -> Option<&std::path::Path> {
        self.config.as_deref()
    }

    pub(crate) fn overrides(&self, listen: Option<SocketAddr>, development: bool) -> Overrides {
        Overrides { listen, data: self.data.clone(), log: self.log.clone(), development }
    }
}

/// Takes anything, since an error would repeat what may hold a password.
#[expect(clippy::unnecessary_wraps, reason = "the signature that the command line's parser calls")]
fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(text.into())
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::from_name(text).ok_or_else(|| {
        let names: Vec<_> = Scope::ALL.into_iter().map(Scope::as_str).collect();
        format!("there is no such scope; there are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_scope_that_does_not_exist_is_answered_with_those_that_do() {
        let error = Cli::try_parse_from(["hookledger", "key", "create", "--name", "a", "--scope", "root"])
            .unwrap_err();
        assert!(error.to_string().contains("publish, manage, read, audit, operate"), "{error}");
    }
}
