//! How much a response, a host and the client as a whole may use.

use std::time::Duration;

/// The most header fields in the head of an HTTP/1 response. HTTP/2 counts 32 bytes for each field against
/// [`Limits::head_bytes`] instead.
///
/// Not a setting: up to this number the parser needs no memory of its own for them.
pub const RESPONSE_FIELDS_MAX: usize = 100;

/// The bounds of a [`crate::Client`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The head of a response, in bytes; also the read buffer of a connection. 8 KiB to 1 MiB; 32 KiB.
    pub head_bytes: usize,
    /// How much of a response's body is kept, in bytes. Up to 1 MiB; 16 KiB.
    pub body_kept_bytes: usize,
    /// How much of a response's body is read, in bytes, so that the connection can be used again. A body
    /// that goes on is cut off, and its connection closed. At least `body_kept_bytes`, up to 16 MiB; 64 KiB.
    pub body_read_bytes: usize,
    /// Open connections over all hosts, those being opened included. At the bound, connections that idle are
    /// closed to make room; the limit of open files of the process should be well above. 1 to 65,536; 4,096.
    pub connections: usize,
    /// Idle connections to one host that are kept for the next request. Up to `connections`; 128.
    pub idle_per_host: usize,
    /// How long a connection may idle before it is closed. 100 ms to 10 minutes; 30 s.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 32 * 1024,
            body_kept_bytes: 16 * 1024,
            body_read_bytes: 64 * 1024,
            connections: 4096,
            idle_per_host: 128,
            idle: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// Whether every limit is within its own bounds.
    pub fn check(&self) -> Result<(), LimitRefusal> {
        let within = |name, given, min, max| {
            if (min..=max).contains(&given) { Ok(()) } else { Err(LimitRefusal { name, given, min, max }) }
        };
        within("head_bytes", self.head_bytes, 8 << 10, 1 << 20)?;
        within("body_kept_bytes", self.body_kept_bytes, 0, 1 << 20)?;
        within("body_read_bytes", self.body_read_bytes, self.body_kept_bytes, 16 << 20)?;
        within("connections", self.connections, 1, 65_536)?;
        within("idle_per_host", self.idle_per_host, 0, self.connections)?;
        let idle_ms = usize::try_from(self.idle.as_millis()).unwrap_or(usize::MAX);
        within("idle_ms", idle_ms, 100, 600_000)
    }

    /// What a connection may send us for one request: its head (twice, for interim responses), the body that
    /// we are willing to read, and a buffer's worth that was under way when we stopped.
    pub(crate) fn grant_bytes(&self) -> u64 {
        (3 * self.head_bytes + self.body_read_bytes + FRAMING_BYTES) as u64
    }
}

/// Room for chunk headers, HTTP/2 frame headers, settings and pings.
const FRAMING_BYTES: usize = 16 * 1024;

/// A limit outside its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} of {given} is not between {min} and {max}")]
pub struct LimitRefusal {
    /// Which limit.
    pub name: &'static str,
    /// What was asked for.
    pub given: usize,
    /// The least that it may be.
    pub min: usize,
    /// The most that it may be.
    pub max: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_their_bounds() {
        assert_eq!(Limits::default().check(), Ok(()));
    }

    #[test]
    fn a_limit_out_of_bounds_is_named_with_its_bounds() {
        let refusal = Limits { head_bytes: 100, ..Limits::default() }.check().unwrap_err();
        assert_eq!(refusal.to_string(), "head_bytes of 100 is not between 8192 and 1048576");
        assert!(Limits { body_read_bytes: 1, ..Limits::default() }.check().is_err());
        assert!(Limits { idle: Duration::ZERO, ..Limits::default() }.check().is_err());
    }
}
