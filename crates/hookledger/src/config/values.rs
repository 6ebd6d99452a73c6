//! Kinds of values that settings have.

use std::fmt;
use std::str::FromStr;

use ledger::postgres::PgConnectOptions;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A master key as text; it does not print.
#[derive(Clone)]
pub(crate) struct MasterKeyText(pub(crate) Zeroizing<String>);

impl fmt::Debug for MasterKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<'de> Deserialize<'de> for MasterKeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = unrepeated(deserializer)?;
        // This error does not repeat what it was given, either.
        vault::MasterKey::parse(&text).map_err(serde::de::Error::custom)?;
        Ok(Self(text))
    }
}

/// A text that may be a secret; nothing, and no error, where it is something else: an error of the format would repeat
/// what it found instead of text.
fn unrepeated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Found {
        Text(String),
        Other(IgnoredAny),
    }
    Ok(Zeroizing::new(match Found::deserialize(deserializer)? {
        Found::Text(text) => text,
        Found::Other(IgnoredAny) => String::new(),
    }))
}

/// Where the records are kept. A URL may hold a password, so what it prints is put together from the rest.
#[derive(Clone)]
pub(crate) enum StoreUrl {
    /// In files in the data folder.
    Files,
    /// In a database.
    Database(Box<PgConnectOptions>),
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Database(address) = self else { return f.write_str("sqlite:") };
        let database = address.get_database().unwrap_or(address.get_username());
        let place = match address.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", address.get_host(), address.get_port()),
        };
        write!(f, "postgres: database {database} at {place}, as {}", address.get_username())
    }
}

impl<'de> Deserialize<'de> for StoreUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = unrepeated(deserializer)?;
        if text.trim() == "sqlite:" {
            return Ok(Self::Files);
        }
        // This error does not repeat what it was given, either.
        let refusal = "it must be \"sqlite:\", for files in the data folder, or a `postgres://` URL";
        let address =
            ledger::postgres::address(text.trim()).map_err(|_| serde::de::Error::custom(refusal))?;
        Ok(Self::Database(Box::new(address)))
    }
}

/// A list in an environment variable: parts between commas, without the white space around them.
pub(crate) fn comma_separated<T, C>(text: &str) -> Result<C, T::Err>
where
    T: FromStr,
    C: FromIterator<T>,
{
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::parse).collect()
}

/// A number within bounds.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that the configuration library calls")]
pub(crate) fn between<const MIN: u64, const MAX: u64>(found: &u64) -> Result<(), String> {
    if (MIN..=MAX).contains(found) {
        Ok(())
    } else {
        Err(format!("it is {found}, it must lie between {MIN} and {MAX}"))
    }
}

/// A DNS name.
#[expect(clippy::ptr_arg, reason = "the signature that the configuration library calls")]
pub(crate) fn dns_name(found: &String) -> Result<(), String> {
    egress::Origin::new(found).map(|_| ()).map_err(|error| error.to_string())
}
