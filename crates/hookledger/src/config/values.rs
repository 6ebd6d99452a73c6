//! Kinds of values that settings have.

use std::fmt;
use std::str::FromStr;

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
        /// Takes anything, since an error of the format would repeat what it found instead of text.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Found {
            Text(String),
            Other(IgnoredAny),
        }
        let text = Zeroizing::new(match Found::deserialize(deserializer)? {
            Found::Text(text) => text,
            Found::Other(IgnoredAny) => String::new(),
        });
        // This error does not repeat what it was given, either.
        vault::MasterKey::parse(&text).map_err(serde::de::Error::custom)?;
        Ok(Self(text))
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
