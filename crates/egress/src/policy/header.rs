//! Which request headers the owner of a subscription may set, judged when they are saved.
//!
//! Out of reach are the headers that frame a request, that belong to one hop, that carry the signature or
//! the event's identity, and that would make a receiver believe the request came from elsewhere.

use http::{HeaderName, HeaderValue};

/// The longest name of a header that a user may set, in bytes.
pub const HEADER_NAME_BYTES_MAX: usize = 128;

/// The longest value of a header that a user may set, in bytes.
pub const HEADER_VALUE_BYTES_MAX: usize = 4096;

const FORBIDDEN: &[&str] = &[
    // Frame the request, or belong to one hop.
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    // Bodies are sent as they are and responses are not decompressed.
    "accept-encoding",
    "content-encoding",
    // Where a request came from is not the tenant's to say.
    "forwarded",
    "via",
    "x-real-ip",
];

/// Names that begin so: one hop, the signature, CloudEvents attributes, our own, where it came from.
const FORBIDDEN_PREFIXES: &[&str] = &["proxy-", "webhook-", "ce-", "hookledger-", "x-forwarded-"];

/// Whether users may not set this header; names are compared without regard to case.
pub fn is_forbidden_header(name: &str) -> bool {
    FORBIDDEN.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden))
        || FORBIDDEN_PREFIXES
            .iter()
            .any(|prefix| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)))
}

/// Why a header was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderRefusal {
    /// Not a token of RFC 9110, or longer than [`HEADER_NAME_BYTES_MAX`].
    #[error("name is not a header name of at most {HEADER_NAME_BYTES_MAX} bytes")]
    Name,
    /// Has a line break or another control character, is not ASCII, or is longer than
    /// [`HEADER_VALUE_BYTES_MAX`].
    #[error("value is not visible ASCII of at most {HEADER_VALUE_BYTES_MAX} bytes")]
    Value,
    /// Set by the system itself.
    #[error("header is set by the system and cannot be overridden")]
    Forbidden,
}

/// Parses a header that a user wants to send along, or says why not.
pub fn check_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), HeaderRefusal> {
    if name.len() > HEADER_NAME_BYTES_MAX {
        return Err(HeaderRefusal::Name);
    }
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HeaderRefusal::Name)?;
    if is_forbidden_header(name) {
        return Err(HeaderRefusal::Forbidden);
    }
    if value.len() > HEADER_VALUE_BYTES_MAX {
        return Err(HeaderRefusal::Value);
    }
    let value = HeaderValue::from_str(value).map_err(|_| HeaderRefusal::Value)?;
    if value.to_str().is_err() {
        return Err(HeaderRefusal::Value);
    }
    Ok((parsed, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framing_signature_and_origin_headers_are_out_of_reach_in_any_case() {
        for name in [
            "Host",
            "CONTENT-LENGTH",
            "Transfer-Encoding",
            "connection",
            "TE",
            "Trailer",
            "Upgrade",
            "Expect",
            "Proxy-Authorization",
            "webhook-signature",
            "Webhook-Anything",
            "CE-Type",
            "Hookledger-Attempt",
            "X-Forwarded-For",
            "Accept-Encoding",
        ] {
            assert!(is_forbidden_header(name), "{name}");
            assert_eq!(check_header(name, "x"), Err(HeaderRefusal::Forbidden), "{name}");
        }
    }

    #[test]
    fn ordinary_headers_are_accepted() {
        for name in ["Authorization", "X-Api-Key", "User-Agent", "Content-Type", "X-Webhook-Team", "cell"] {
            assert!(check_header(name, "Bearer abc, def\t1").is_ok(), "{name}");
        }
    }

    #[test]
    fn malformed_names_and_values_are_refused() {
        let long_name = "x".repeat(HEADER_NAME_BYTES_MAX + 1);
        for name in ["", "a b", "a:b", "naïve", ":path", "a\r\nb", long_name.as_str()] {
            assert_eq!(check_header(name, "x"), Err(HeaderRefusal::Name), "{name:?}");
        }
        let long_value = "x".repeat(HEADER_VALUE_BYTES_MAX + 1);
        for value in ["a\r\nX-Evil: 1", "a\nb", "a\0b", "é", "\u{7f}", long_value.as_str()] {
            assert_eq!(check_header("x-team", value), Err(HeaderRefusal::Value), "{value:?}");
        }
    }
}
