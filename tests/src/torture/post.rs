//! Subscriptions and their receivers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::desk::TYPES;
use crate::api::Api;
use crate::{Answer, Receiver};

/// The flaky receiver fails when the size of a body is a multiple of this: for a fifth of what it gets.
const FLAKY_EVERY: usize = 5;

/// How an integrator behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Takes everything at once.
    Steady,
    /// Takes everything, each after a moment, so that some are always under way.
    Slow,
    /// Fails the first attempt of some deliveries.
    Flaky,
    /// Takes one type of events, and fails all attempts of the other.
    Choosy,
}

/// A subscription and its receiver.
pub struct Post {
    /// How it behaves.
    pub manner: Manner,
    /// The other end.
    pub receiver: Arc<Receiver>,
    /// The subscription's id; empty until it is made.
    pub id: String,
    /// What it signs with.
    pub secret: String,
}

impl Manner {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Steady, Self::Slow, Self::Flaky, Self::Choosy];

    /// Whether it wants events of this type.
    pub fn wants(self, event_type: &str) -> bool {
        match self {
            Self::Steady | Self::Slow | Self::Flaky => event_type == TYPES[0],
            Self::Choosy => TYPES.contains(&event_type),
        }
    }

    /// How long to wait before each retry, in milliseconds.
    pub const fn delays_ms(self) -> &'static [u64] {
        match self {
            Self::Steady | Self::Slow | Self::Flaky => &[20, 40, 80, 160, 320, 640],
            Self::Choosy => &[10, 30],
        }
    }

    const fn concurrency(self) -> u32 {
        match self {
            Self::Steady | Self::Flaky | Self::Choosy => 16,
            Self::Slow => 48,
        }
    }
}

impl Post {
    /// A receiver that nobody has subscribed yet.
    pub async fn start(manner: Manner) -> Self {
        let receiver = Receiver::start().await;
        match manner {
            Manner::Steady => {}
            Manner::Slow => receiver.answer_slowly(Duration::from_millis(30)),
            Manner::Flaky => receiver.answer_by(|body, before| {
                let fails = before == 0 && body.len().is_multiple_of(FLAKY_EVERY);
                Answer::status(if fails { 500 } else { 204 })
            }),
            Manner::Choosy => receiver.answer_by(|body, _| {
                let fails = String::from_utf8_lossy(body).contains(TYPES[1]);
                Answer::status(if fails { 500 } else { 204 })
            }),
        }
        Self { manner, receiver: Arc::new(receiver), id: String::new(), secret: String::new() }
    }

    /// Subscribes it.
    pub async fn subscribe(&mut self, api: &Api) {
        let input = json!({
            "endpoint": self.receiver.url(),
            "eventTypes": TYPES.iter().filter(|name| self.manner.wants(name)).collect::<Vec<_>>(),
            "limits": { "concurrency": self.manner.concurrency() },
            "retryPolicy": { "backoff": { "delaysMs": self.manner.delays_ms() } },
        });
        let subscription = api.subscribe(input).await;
        (self.id, self.secret) = (subscription.id, subscription.secret);
    }
}
