//! What people do with inboxes, and what arrives there.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Scope, TenantId};
use http::HeaderMap;
use tokio::sync::watch;

use super::inbox::Kept;
use super::verify::Sender;
use super::{Answered, Inbox, InboxRequest, LIFETIME, Refusal, Reply, Script};
use crate::app::App;
use crate::error::Error;
use crate::request::Request;

/// How long an inbox lives unless somebody says.
const LIFETIME_DEFAULT: Duration = Duration::from_hours(24);
/// The most characters of a name.
const NAME_CHARS_MAX: usize = 128;

/// A wish for an inbox, or for a change of one: what is none is as it is, or as usual.
#[derive(Debug, Clone, Default)]
pub struct NewInbox {
    /// What people call it.
    pub name: Option<String>,
    /// How long it lives from now on.
    pub lifetime: Option<Duration>,
    /// What it answers, from the next request on.
    pub script: Option<Script>,
}

/// A request that arrives.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// How it was made.
    pub method: String,
    /// The path, which begins with the inbox's id, and the query.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The exact body.
    pub body: Vec<u8>,
}

/// Follows what arrives in an inbox, until it goes away.
#[derive(Debug)]
pub struct InboxChanges {
    app: App,
    tenant: TenantId,
    id: String,
    news: watch::Receiver<u64>,
    told: u64,
}

/// Messages that are on their way without being deliveries, and who sends them.
#[derive(Debug, Default)]
pub(crate) struct Expected(Mutex<HashMap<String, Sender>>);

impl Expected {
    /// A message is on its way.
    pub(crate) fn expect(&self, message: &str, sender: Sender) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(message.to_owned(), sender);
    }

    /// It is no more.
    pub(crate) fn forget(&self, message: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(message);
    }

    pub(super) fn get(&self, message: &str) -> Option<Sender> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(message).cloned()
    }
}

impl NewInbox {
    fn check(&self) -> Result<(), Refusal> {
        if self.lifetime.is_some_and(|lifetime| !LIFETIME.contains(&lifetime)) {
            return Err(Refusal::Lifetime);
        }
        let name = self.name.as_deref().unwrap_or_default();
        if name.chars().count() <= NAME_CHARS_MAX { Ok(()) } else { Err(Refusal::Name) }
    }
}

impl App {
    /// Makes an inbox. Needs the scope `manage`.
    pub fn create_inbox(&self, request: &Request, new: NewInbox) -> Result<Inbox, Error<Refusal>> {
        request.need(Scope::Manage)?;
        new.check().map_err(Error::Refused)?;
        // 128 bits: whoever does not know it cannot guess it.
        let id = self.draw(|rng| {
            let mut bytes = [0; 16];
            rng.fill_bytes(&mut bytes);
            format!("inb_{}", hex::encode(bytes))
        });
        let now = self.clock().now();
        let expires_at = now.after(new.lifetime.unwrap_or(LIFETIME_DEFAULT));
        let mut inbox = Kept::new(request.tenant(), new.name.unwrap_or_default(), now, expires_at);
        inbox.script = new.script.unwrap_or_default();
        let shown = inbox.shown(&id);
        self.desk().open(now).add(id, inbox).map_err(Error::Refused)?;
        Ok(shown)
    }

    /// Changes an inbox; a new script begins with its first reply. Needs the scope `manage`.
    pub fn update_inbox(&self, request: &Request, id: &str, new: NewInbox) -> Result<Inbox, Error<Refusal>> {
        new.check().map_err(Error::Refused)?;
        let now = self.clock().now();
        self.with_inbox(request, id, |inbox| {
            inbox.name = new.name.unwrap_or_else(|| std::mem::take(&mut inbox.name));
            inbox.expires_at = new.lifetime.map_or(inbox.expires_at, |lifetime| now.after(lifetime));
            if let Some(script) = new.script {
                inbox.script = script;
                inbox.answered = 0;
            }
        })
    }

    /// Forgets what an inbox has received. Needs the scope `manage`.
    pub fn clear_inbox(&self, request: &Request, id: &str) -> Result<Inbox, Error<Refusal>> {
        self.with_inbox(request, id, Kept::clear)
    }

