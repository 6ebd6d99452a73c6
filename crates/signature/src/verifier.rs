//! The receiver's side: is this message from who it says, unaltered, and fresh?
//!
//! A message is judged in two steps. The *verifier* reads the headers into an *envelope*, so that whatever
//! cannot be right is turned away before a body is read; the envelope then judges the body's bytes.
//!
//! Elsewhere: whether the message was seen before is asked of [`replay`](crate::replay).

use std::{str::FromStr, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    KEYS_MAX, KeyError, MessageId, Rejection, Scheme, UnixSeconds, VerifyingKey, header, message::Content,
};

/// The most signatures that one header may carry.
pub const SIGNATURES_MAX: usize = 16;

/// How far the time of a message may be from the receiver's, either way, unless set otherwise.
pub const TOLERANCE_DEFAULT: Duration = Duration::from_mins(5);

/// The most that [`Verifier::with_tolerance`] takes.
pub const TOLERANCE_MAX: Duration = Duration::from_hours(1);

/// Judges messages with 1 to [`KEYS_MAX`] keys; a message is good when one of them made one of its signatures.
///
/// `FromStr` reads `whsec_…` and `whpk_…` separated by white space, as they would stand in a setting.
#[derive(Debug, Clone)]
pub struct Verifier {
    keys: Vec<VerifyingKey>,
    tolerance: Duration,
}

/// No verifier was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifierError {
    /// Without a key nothing can be verified.
    #[error("a verifier needs at least one key")]
    NoKey,
    /// More than [`KEYS_MAX`].
    #[error("a verifier holds at most {KEYS_MAX} keys")]
    TooManyKeys,
    /// The key at this place, counted from 1, cannot be read.
    #[error("key {0} cannot be used")]
    Key(usize, #[source] KeyError),
    /// Below a second or beyond [`TOLERANCE_MAX`].
    #[error("the tolerance is 1 to {} s", TOLERANCE_MAX.as_secs())]
    Tolerance,
}

impl Verifier {
    /// Takes every key that a good message may be signed with, in any order.
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, VerifierError> {
        let keys: Vec<_> = keys.into_iter().take(KEYS_MAX + 1).collect();
        match keys.len() {
            0 => Err(VerifierError::NoKey),
            1..=KEYS_MAX => Ok(Self { keys, tolerance: TOLERANCE_DEFAULT }),
            _ => Err(VerifierError::TooManyKeys),
        }
    }

    /// Sets how far the time of a message may be from the receiver's, either way: 1 s to [`TOLERANCE_MAX`].
    pub fn with_tolerance(mut self, tolerance: Duration) -> Result<Self, VerifierError> {
        if !(Duration::from_secs(1)..=TOLERANCE_MAX).contains(&tolerance) {
            return Err(VerifierError::Tolerance);
        }
        self.tolerance = tolerance;
        Ok(self)
    }

    /// How far the time of a message may be from the receiver's, either way.
    pub fn tolerance(&self) -> Duration {
        self.tolerance
    }

    /// Judges a whole message: its headers, and its body's bytes as they arrived.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: UnixSeconds) -> Result<Verified, Rejection> {
        self.open(headers, now)?.verify(body)
    }

    /// Reads the headers, and refuses what no body could make good.
    pub fn open(&self, headers: &HeaderMap, now: UnixSeconds) -> Result<Envelope<'_>, Rejection> {
        let id = required(headers, header::ID)?;
        let id = MessageId::try_from(id).map_err(|_| Rejection::MalformedId)?;
        let timestamp_text = required(headers, header::TIMESTAMP)?;
        let timestamp = UnixSeconds::from_header(timestamp_text).ok_or(Rejection::MalformedTimestamp)?;
        self.check_age(timestamp, now)?;
        let signatures = self.read_signatures(headers)?;
        Ok(Envelope { verifier: self, id, timestamp, timestamp_text: timestamp_text.clone(), signatures })
    }

    fn check_age(&self, timestamp: UnixSeconds, now: UnixSeconds) -> Result<(), Rejection> {
        let tolerance_s = self.tolerance.as_secs();
        let age_s = now.get().saturating_sub(timestamp.get());
        if age_s > tolerance_s {
            return Err(Rejection::TooOld { age_s, tolerance_s });
        }
        let ahead_s = timestamp.get().saturating_sub(now.get());
        if ahead_s > tolerance_s {
            return Err(Rejection::TooNew { ahead_s, tolerance_s });
        }
        Ok(())
    }

    /// Collects the signatures for which there is a key, from the headers in which there may be some.
    fn read_signatures(&self, headers: &HeaderMap) -> Result<Vec<Signature>, Rejection> {
        let mut found = Found::default();
        let mut missing = None;
        for name in [header::SIGNATURE, header::SIGNATURE_SHA512] {
            if !self.keys.iter().any(|key| key.scheme().header() == name) {
                continue;
            }
            match optional(headers, &name)? {
                Some(value) => self.read_header(&name, value, &mut found)?,
                None => missing = missing.or(Some(name)),
            }
        }
        match (found, missing) {
            (Found { signatures, .. }, _) if !signatures.is_empty() => Ok(signatures),
            (Found { malformed: true, .. }, _) => Err(Rejection::MalformedSignature),
            (Found { entries: 0, .. }, Some(name)) => Err(Rejection::MissingHeader(name)),
            _ => Err(Rejection::UnknownSchemes),
        }
    }

    fn read_header(
        &self,
        name: &HeaderName,
        value: &HeaderValue,
        found: &mut Found,
    ) -> Result<(), Rejection> {
        let bytes = value.as_bytes();
        if bytes.len() > header::SIGNATURE_BYTES_MAX {
            let bytes_max = header::SIGNATURE_BYTES_MAX;
            return Err(Rejection::HeaderTooLong { name: name.clone(), bytes_max });
        }
        let entries = bytes.split(|byte| *byte == b' ').filter(|entry| !entry.is_empty());
        for (index, entry) in entries.enumerate() {
            if index == SIGNATURES_MAX {
                return Err(Rejection::TooManySignatures(name.clone()));
            }
            found.entries += 1;
            let Some((scheme, encoded)) = split_entry(entry) else { continue };
            if scheme.header() != *name || !self.keys.iter().any(|key| key.scheme() == scheme) {
                continue;
            }
            match Signature::decode(scheme, encoded) {
                Some(signature) => found.signatures.push(signature),
                None => found.malformed = true,
            }
        }
        Ok(())
    }
}

