//! Making inboxes, and what they answer.

use std::time::Duration;

use app::inboxes::{NewInbox, Refusal, Reply, Script};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::payload::settle;
use crate::graphql::model::inbox::Inbox;
use crate::graphql::model::refusal::{Refusal as RefusalData, Refusals, refused};
use crate::graphql::scope::{CtxExt, Scope};

/// A header that an inbox answers with.
#[derive(InputObject)]
struct InboxHeaderInput {
    /// Its name; not one that HTTP itself sets.
    name: String,
    /// Its value: visible ASCII, at most 1,024 characters.
    value: String,
}

/// What an inbox answers. `[{status: 503, times: 2}, {status: 200}]` fails twice and is well from then on.
#[derive(InputObject)]
struct InboxResponseInput {
    /// The status: 200 to 599.
    #[graphql(default = 204)]
    status: u16,
    /// How often, before the next one follows: 1 to 1,000. The last one stays.
    #[graphql(default = 1)]
    times: u32,
    /// How long it takes to answer, in milliseconds: at most 30,000.
    #[graphql(default = 0)]
    delay_ms: u32,
    /// Headers, at most 20.
    headers: Option<Vec<InboxHeaderInput>>,
    /// The body, at most 16 KiB.
    body: Option<String>,
}

/// An inbox to make.
#[derive(InputObject)]
struct CreateInboxInput {
    /// What people shall call it: at most 128 characters.
    name: Option<String>,
    /// How long it lives, in minutes: 1 to 10,080 (7 days), by default 1,440.
    lifetime_minutes: Option<u32>,
    /// What it answers, one after the other: 1 to 20 responses; 204 for good, if left out.
    responses: Option<Vec<InboxResponseInput>>,
}

/// Changes of an inbox. What is left out stays as it is.
#[derive(InputObject)]
struct UpdateInboxInput {
    /// Its id.
    id: ID,
    /// What people shall call it: at most 128 characters.
    name: Option<String>,
    /// How long it lives from now on, in minutes: 1 to 10,080 (7 days).
    lifetime_minutes: Option<u32>,
    /// What it answers from the next request on, beginning with the first of them.
    responses: Option<Vec<InboxResponseInput>>,
}

/// Which inbox is meant.
#[derive(InputObject)]
struct InboxInput {
    /// Its id.
    id: ID,
}

/// What became of an inbox.
#[derive(Default, SimpleObject)]
struct InboxPayload {
    /// Whether it was done.
    ok: bool,
    /// The inbox, as it is now; none if it was deleted.
    inbox: Option<Inbox>,
    /// Why it was not done; empty if `ok`.
    refusals: Vec<RefusalData>,
}

#[derive(Default)]
pub(crate) struct InboxMutations;

#[Object]
impl InboxMutations {
    /// Makes a throw-away receiver in the server: a URL that a subscription can use, which keeps what arrives and answers as
    /// it is told to.
    ///
    /// Needs the scope `MANAGE`. At most 20 of a tenant.
    async fn create_inbox(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The inbox.")] input: CreateInboxInput,
    ) -> Result<InboxPayload> {
        let scope = ctx.scope();
        let new = match wish(input.name, input.lifetime_minutes, input.responses) {
            Ok(new) => new,
            Err(refusals) => return Ok(InboxPayload { refusals, ..InboxPayload::default() }),
        };
        let made = scope.app().create_inbox(scope.request(), new);
        payload(made.map(Some), scope)
    }

    /// Changes an inbox: what it is called, how long it lives, what it answers.
    ///
    /// Needs the scope `MANAGE`.
    async fn update_inbox(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The inbox and its changes.")] input: UpdateInboxInput,
    ) -> Result<InboxPayload> {
        let scope = ctx.scope();
        let new = match wish(input.name, input.lifetime_minutes, input.responses) {
            Ok(new) => new,
            Err(refusals) => return Ok(InboxPayload { refusals, ..InboxPayload::default() }),
        };
        let changed = scope.app().update_inbox(scope.request(), &input.id, new);
        payload(changed.map(Some), scope)
    }

    /// Forgets what an inbox has received.
    ///
    /// Needs the scope `MANAGE`.
    async fn clear_inbox(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The inbox.")] input: InboxInput,
    ) -> Result<InboxPayload> {
        let scope = ctx.scope();
        payload(scope.app().clear_inbox(scope.request(), &input.id).map(Some), scope)
    }

    /// Removes an inbox with all that it has received. What is delivered to it from then on is answered with 404.
    ///
    /// Needs the scope `MANAGE`.
    async fn delete_inbox(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The inbox.")] input: InboxInput,
    ) -> Result<InboxPayload> {
        let scope = ctx.scope();
        payload(scope.app().delete_inbox(scope.request(), &input.id).map(|()| None), scope)
    }
}

fn payload(
    result: Result<Option<app::inboxes::Inbox>, app::Error<Refusal>>,
    scope: &Scope,
) -> Result<InboxPayload> {
    Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
        Ok(inbox) => InboxPayload { ok: true, inbox: inbox.map(Inbox), refusals: Vec::new() },
        Err(refusals) => InboxPayload { refusals, ..InboxPayload::default() },
    })
}

/// Which argument a refusal is about.
const fn field(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound => "id",
        Refusal::TooMany { .. } | Refusal::Full => "",
        Refusal::Lifetime => "lifetimeMinutes",
        Refusal::Name => "name",
        Refusal::Script(_) => "responses",
    }
}

fn wish(
    name: Option<String>,
    lifetime_minutes: Option<u32>,
    responses: Option<Vec<InboxResponseInput>>,
) -> Result<NewInbox, Vec<RefusalData>> {
    let mut refusals = Refusals::default();
    let script = responses.map(|responses| {
        let replies = responses.into_iter().map(Reply::from).collect();
        Script::new(replies).map_err(|error| refusals.add("responses", "inbox_response", error)).ok()
    });
    if !refusals.is_empty() {
        return Err(refusals.into_vec());
    }
    let lifetime = lifetime_minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
    Ok(NewInbox { name, lifetime, script: script.flatten() })
}

impl From<InboxResponseInput> for Reply {
    fn from(input: InboxResponseInput) -> Self {
        let headers = input.headers.unwrap_or_default().into_iter().map(|header| (header.name, header.value));
        Self {
            status: input.status,
            times: input.times,
            delay: Duration::from_millis(input.delay_ms.into()),
            headers: headers.collect(),
            body: input.body.unwrap_or_default(),
        }
    }
}
