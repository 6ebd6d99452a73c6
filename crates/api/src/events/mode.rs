//! In which of the ways that events can be written a body is written, as its headers say.

use http::{HeaderMap, HeaderName};

use crate::media::{self, Unsupported};

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Hookledger's own way: an event as an object, or a list of events.
    Plain,
    /// One `CloudEvent`, attributes and data in a JSON object.
    Structured,
    /// A list of them.
    Batch,
    /// One `CloudEvent`, attributes as headers, the data as the body.
    Binary,
}

/// Headers that only a `CloudEvent` has; one of them is enough, so that those which are missing can be named.
const REQUIRED: [HeaderName; 4] = [
    HeaderName::from_static("ce-specversion"),
    HeaderName::from_static("ce-id"),
    HeaderName::from_static("ce-source"),
    HeaderName::from_static("ce-type"),
];

impl Mode {
    /// What the headers say, or why such a body cannot be read.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Unsupported> {
        let plain = media::check_json_body(headers);
        let binary = REQUIRED.iter().any(|name| headers.contains_key(name));
        // Nearly all calls; the rest needs the type as a text of its own.
        if plain.is_ok() && !binary {
            return Ok(Self::Plain);
        }
        media::check_not_encoded(headers)?;
        match media::essence(headers).as_deref() {
            Some("application/cloudevents+json") => Ok(Self::Structured),
            Some("application/cloudevents-batch+json") => Ok(Self::Batch),
            // Formats of CloudEvents other than JSON.
            Some(other) if other.starts_with("application/cloudevents") => Err(Unsupported::Type),
            _ if binary => Ok(Self::Binary),
            _ => plain.map(|()| Self::Plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

    use super::*;

    fn mode(content_type: &'static str, more: &[&'static str]) -> Result<Mode, Unsupported> {
        let more = more.iter().map(|name| (HeaderName::from_static(name), HeaderValue::from_static("x")));
        let content_type = (CONTENT_TYPE, HeaderValue::from_static(content_type));
        Mode::of(&std::iter::once(content_type).chain(more).collect())
    }

    #[test]
    fn the_content_type_decides_and_headers_of_cloud_events_where_it_does_not() {
        assert_eq!(mode("application/json", &[]), Ok(Mode::Plain));
        assert_eq!(mode("application/json", &["ce-extension"]), Ok(Mode::Plain));
        assert_eq!(mode("application/json", &["ce-type"]), Ok(Mode::Binary));
        assert_eq!(mode("text/plain", &["ce-id"]), Ok(Mode::Binary));
        assert_eq!(mode("Application/CloudEvents+JSON; charset=UTF-8", &[]), Ok(Mode::Structured));
        assert_eq!(mode("application/cloudevents+json", &["ce-id"]), Ok(Mode::Structured));
        assert_eq!(mode("application/cloudevents-batch+json", &[]), Ok(Mode::Batch));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert_eq!(mode("application/cloudevents+avro", &["ce-id"]), Err(Unsupported::Type));
        assert_eq!(mode("application/cloudevents-batch+xml", &[]), Err(Unsupported::Type));
        assert_eq!(mode("application/cloudevents+json; charset=utf-16", &[]), Err(Unsupported::Type));
        assert_eq!(mode("text/plain", &[]), Err(Unsupported::Type));
        let zipped = [(CONTENT_TYPE, "application/cloudevents+json"), (CONTENT_ENCODING, "gzip")];
        let zipped = zipped.map(|(name, value)| (name, HeaderValue::from_static(value)));
        assert_eq!(Mode::of(&zipped.into_iter().collect()), Err(Unsupported::Encoding));
    }
}
