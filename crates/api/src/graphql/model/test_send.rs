//! Requests that were made to see how an endpoint answers.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use domain::{SubscriptionId, TestId, test_send};
use projections::tools::TestSend;

use super::actor::Actor;
use super::attempt::Attempt;
use super::scalars::DateTime;
use super::subscription::Subscription;
use crate::graphql::connection::{PageArgs, connection, seal};
use crate::graphql::entity::Entity;
use crate::graphql::scope::{CtxExt, Scope};

/// What a step of a connection was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::test_send::StepKind")]
pub(crate) enum ConnectionStepKind {
    /// Finding the addresses of the host.
    Dns,
    /// Whether those addresses may be called.
    Address,
    /// Opening the connection.
    Tcp,
    /// Agreeing on keys.
    Tls,
    /// Sending the request.
    Request,
    /// What came back.
    Response,
}

/// One step of a connection.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ConnectionStep {
    /// What it was about.
    kind: ConnectionStepKind,
    /// Whether it went well.
    ok: bool,
    /// How long it took, where that is known.
    duration_ms: Option<f64>,
    /// What came of it, in words for people.
    detail: String,
    /// The version of TLS, such as `1.3`, of the step that agreed on it.
    tls_version: Option<String>,
    /// The receiver's certificate, likewise. Of one that was refused, `detail` tells why.
    certificate: Option<Certificate>,
}

/// What a receiver's certificate says.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Certificate {
    /// Whose it is, such as `CN=hooks.example.com, O=Example`; may be empty.
    subject: String,
    /// Who signed it, likewise.
    issuer: String,
    /// The first instant at which it is valid.
    not_before: DateTime,
    /// The last second in which it is valid.
    not_after: DateTime,
    /// The hosts that it is for: names and addresses, at most 100.
    names: Vec<String>,
    /// Whether subject and issuer are the same.
    self_issued: bool,
}

impl From<&test_send::Step> for ConnectionStep {
    fn from(step: &test_send::Step) -> Self {
        let tls = step.tls.as_ref();
        Self {
            kind: step.kind.into(),
            ok: step.ok,
            duration_ms: step.micros.map(super::attempt::millis),
            detail: step.detail.clone(),
            tls_version: tls.map(|tls| tls.version.clone()),
            certificate: tls.and_then(|tls| tls.certificate.as_ref()).map(Into::into),
        }
    }
}

impl From<&test_send::Certificate> for Certificate {
    fn from(certificate: &test_send::Certificate) -> Self {
        let test_send::Certificate { subject, issuer, not_before, not_after, names, self_issued } =
            certificate;
        Self {
            subject: subject.clone(),
            issuer: issuer.clone(),
            not_before: (*not_before).into(),
            not_after: (*not_after).into(),
            names: names.clone(),
            self_issued: *self_issued,
        }
    }
}

/// A request that somebody had made to see how an endpoint answers. It is no delivery, is counted nowhere, and says
/// nothing about the health of a subscription.
#[derive(Debug, Clone)]
pub(crate) struct Test(pub(crate) TestSend);

/// A request that somebody had made to see how an endpoint answers. It is no delivery, is counted nowhere, and says
/// nothing about the health of a subscription.
#[Object]
impl Test {
    /// Names it globally. Receivers see it as `webhook-id`.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// When it was recorded.
    async fn at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Who wanted it.
    async fn actor(&self) -> Actor {
        (&self.0.actor).into()
    }

    /// The id of the subscription whose settings were used; none if it was a draft.
    async fn subscription_id(&self) -> Option<ID> {
        self.0.sent.subscription.map(Into::into)
    }

    /// The subscription whose settings were used; none if it was a draft.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<Subscription>> {
        match &self.0.sent.subscription {
            Some(id) => Subscription::load(ctx.scope(), id).await,
            None => Ok(None),
        }
    }

    /// Where it went.
    async fn endpoint(&self) -> &str {
        self.0.sent.endpoint.as_str()
    }

    /// The type of the event that was made up.
    async fn event_type(&self) -> &str {
        self.0.sent.event_type.as_str()
    }

    /// The version of that type.
    async fn event_version(&self) -> u32 {
        self.0.sent.event_version
    }

    /// The request, and what came back.
    async fn attempt(&self, ctx: &Context<'_>) -> Result<Attempt> {
        Attempt::made(&self.0.sent.attempt, None).charged(ctx.scope())
    }

    /// The steps of the connection, in the order in which they were taken, up to the one that failed.
    async fn connection(&self) -> Vec<ConnectionStep> {
        self.0.sent.steps.iter().map(Into::into).collect()
    }
}

impl Entity for Test {
    type Id = TestId;

    async fn load(scope: &Scope, id: &TestId) -> Result<Option<Self>> {
        scope.need(domain::Scope::Read)?;
        let found = scope.views().tools().test(scope.tenant(), *id).await;
        Ok(found.map_err(|error| scope.read_error(&error))?.map(Self))
    }
}

connection! {
    /// A page of tests, newest first.
    TestConnection,
    /// A test in a list.
    TestEdge,
    Test
}

/// A page of tests: of one subscription, or all.
pub(crate) async fn tests(
    scope: &Scope,
    subscription: Option<SubscriptionId>,
    args: PageArgs,
) -> Result<TestConnection> {
    const CURSOR: &str = "test";
    scope.need(domain::Scope::Read)?;
    let page = args.window(CURSOR)?.page(|key| key.parse().ok())?;
    let listed = scope.views().tools().tests(scope.tenant(), subscription, page).await;
    let listed = listed.map_err(|error| scope.read_error(&error))?;
    let nodes = listed.rows.into_iter().map(|row| {
        let cursor = seal(CURSOR, &row.id.to_string());
        (Test(row), cursor)
    });
    Ok(TestConnection::new(nodes, listed.has_next, listed.has_previous))
}
