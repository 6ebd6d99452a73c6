//! What an inbox answers: one reply after the other, and the last one from then on.

use std::time::Duration;

/// What an inbox answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status: 200 to 599.
    pub status: u16,
    /// How often, before the next one follows: 1 to 1,000. The last one stays.
    pub times: u32,
    /// How long it takes to answer, at most 30 s.
    pub delay: Duration,
    /// Headers, at most 20.
    pub headers: Vec<(String, String)>,
    /// The body, at most 16 KiB.
    pub body: String,
}

impl Default for Reply {
    fn default() -> Self {
        Self { status: 204, times: 1, delay: Duration::ZERO, headers: Vec::new(), body: String::new() }
    }
}

/// One reply after the other: at most 20, the last of which stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script(Vec<Reply>);

/// Why replies make no script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// None, or too many.
    #[error("{found} responses given, between 1 and {max} are allowed", max = Script::REPLIES_MAX)]
    Count {
        /// How many there are.
        found: usize,
    },
    /// A status that is none, or that ends no request.
    #[error("the status of a response must lie between 200 and 599, not be {found}")]
    Status {
        /// What was given.
        found: u16,
    },
    /// Never, or too often.
    #[error("a response is given between 1 and {max} times", max = Script::TIMES_MAX)]
    Times,
    /// Too slow.
    #[error("a response is delayed by at most {} ms", Script::DELAY_MAX.as_millis())]
    Delay,
    /// A header that is none, or one that HTTP itself sets; or too many.
    #[error("a response has at most {max} headers of visible ASCII, and not those that HTTP itself sets", max = Script::HEADERS_MAX)]
    Header,
    /// Too much of it.
    #[error("the body of a response has at most {max} bytes", max = Script::BODY_BYTES_MAX)]
    Body,
    /// Too much of all of them.
    #[error("all responses together have at most {max} bytes of bodies and headers", max = Script::BYTES_MAX)]
    TooLarge,
}

impl Script {
    /// The most replies.
    pub const REPLIES_MAX: usize = 20;
    /// How often one reply can follow itself.
    pub const TIMES_MAX: u32 = 1_000;
    /// The longest delay of a reply.
    pub const DELAY_MAX: Duration = Duration::from_secs(30);
    /// The most headers of a reply.
    pub const HEADERS_MAX: usize = 20;
    /// The most bytes of a reply's body.
    pub const BODY_BYTES_MAX: usize = 16 << 10;

    /// The most bytes of all replies together, their headers counted.
    pub const BYTES_MAX: usize = 32 << 10;

    /// Checks replies.
    pub fn new(replies: Vec<Reply>) -> Result<Self, ScriptError> {
        if !(1..=Self::REPLIES_MAX).contains(&replies.len()) {
            return Err(ScriptError::Count { found: replies.len() });
        }
        replies.iter().try_for_each(check)?;
        if replies.iter().map(bytes).sum::<usize>() > Self::BYTES_MAX {
            return Err(ScriptError::TooLarge);
        }
        Ok(Self(replies))
    }

    /// The replies.
    pub fn replies(&self) -> &[Reply] {
        &self.0
    }

    /// What the request with this number is answered with, from 1.
    pub(super) fn reply(&self, number: u64) -> &Reply {
        let mut left = number;
        for reply in &self.0 {
            if left <= u64::from(reply.times) {
                return reply;
            }
            left -= u64::from(reply.times);
        }
        self.0.last().expect("a script has a reply")
    }
}

impl Default for Script {
    fn default() -> Self {
        Self(vec![Reply::default()])
    }
}

fn bytes(reply: &Reply) -> usize {
    reply.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() + reply.body.len()
}

fn check(reply: &Reply) -> Result<(), ScriptError> {
    if !(200..=599).contains(&reply.status) {
        return Err(ScriptError::Status { found: reply.status });
    }
    if !(1..=Script::TIMES_MAX).contains(&reply.times) {
        return Err(ScriptError::Times);
    }
    if reply.delay > Script::DELAY_MAX {
        return Err(ScriptError::Delay);
    }
    if reply.body.len() > Script::BODY_BYTES_MAX {
        return Err(ScriptError::Body);
    }
    let good = |(name, value): &(String, String)| {
        let framing = ["content-length", "transfer-encoding", "connection", "upgrade", "trailer"];
        let name = name.to_ascii_lowercase();
        !framing.contains(&name.as_str())
            && (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && value.len() <= 1_024
            && value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
    };
    if reply.headers.len() <= Script::HEADERS_MAX && reply.headers.iter().all(good) {
        Ok(())
    } else {
        Err(ScriptError::Header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, times: u32) -> Reply {
        Reply { status, times, ..Reply::default() }
    }

    #[test]
    fn twice_503_and_then_200_for_good() {
        let script = Script::new(vec![reply(503, 2), reply(200, 1)]).unwrap();
        let statuses: Vec<_> = (1..=5).map(|number| script.reply(number).status).collect();
        assert_eq!(statuses, [503, 503, 200, 200, 200]);
    }

    #[test]
    fn what_ends_no_request_or_breaks_http_is_refused() {
        assert_eq!(Script::new(vec![]), Err(ScriptError::Count { found: 0 }));
        assert_eq!(Script::new(vec![reply(100, 1)]), Err(ScriptError::Status { found: 100 }));
        assert_eq!(Script::new(vec![reply(200, 0)]), Err(ScriptError::Times));
        let slow = Reply { delay: Duration::from_secs(31), ..Reply::default() };
        assert_eq!(Script::new(vec![slow]), Err(ScriptError::Delay));
        let large = Reply { body: "x".repeat(Script::BODY_BYTES_MAX), ..Reply::default() };
        assert_eq!(Script::new(vec![large; 3]), Err(ScriptError::TooLarge));
        for (name, value) in [("content-length", "7"), ("x-a", "b\r\nx-c: d"), ("", "b")] {
            let headers = vec![(name.to_owned(), value.to_owned())];
            let refused = Script::new(vec![Reply { headers, ..Reply::default() }]);
            assert_eq!(refused, Err(ScriptError::Header), "{name}");
        }
    }
}
