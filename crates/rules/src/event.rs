//! An event as filters see it: borrowed texts, indexed when the first filter looks inside.

use std::sync::OnceLock;

use crate::filter::Root;
use crate::json::{Index, Text, Value};

/// What filters may look at, borrowed from wherever the event lives.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// The type, such as `benchmark.completed`.
    pub event_type: &'a str,
    /// The version of the type.
    pub version: u32,
    /// Where it comes from.
    pub source: &'a str,
    /// The data as JSON text, as it was published.
    pub data: &'a str,
    /// The metadata as JSON text; empty if there is none.
    pub metadata: &'a str,
}

/// An event that many filters can be asked about.
///
/// Data and metadata are indexed when the first filter looks into them, once, whatever the number of filters; a
/// filter that looks at the type alone costs no scan. An index takes at most 12 bytes a byte of text, usually 2 to 3.
/// Text that is not JSON, or is larger than [`limits::TEXT_BYTES_MAX`](crate::limits::TEXT_BYTES_MAX), reads as
/// missing.
#[derive(Debug)]
pub struct ParsedEvent<'a> {
    event: Event<'a>,
    version: VersionText,
    data: OnceLock<Option<Index<'a>>>,
    metadata: OnceLock<Option<Index<'a>>>,
}

impl<'a> ParsedEvent<'a> {
    /// Costs nothing until a filter looks.
    pub fn new(event: Event<'a>) -> Self {
        let version = VersionText::new(event.version);
        Self { event, version, data: OnceLock::new(), metadata: OnceLock::new() }
    }

    /// The event.
    pub const fn event(&self) -> &Event<'a> {
        &self.event
    }

    /// What a path starts from; `None` if the text there is no JSON.
    pub(crate) fn at(&self, root: Root) -> Option<Start<'_>> {
        let index = match root {
            Root::Type => return Some(Start::Scalar(Value::String(Text::plain(self.event.event_type)))),
            Root::Version => return Some(Start::Scalar(Value::Number(self.version.as_str()))),
            Root::Source => return Some(Start::Scalar(Value::String(Text::plain(self.event.source)))),
            Root::Data => self.data.get_or_init(|| Index::build(self.event.data)),
            Root::Metadata => self.metadata.get_or_init(|| Index::build(self.event.metadata)),
        };
        index.as_ref().map(Start::Json)
    }
}

/// Where a path starts.
pub(crate) enum Start<'d> {
    /// At a text or number with nothing below it.
    Scalar(Value<'d>),
    /// At the top of a JSON text.
    Json(&'d Index<'d>),
}

impl<'a> From<Event<'a>> for ParsedEvent<'a> {
    fn from(event: Event<'a>) -> Self {
        Self::new(event)
    }
}

/// The version in digits, so that it compares like any other number, without an allocation.
#[derive(Debug, Clone, Copy)]
struct VersionText {
    digits: [u8; Self::DIGITS_MAX],
    start: usize,
}

impl VersionText {
    /// As many digits as the largest `u32` has.
    const DIGITS_MAX: usize = 10;

    fn new(version: u32) -> Self {
        let mut digits = [b'0'; Self::DIGITS_MAX];
        let mut start = Self::DIGITS_MAX;
        let mut rest = version;
        loop {
            start -= 1;
            digits[start] = b'0' + u8::try_from(rest % 10).expect("a remainder of ten is a digit");
            rest /= 10;
            if rest == 0 {
                return Self { digits, start };
            }
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[self.start..]).expect("digits are ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_written_in_its_digits() {
        for version in [0, 1, 9, 10, 42, 1_000_000_000, u32::MAX] {
            assert_eq!(VersionText::new(version).as_str(), version.to_string());
        }
    }

    #[test]
    fn a_parsed_event_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<ParsedEvent<'_>>();
        shared::<crate::Filter>();
    }
}
