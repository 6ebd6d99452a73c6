//! One HTTP request of a delivery, and what came back.

use serde::{Deserialize, Serialize};

use crate::policy::RetryPolicy;
use crate::stream::Sequence;
use crate::time::Timestamp;

/// What is remembered of one HTTP request. There is one record for each request that was made, and none beyond; except
/// that one which was interrupted by the end of the process may not have been made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The first attempt of a delivery has 1.
    pub number: u32,
    /// Why it was made.
    pub trigger: Trigger,
    /// When it started.
    pub started_at: Timestamp,
    /// How long it took.
    pub phases: Phases,
    /// The version of the subscription whose settings it used.
    pub subscription_version: Sequence,
    /// The address that was connected to, as far as it got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// SHA-256 of the exact body that was sent, in lower-case hex.
    pub body_sha256: String,
    /// What came back.
    pub answer: Answer,
}

/// Why an attempt was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// It was due.
    Schedule,
    /// Somebody asked for it.
    Manual,
    /// Somebody wanted to see what comes back: no delivery, and counted nowhere.
    Test,
}

/// How long an attempt took, in microseconds. Phases that did not happen, as on a reused connection, are absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases {
    /// Looking the name up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_us: Option<u64>,
    /// Connecting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_us: Option<u64>,
    /// Agreeing on keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_us: Option<u64>,
    /// From the request to the first byte of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_us: Option<u64>,
    /// All of it, from the start to the end of the response.
    pub total_us: u64,
}

/// What came back from an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// An HTTP response.
    Response {
        /// Its status.
        status: u16,
        /// Its headers, in order; credentials are blanked.
        headers: Vec<(String, String)>,
        /// The start of its body, at most 16 KiB; what is not UTF-8 is replaced.
        body: String,
        /// Whether there was more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        truncated: bool,
    },
    /// None, because of this.
    Failure {
        /// The error class: stable, lower case, such as `connect_refused`.
        class: String,
        /// What happened, for people.
        message: String,
    },
}

impl Attempt {
    /// The error class of a request that was under way when the process died.
    pub const INTERRUPTED: &str = "interrupted";

    /// What is known of the answer to such a request.
    pub fn interrupted() -> Answer {
        Answer::Failure {
            class: Self::INTERRUPTED.to_owned(),
            message: "Hookledger ended while the request was under way; what came of it is not known."
                .to_owned(),
        }
    }
}

impl Answer {
    /// The error class of an attempt whose event cannot be cast to the version that is wanted.
    pub const NOT_CASTABLE: &'static str = "not_castable";
    /// The most bytes of a response's body that are kept.
    pub const BODY_BYTES_MAX: usize = 16 * 1_024;

    /// The status, if there was a response.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Response { status, .. } => Some(*status),
            Self::Failure { .. } => None,
        }
    }

    /// Whether it is a response of 2xx.
    pub const fn is_success(&self) -> bool {
        matches!(self.status(), Some(200..=299))
    }

    /// Whether no request was made, since there is nothing to send: no fault of the endpoint.
    pub fn is_not_castable(&self) -> bool {
        matches!(self, Self::Failure { class, .. } if class == Self::NOT_CASTABLE)
    }

    /// What an answer other than 2xx means under `policy`.
    pub fn verdict(&self, policy: &RetryPolicy) -> Verdict {
        match self.status() {
            None if self.is_not_castable() => Verdict::NotCastable,
            Some(410) => Verdict::Gone,
            Some(status) if policy.is_final(status) => Verdict::Final(status),
            // Redirects are not followed: 3xx fails like any other answer.
            Some(_) | None => Verdict::Retryable,
        }
    }
}

/// What an answer means that is no success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Worth another try.
    Retryable,
    /// No retry can change it, by the policy.
    Final(u16),
    /// 410: the endpoint wants nothing any more.
    Gone,
    /// The event cannot be sent in the way that is wanted, however often it is tried.
    NotCastable,
}