impl FromStr for Verifier {
    type Err = VerifierError;

    fn from_str(text: &str) -> Result<Self, VerifierError> {
        let keys = text
            .split_whitespace()
            .take(KEYS_MAX + 1)
            .enumerate()
            .map(|(index, key)| key.parse().map_err(|error| VerifierError::Key(index + 1, error)));
        Self::new(keys.collect::<Result<Vec<_>, _>>()?)
    }
}

/// The headers of a message whose body has not been judged: nothing in it can be relied on yet.
#[derive(Debug)]
pub struct Envelope<'a> {
    verifier: &'a Verifier,
    id: MessageId,
    timestamp: UnixSeconds,
    timestamp_text: HeaderValue,
    signatures: Vec<Signature>,
}

impl Envelope<'_> {
    /// Judges the body's bytes, as they arrived.
    pub fn verify(self, body: &[u8]) -> Result<Verified, Rejection> {
        let content = Content { id: &self.id, timestamp: self.timestamp_text.as_bytes(), body };
        let matching = self.verifier.keys.iter().enumerate().find_map(|(index, key)| {
            let scheme = key.scheme();
            let mut signatures =
                self.signatures.iter().filter(|signature| signature.scheme == scheme).peekable();
            // Without a signature of its scheme the key need not read the body.
            signatures.peek()?;
            key.matches(content, signatures.map(Signature::as_bytes)).then_some((index, scheme))
        });
        let (key_index, scheme) = matching.ok_or(Rejection::NoMatch)?;
        Ok(Verified { id: self.id, timestamp: self.timestamp, scheme, key_index })
    }
}

/// A message that came from someone who holds a key, unaltered, and recently.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The name of the message, which all attempts to deliver it share.
    pub id: MessageId,
    /// When the sender made this attempt.
    pub timestamp: UnixSeconds,
    /// How it was signed.
    pub scheme: Scheme,
    /// Which of the verifier's keys matched, counted from 0: shows when an old one is not needed any more.
    pub key_index: usize,
}

/// What the signature headers hold, so far.
#[derive(Default)]
struct Found {
    signatures: Vec<Signature>,
    /// A scheme that there is a key for, but not a signature.
    malformed: bool,
    entries: usize,
}

/// A signature of a known scheme, decoded.
#[derive(Debug)]
struct Signature {
    scheme: Scheme,
    bytes: [u8; Self::BUFFER_BYTES],
}

impl Signature {
    /// What base64 may touch while it decodes the longest signature, which has 64 bytes.
    const BUFFER_BYTES: usize = 66;

    fn decode(scheme: Scheme, encoded: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::BUFFER_BYTES];
        let length = STANDARD.decode_slice(encoded, &mut bytes).ok()?;
        (length == scheme.signature_bytes()).then_some(Self { scheme, bytes })
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.scheme.signature_bytes()]
    }
}

fn split_entry(entry: &[u8]) -> Option<(Scheme, &[u8])> {
    let comma = entry.iter().position(|byte| *byte == b',')?;
    Some((Scheme::from_token(&entry[..comma])?, &entry[comma + 1..]))
}

fn required(headers: &HeaderMap, name: HeaderName) -> Result<&HeaderValue, Rejection> {
    optional(headers, &name)?.ok_or(Rejection::MissingHeader(name))
}

fn optional<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h HeaderValue>, Rejection> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(Rejection::RepeatedHeader(name.clone())) } else { Ok(first) }
}
