//! One receiver, and what it has received.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use domain::{TenantId, Timestamp};
use tokio::sync::watch;

use super::script::{Reply, Script};
use super::verify::Check;
use super::{INBOX_BYTES_MAX, REQUESTS_KEPT};

/// A receiver as it is now, without what it received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// Names it; whoever knows it can deliver to it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it goes away.
    pub expires_at: Timestamp,
    /// What it answers.
    pub script: Script,
    /// How many requests it has received.
    pub received: u64,
    /// How many of them it still has.
    pub kept: usize,
}

/// A request as it arrived, and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRequest {
    /// Which one it was, from 1.
    pub number: u64,
    /// When it came.
    pub received_at: Timestamp,
    /// How it was made.
    pub method: String,
    /// Where in the inbox.
    pub path: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The exact body.
    pub body: Vec<u8>,
    /// Whether its signature is good.
    pub check: Check,
    /// What it was answered with.
    pub answered: Answered,
}

/// What a request was answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// How long that took.
    pub delay: Duration,
}

impl InboxRequest {
    /// About how many bytes it takes in memory.
    fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        size_of::<Self>() + self.path.len() + headers + self.body.len()
    }
}

/// What the desk keeps of an inbox.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) tenant: TenantId,
    pub(super) name: String,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) script: Script,
    /// Requests since the script was set: the script starts anew with it.
    pub(super) answered: u64,
    pub(super) received: u64,
    requests: VecDeque<Arc<InboxRequest>>,
    pub(super) bytes: usize,
    /// Tells how many requests it has received.
    pub(super) news: watch::Sender<u64>,
}

impl Kept {
    pub(super) fn new(tenant: TenantId, name: String, created_at: Timestamp, expires_at: Timestamp) -> Self {
        Self {
            tenant,
            name,
            created_at,
            expires_at,
            script: Script::default(),
            answered: 0,
            received: 0,
            requests: VecDeque::new(),
            bytes: 0,
            news: watch::Sender::new(0),
        }
    }

    /// The next reply of the script.
    pub(super) fn answer(&mut self) -> Reply {
        self.answered += 1;
        self.script.reply(self.answered).clone()
    }

    /// Keeps a request; older ones go to make room.
    pub(super) fn keep(&mut self, mut request: InboxRequest) {
        self.received += 1;
        request.number = self.received;
        self.bytes += request.bytes();
        self.requests.push_back(Arc::new(request));
        while self.requests.len() > REQUESTS_KEPT || self.bytes > INBOX_BYTES_MAX {
            self.forget_oldest();
        }
        self.news.send_replace(self.received);
    }

    /// Forgets the oldest request.
    pub(super) fn forget_oldest(&mut self) {
        let gone = self.requests.pop_front();
        self.bytes -= gone.map_or(0, |gone| gone.bytes());
    }

    /// Forgets what it has received.
    pub(super) fn clear(&mut self) {
        self.requests.clear();
        self.bytes = 0;
        self.news.send_replace(self.received);
    }

    /// Requests with numbers above `after`, oldest first.
    pub(super) fn after(&self, after: u64) -> Vec<Arc<InboxRequest>> {
        self.requests.iter().filter(|request| request.number > after).cloned().collect()
    }

    /// At most `limit` requests with numbers below `before`, newest first.
    pub(super) fn page(&self, before: Option<u64>, limit: usize) -> Vec<Arc<InboxRequest>> {
        let earlier =
            self.requests.iter().rev().filter(|kept| before.is_none_or(|before| kept.number < before));
        earlier.take(limit).cloned().collect()
    }

    pub(super) fn shown(&self, id: &str) -> Inbox {
        Inbox {
            id: id.to_owned(),
            name: self.name.clone(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            script: self.script.clone(),
            received: self.received,
            kept: self.requests.len(),
        }
    }
}
