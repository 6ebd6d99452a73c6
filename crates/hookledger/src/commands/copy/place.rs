//! Where a ledger is, as the command line and the settings name it.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use ledger::postgres::{PgConnectOptions, address};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{Settings, StoreUrl};

/// A folder or a database.
#[derive(Clone)]
pub(super) enum Place {
    /// The files in this folder.
    Folder(PathBuf),
    /// A database.
    Database(Box<PgConnectOptions>),
}

/// Where from and where to; one is a folder and one is a database.
pub(super) struct Ends {
    pub(super) from: Place,
    pub(super) to: Place,
}

impl Ends {
    /// What was given, and for the rest what the settings say.
    pub(super) fn choose(
        from: Option<&SecretString>,
        to: Option<&SecretString>,
        settings: &Settings,
    ) -> Result<Self> {
        let folder = || Place::Folder(settings.data.clone());
        let database = || match &settings.store.url {
            Some(StoreUrl::Database(address)) => Ok(Place::Database(address.clone())),
            _ => bail!("no database is named: give --to postgres://…, or set HOOKLEDGER_STORE_URL"),
        };
        let parse =
            |given: Option<&SecretString>| given.map(|given| Place::parse(given, settings)).transpose();
        let to = parse(to).context("--to")?.map_or_else(database, Ok)?;
        let from = match (parse(from).context("--from")?, &to) {
            (Some(from), _) => from,
            (None, Place::Database(_)) => folder(),
            (None, Place::Folder(_)) => database()?,
        };
        if matches!(
            (&from, &to),
            (Place::Folder(_), Place::Folder(_)) | (Place::Database(_), Place::Database(_))
        ) {
            bail!(
                "one side must be a folder and the other a database: copy files with cp while the server is stopped, and \
                 databases with PostgreSQL's own tools"
            );
        }
        Ok(Self { from, to })
    }
}

impl Place {
    /// What `given` names. The error does not repeat it: it may hold a password.
    fn parse(given: &SecretString, settings: &Settings) -> Result<Self> {
        let text = given.expose_secret().trim();
        match (text.strip_prefix("sqlite:"), address(text)) {
            (Some(""), _) => Ok(Self::Folder(settings.data.clone())),
            (Some(folder), _) => Ok(Self::Folder(folder.into())),
            (None, Ok(address)) => Ok(Self::Database(Box::new(address))),
            (None, Err(_)) => {
                bail!("it must be sqlite:<data folder>, or the address of a database, postgres://…")
            }
        }
    }
}

/// Without the password of a database.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "folder {}", folder.display()),
            Self::Database(address) => {
                let database = address.get_database().unwrap_or(address.get_username());
                write!(f, "database {database} at ")?;
                match address.get_socket() {
                    Some(socket) => write!(f, "{}", socket.display()),
                    None => write!(f, "{}:{}", address.get_host(), address.get_port()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Overrides};

    fn choose(from: Option<&str>, to: Option<&str>, store: Option<&str>) -> Result<(String, String)> {
        let overrides = Overrides { data: Some("data".into()), ..Overrides::default() };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hookledger.toml");
        std::fs::write(&file, store.map_or_else(String::new, |url| format!("[store]\nurl = '{url}'")))
            .unwrap();
        let settings = config::load(Some(&file), overrides).unwrap();
        let (from, to) = (from.map(SecretString::from), to.map(SecretString::from));
        let ends = Ends::choose(from.as_ref(), to.as_ref(), &settings)?;
        Ok((ends.from.to_string(), ends.to.to_string()))
    }

    const DATABASE: &str = "postgres://me:hunter2@db:6432/events";

    #[test]
    fn what_is_not_given_comes_from_the_settings() {
        let up = ("folder data".to_owned(), "database events at db:6432".to_owned());
        assert_eq!(choose(None, None, Some(DATABASE)).unwrap(), up);
        assert_eq!(choose(None, Some(DATABASE), None).unwrap(), up);
        assert_eq!(choose(Some("sqlite:"), Some(DATABASE), Some("sqlite:")).unwrap(), up);
        let back = ("database events at db:6432".to_owned(), "folder /there".to_owned());
        assert_eq!(choose(None, Some("sqlite:/there"), Some(DATABASE)).unwrap(), back);
        assert_eq!(choose(Some(DATABASE), Some("sqlite:/there"), None).unwrap(), back);
    }

    #[test]
    fn what_cannot_be_copied_is_refused_without_a_password_in_the_error() {
        let cases = [
            (None, None, None, "no database is named"),
            (None, Some("sqlite:/there"), None, "no database is named"),
            (Some("sqlite:/here"), Some("sqlite:/there"), None, "one side must be a folder"),
            (Some(DATABASE), Some(DATABASE), None, "one side must be a folder"),
            (None, Some("mysql://me:hunter2@db/x"), None, "--to: it must be sqlite:"),
            (Some("hunter2"), Some(DATABASE), None, "--from: it must be sqlite:"),
            (None, Some("postgres://me:hunter2@db:port/x"), None, "--to: it must be sqlite:"),
        ];
        for (from, to, store, expected) in cases {
            let error = format!("{:#}", choose(from, to, store).unwrap_err());
            assert!(error.contains(expected) && !error.contains("hunter2"), "{error}");
        }
    }
}