    /// Removes an inbox with all that it has received. Needs the scope `manage`.
    pub fn delete_inbox(&self, request: &Request, id: &str) -> Result<(), Error<Refusal>> {
        request.need(Scope::Manage)?;
        let removed = self.desk().open(self.clock().now()).remove(request.tenant(), id);
        if removed { Ok(()) } else { Err(Error::Refused(Refusal::NotFound)) }
    }

    /// The inboxes of the tenant, newest first. Needs the scope `read`.
    pub fn inboxes(&self, request: &Request) -> Result<Vec<Inbox>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let open = self.desk().open(self.clock().now());
        Ok(open.all(request.tenant()).into_iter().map(|(id, inbox)| inbox.shown(id)).collect())
    }

    /// The inbox with this id. Needs the scope `read`.
    pub fn inbox(&self, request: &Request, id: &str) -> Result<Option<Inbox>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let mut open = self.desk().open(self.clock().now());
        Ok(open.of(request.tenant(), id).map(|inbox| inbox.shown(id)))
    }

    /// What an inbox has received, newest first: at most `limit` requests with numbers below `before`. Needs the scope
    /// `read`.
    pub fn inbox_requests(
        &self,
        request: &Request,
        id: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Arc<InboxRequest>>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let mut open = self.desk().open(self.clock().now());
        Ok(open.of(request.tenant(), id).map_or_else(Vec::new, |inbox| inbox.page(before, limit)))
    }

    /// Follows what arrives in an inbox from now on; none if there is no such inbox. Needs the scope `read`.
    pub fn follow_inbox(
        &self,
        request: &Request,
        id: &str,
    ) -> Result<Option<InboxChanges>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let mut open = self.desk().open(self.clock().now());
        let Some(inbox) = open.of(request.tenant(), id) else { return Ok(None) };
        let (news, told) = (inbox.news.subscribe(), inbox.received);
        Ok(Some(InboxChanges { app: self.clone(), tenant: request.tenant(), id: id.to_owned(), news, told }))
    }

    /// Something arrives at an inbox: keeps it, and says what to answer; none if there is no such inbox.
    pub async fn receive(&self, incoming: Incoming) -> Option<Reply> {
        let id =
            incoming.path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default().to_owned();
        let (tenant, reply) = {
            let mut open = self.desk().open(self.clock().now());
            let inbox = open.any(&id)?;
            (inbox.tenant, inbox.answer())
        };
        let check = self.check_arrived(tenant, &incoming.headers, &incoming.body).await;
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let now = self.clock().now();
        let request = InboxRequest {
            number: 0,
            received_at: now,
            method: incoming.method,
            path: incoming.path,
            headers: incoming.headers.iter().map(header).collect(),
            body: incoming.body,
            check,
            answered: Answered { status: reply.status, delay: reply.delay },
        };
        self.desk().open(now).keep(&id, request)?;
        Some(reply)
    }

    fn with_inbox(
        &self,
        request: &Request,
        id: &str,
        act: impl FnOnce(&mut Kept),
    ) -> Result<Inbox, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let mut open = self.desk().open(self.clock().now());
        let inbox = open.of(request.tenant(), id).ok_or(Error::Refused(Refusal::NotFound))?;
        act(inbox);
        Ok(inbox.shown(id))
    }
}

impl InboxChanges {
    /// The next requests, oldest first, once there are any, and how many were lost between; none once the inbox is gone.
    pub async fn next(&mut self) -> Option<(u64, Vec<Arc<InboxRequest>>)> {
        loop {
            let received = *self.news.borrow_and_update();
            if received > self.told {
                let mut open = self.app.desk().open(self.app.clock().now());
                let new = open.of(self.tenant, &self.id)?.after(self.told);
                let lost = (received - self.told).saturating_sub(new.len() as u64);
                self.told = received.max(new.last().map_or(0, |last| last.number));
                return Some((lost, new));
            }
            self.news.changed().await.ok()?;
        }
    }
}
