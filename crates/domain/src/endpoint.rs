//! Where deliveries go, and what the owner adds to them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::sealed::Sealed;

/// Why a text is not the URL of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointUrlError {
    /// More bytes than the bound.
    #[error("the URL has {found} bytes, at most {max} are allowed", max = EndpointUrl::BYTES_MAX)]
    TooLong {
        /// How many there are.
        found: usize,
    },
    /// Not an absolute URL.
    #[error("not a URL: write it in full, such as \"https://example.com/hooks\"")]
    Malformed,
    /// Neither `https` nor `http`.
    #[error("the scheme \"{scheme}\" is not allowed, use \"https\"")]
    Scheme {
        /// The scheme found.
        scheme: String,
    },
    /// A user name or a password.
    #[error("the URL must not carry a user name or password; send an Authorization header instead")]
    Credentials,
    /// A part after `#`, which is never sent.
    #[error("the URL must not have a fragment (the part after \"#\"), since it is never sent")]
    Fragment,
}

/// The address of an endpoint as its owner wrote it: absolute, `https` or `http`, at most 2,048 bytes.
///
/// Whether it may be reached is the address policy's decision, taken when it is saved and again at connect.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    /// The most bytes a URL may have.
    pub const BYTES_MAX: usize = 2_048;

    /// Reads a URL that somebody typed.
    pub fn parse(text: &str) -> Result<Self, EndpointUrlError> {
        if text.len() > Self::BYTES_MAX {
            return Err(EndpointUrlError::TooLong { found: text.len() });
        }
        let url = Url::parse(text).map_err(|_| EndpointUrlError::Malformed)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(EndpointUrlError::Scheme { scheme: url.scheme().chars().take(32).collect() });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointUrlError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(EndpointUrlError::Fragment);
        }
        Ok(Self(url))
    }

    /// The URL.
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<String> for EndpointUrl {
    type Error = EndpointUrlError;

    fn try_from(text: String) -> Result<Self, EndpointUrlError> {
        Self::parse(&text)
    }
}

impl From<EndpointUrl> for String {
    fn from(url: EndpointUrl) -> Self {
        url.0.into()
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// Why a set of headers was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadersError {
    /// More headers than the bound.
    #[error("{found} headers given, at most {max} are allowed", max = Headers::COUNT_MAX)]
    TooMany {
        /// How many there are.
        found: usize,
    },
    /// A name that is not one.
    #[error("\"{name}\" is not a header name: use letters, digits and hyphens, at most {max} of them", max = Headers::NAME_BYTES_MAX)]
    Name {
        /// The name, shortened.
        name: String,
    },
    /// A value with bytes that may not stand in a header, or too many.
    #[error("the value of the header \"{name}\" must be visible ASCII without line breaks, at most {max} bytes", max = Headers::VALUE_BYTES_MAX)]
    Value {
        /// The header's name.
        name: String,
    },
}

/// Headers that the owner adds to each request: at most 32. Values are sealed, since they often are credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(BTreeMap<String, Sealed>);

impl Headers {
    /// The most headers a subscription may add.
    pub const COUNT_MAX: usize = 32;
    /// The most bytes a name may have.
    pub const NAME_BYTES_MAX: usize = 64;
    /// The most bytes a value may have.
    pub const VALUE_BYTES_MAX: usize = 1_024;

    /// Checks names and values as typed, and gives the names their stored form (lower case), before values are sealed.
    pub fn check(headers: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, HeadersError> {
        if headers.len() > Self::COUNT_MAX {
            return Err(HeadersError::TooMany { found: headers.len() });
        }
        headers.into_iter().map(|(name, value)| check_header(&name, value)).collect()
    }

    /// Checked headers whose values were sealed.
    pub const fn from_sealed(headers: BTreeMap<String, Sealed>) -> Self {
        Self(headers)
    }

    /// Names and sealed values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Sealed)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn check_header(name: &str, value: String) -> Result<(String, String), HeadersError> {
    let good_name = (1..=Headers::NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if !good_name {
        return Err(HeadersError::Name { name: name.chars().take(Headers::NAME_BYTES_MAX).collect() });
    }
    let name = name.to_ascii_lowercase();
    let good_value =
        value.len() <= Headers::VALUE_BYTES_MAX && value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if good_value { Ok((name, value)) } else { Err(HeadersError::Value { name }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_absolute_http_without_credentials_or_fragment() {
        assert!(EndpointUrl::parse("https://example.com/hooks?x=1").is_ok());
        assert_eq!(EndpointUrl::parse("example.com"), Err(EndpointUrlError::Malformed));
        assert_eq!(
            EndpointUrl::parse("ftp://example.com"),
            Err(EndpointUrlError::Scheme { scheme: "ftp".into() })
        );
        assert_eq!(EndpointUrl::parse("https://a:b@example.com"), Err(EndpointUrlError::Credentials));
        assert_eq!(EndpointUrl::parse("https://example.com/#a"), Err(EndpointUrlError::Fragment));
        let long = format!("https://example.com/{}", "a".repeat(2_048));
        assert_eq!(EndpointUrl::parse(&long), Err(EndpointUrlError::TooLong { found: 2_068 }));
    }

    #[test]
    fn a_header_with_a_line_break_or_a_colon_in_its_name_is_refused() {
        let one = |name: &str, value: &str| Headers::check([(name.to_owned(), value.to_owned())].into());
        assert_eq!(one("X-Team", "core").unwrap()["x-team"], "core");
        assert_eq!(one("x:y", "1"), Err(HeadersError::Name { name: "x:y".into() }));
        assert_eq!(one("x", "a\r\nb: c"), Err(HeadersError::Value { name: "x".into() }));
    }
}
