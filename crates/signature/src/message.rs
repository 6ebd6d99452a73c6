//! What is signed: an id, a time, and the bytes of a body, as `{id}.{timestamp}.{body}`.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime},
};

use http::HeaderValue;

/// The most bytes that a [`MessageId`] may have.
pub const ID_BYTES_MAX: usize = 256;

/// The name of a message, the value of `webhook-id`: 1 to [`ID_BYTES_MAX`] visible ASCII characters, no `.`.
///
/// A full stop is what separates the id from the time in the signed content. An id that had one could be
/// cut elsewhere, and the rest of it read as a time, with the signature still good.
///
/// Cheap to clone: the text is shared.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MessageId(HeaderValue);

/// The text is not a message id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageIdError {
    /// There must be at least one character, and at most [`ID_BYTES_MAX`].
    #[error("a message id has 1 to {ID_BYTES_MAX} characters")]
    Length,
    /// Something other than visible ASCII, or a full stop.
    #[error("a message id consists of visible ASCII characters other than the full stop")]
    Character,
}

impl MessageId {
    /// Checks the text.
    pub fn new(text: &str) -> Result<Self, MessageIdError> {
        let value = HeaderValue::from_str(text).map_err(|_| MessageIdError::Character)?;
        Self::try_from(&value)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("a message id is ASCII: checked when it was made")
    }

    /// The id as the value of a header, sharing its text.
    pub fn to_header_value(&self) -> HeaderValue {
        self.0.clone()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl TryFrom<&HeaderValue> for MessageId {
    type Error = MessageIdError;

    fn try_from(value: &HeaderValue) -> Result<Self, MessageIdError> {
        let bytes = value.as_bytes();
        if bytes.is_empty() || bytes.len() > ID_BYTES_MAX {
            return Err(MessageIdError::Length);
        }
        if !bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'.') {
            return Err(MessageIdError::Character);
        }
        Ok(Self(value.clone()))
    }
}

impl FromStr for MessageId {
    type Err = MessageIdError;

    fn from_str(text: &str) -> Result<Self, MessageIdError> {
        Self::new(text)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}

/// A moment, in whole seconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixSeconds(u64);

impl UnixSeconds {
    /// The moment that many seconds after the epoch.
    pub const fn new(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// This much later, in whole seconds; the last representable moment at most.
    #[must_use]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }

    /// Reads a header: decimal digits as we would write them, no sign, no leading zero.
    ///
    /// One spelling for each moment means that the text in the header is the text that was signed.
    pub(crate) fn from_header(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let canonical =
            text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        if canonical { text.parse().ok().map(Self) } else { None }
    }
}

impl From<SystemTime> for UnixSeconds {
    /// Anything before the epoch becomes the epoch.
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The signed content, in the pieces that it is made of, so that nobody has to put them together.
#[derive(Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) id: &'a MessageId,
    /// The digits as they stand in the header.
    pub(crate) timestamp: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl<'a> Content<'a> {
    pub(crate) fn parts(self) -> [&'a [u8]; 5] {
        [self.id.as_bytes(), b".", self.timestamp, b".", self.body]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<UnixSeconds> {
        UnixSeconds::from_header(&HeaderValue::from_str(text).unwrap())
    }

    #[test]
    fn an_id_with_a_full_stop_is_refused() {
        assert_eq!(MessageId::new("msg_1.1614265330"), Err(MessageIdError::Character));
    }

    #[test]
    fn an_id_is_not_empty_and_not_endless() {
        assert_eq!(MessageId::new(""), Err(MessageIdError::Length));
        assert!(MessageId::new(&"a".repeat(ID_BYTES_MAX)).is_ok());
        assert_eq!(MessageId::new(&"a".repeat(ID_BYTES_MAX + 1)), Err(MessageIdError::Length));
    }

    #[test]
    fn an_id_has_no_spaces_controls_or_letters_beyond_ascii() {
        for text in ["a b", "a\tb", "a\r\nb", "a\0b", "é"] {
            assert_eq!(MessageId::new(text), Err(MessageIdError::Character), "{text:?}");
        }
    }

    #[test]
    fn a_timestamp_has_one_spelling() {
        assert_eq!(read("0"), Some(UnixSeconds::new(0)));
        assert_eq!(read("1614265330"), Some(UnixSeconds::new(1_614_265_330)));
        for text in ["", "01", "+1", "-1", "1.0", "1e9", " 1", "1 ", "0x1", "18446744073709551616"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_time_before_the_epoch_is_the_epoch() {
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
        assert_eq!(UnixSeconds::from(before), UnixSeconds::new(0));
    }
}
