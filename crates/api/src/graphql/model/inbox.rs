//! Throw-away receivers in the server itself.

use std::sync::Arc;
use std::time::Duration;

use app::inboxes::{self, Answered, URL_PREFIX};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::attempt::ResponseHeader;
use super::delivery::Delivery;
use super::scalars::DateTime;
use crate::graphql::connection::times;
use crate::graphql::entity::Entity;
use crate::graphql::errors::plain;
use crate::graphql::scope::{CtxExt, Scope};

/// Whether a signature is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "app::inboxes::Verdict")]
pub(crate) enum SignatureVerdict {
    /// It is.
    Valid,
    /// It is not.
    Invalid,
    /// There is none.
    Unsigned,
    /// Nobody here knows who would have signed it: `webhook-id` names no delivery and no test of the tenant.
    NoSubscription,
}

/// Whether a request is signed as a receiver would want it.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SignatureCheck {
    /// Whether it is.
    verdict: SignatureVerdict,
    /// In words for people.
    message: String,
    /// The id of the subscription whose secrets it was checked with.
    subscription_id: Option<ID>,
}

/// What an inbox answers.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct InboxResponse {
    /// The status.
    status: u16,
    /// How often it is given before the next one follows; the last one stays.
    times: u32,
    /// How long it takes to answer, in milliseconds.
    delay_ms: u64,
    /// Headers.
    headers: Vec<ResponseHeader>,
    /// The body.
    body: String,
}

/// What an inbox answered.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct InboxAnswer {
    /// The status.
    status: u16,
    /// How long it took to answer, in milliseconds.
    delay_ms: u64,
}

/// A request as it arrived in an inbox.
#[derive(Debug, Clone)]
pub(crate) struct InboxRequest {
    inbox: String,
    request: Arc<inboxes::InboxRequest>,
}

/// A request as it arrived in an inbox.
#[Object]
impl InboxRequest {
    /// Names it, within this server.
    async fn id(&self) -> ID {
        format!("{}.{}", self.inbox, self.request.number).into()
    }

    /// The id of the inbox.
    async fn inbox_id(&self) -> ID {
        self.inbox.clone().into()
    }

    /// Which one it was of those that the inbox received, from 1.
    async fn number(&self) -> u64 {
        self.request.number
    }

    /// When it came.
    async fn received_at(&self) -> DateTime {
        self.request.received_at.into()
    }

    /// How it was made: `POST`.
    async fn method(&self) -> &str {
        &self.request.method
    }

    /// Where in the inbox: path and query.
    async fn path(&self) -> &str {
        &self.request.path
    }

    /// The headers, in order.
    async fn headers(&self) -> Vec<ResponseHeader> {
        self.request.headers.iter().map(ResponseHeader::from).collect()
    }

    /// The body as text, if it is UTF-8.
    async fn body_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.request.body).ok()
    }

    /// The body, byte for byte, in base64.
    async fn body_base64(&self) -> String {
        STANDARD.encode(&self.request.body)
    }

    /// How many bytes the body has.
    async fn body_bytes(&self) -> usize {
        self.request.body.len()
    }

    /// Whether it is signed as a receiver would want it.
    async fn signature(&self) -> SignatureCheck {
        let check = &self.request.check;
        SignatureCheck {
            verdict: check.verdict.into(),
            message: check.message.clone(),
            subscription_id: check.subscription.map(Into::into),
        }
    }

    /// The id of the delivery that it belongs to, if it is one.
    async fn delivery_id(&self) -> Option<ID> {
        self.request.check.delivery.map(Into::into)
    }

    /// The delivery that it belongs to, if it is one.
    async fn delivery(&self, ctx: &Context<'_>) -> Result<Option<Delivery>> {
        match &self.request.check.delivery {
            Some(id) => Delivery::load(ctx.scope(), id).await,
            None => Ok(None),
        }
    }

    /// What it was answered with.
    async fn response(&self) -> InboxAnswer {
        let Answered { status, delay } = self.request.answered;
        InboxAnswer { status, delay_ms: millis(delay) }
    }
}

/// A throw-away receiver in the server itself. It lives in the memory of the server, and goes away when that stops.
#[derive(Debug, Clone)]
pub(crate) struct Inbox(pub(crate) inboxes::Inbox);

/// A throw-away receiver in the server itself. It lives in the memory of the server, and goes away when that stops.
#[Object]
impl Inbox {
    /// Names it. It cannot be guessed.
    async fn id(&self) -> &str {
        &self.0.id
    }

    /// What a subscription takes as its `endpoint`. It means nothing outside of this server.
    async fn url(&self) -> String {
        format!("{URL_PREFIX}{}", self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it goes away.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// What it answers, one after the other; the last one from then on.
    async fn responses(&self) -> Vec<InboxResponse> {
        self.0.script.replies().iter().map(InboxResponse::from).collect()
    }

    /// How many requests it has received.
    async fn received(&self) -> u64 {
        self.0.received
    }

    /// How many of them it still has: the last 100, fewer if they are large.
    async fn kept(&self) -> usize {
        self.0.kept
    }

    /// What it has received, newest first.
    #[graphql(complexity = "times(first.map_or(20, |first| usize::from(first.min(100))), child_complexity)")]
    async fn requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many: by default 20, at most 100.")] first: Option<u16>,
        #[graphql(desc = "Only those with a smaller number.")] before: Option<u64>,
    ) -> Result<Vec<InboxRequest>> {
        let scope = ctx.scope();
        let limit = first.map_or(20, |first| usize::from(first.min(100)));
        let found = scope.app().inbox_requests(scope.request(), &self.0.id, before, limit);
        let found = found.map_err(|error| plain(error, scope.request_id()))?;
        found.into_iter().map(|request| InboxRequest::charged(scope, &self.0.id, request)).collect()
    }
}

impl InboxRequest {
    /// Itself, once its content is counted as loaded.
    pub(crate) fn charged(scope: &Scope, inbox: &str, request: Arc<inboxes::InboxRequest>) -> Result<Self> {
        // As text and as base64.
        scope.charge(request.body.len() * 7 / 3)?;
        Ok(Self { inbox: inbox.to_owned(), request })
    }
}

impl From<&inboxes::Reply> for InboxResponse {
    fn from(reply: &inboxes::Reply) -> Self {
        Self {
            status: reply.status,
            times: reply.times,
            delay_ms: millis(reply.delay),
            headers: reply.headers.iter().map(ResponseHeader::from).collect(),
            body: reply.body.clone(),
        }
    }
}

fn millis(delay: Duration) -> u64 {
    u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)
}
