//! Who sends, as receivers are told: the origin of the `CloudEvents` webhook specification, section 4.1.2.

use http::{HeaderName, HeaderValue};

/// A DNS name that stands for all senders of one system, such as `hooks.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// Why a text is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin is a DNS name such as \"hooks.example.com\": letters, digits, \"-\" and \".\", at most {max} of them",
    max = Origin::CHARS_MAX
)]
pub struct OriginError;

impl Origin {
    /// The most characters, which is the bound of DNS.
    pub const CHARS_MAX: usize = 253;
    /// The header that names the sender to receivers.
    pub const REQUEST_HEADER: HeaderName = HeaderName::from_static("webhook-request-origin");

    /// Reads a DNS name; it is kept in lower case.
    pub fn new(text: &str) -> Result<Self, OriginError> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if text.len() > Self::CHARS_MAX || !text.split('.').all(label) {
            return Err(OriginError);
        }
        HeaderValue::try_from(text.to_ascii_lowercase()).map(Self).map_err(|_| OriginError)
    }

    /// As the value of a header.
    pub fn value(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Whether `text` names it; DNS names are compared without regard to case.
    pub fn is(&self, text: &str) -> bool {
        self.0.as_bytes().eq_ignore_ascii_case(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_dns_name() {
        assert!(Origin::new("Hooks.example.com").unwrap().is("hooks.EXAMPLE.com"));
        assert!(Origin::new("hookledger").is_ok());
        for text in ["", "a b", "a..b", "-a", "a-", "ä.example", "https://a", "*", &"a".repeat(64)] {
            assert_eq!(Origin::new(text), Err(OriginError), "{text}");
        }
    }
}
