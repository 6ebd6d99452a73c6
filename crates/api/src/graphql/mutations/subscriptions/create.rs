//! Making a subscription.

use app::subscriptions::{NewSubscription, ShownSecret};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::SubscriptionId;
use secrecy::ExposeSecret;

use super::field;
use super::input::{HeaderInput, LimitsInput, RetryPolicyInput, SecretInput, headers};
use crate::graphql::model::refusal::{Refusals, refused};
use crate::graphql::model::scalars::Json;
use crate::graphql::model::subscription::{DeliveryFormat, Scheme, Subscription};
use crate::graphql::mutations::input::LabelInput;
use crate::graphql::mutations::payload::{payload, settle};
use crate::graphql::scope::CtxExt;

/// A subscription to make.
#[derive(InputObject)]
pub(in crate::graphql::mutations) struct CreateSubscriptionInput {
    /// Where deliveries go: an absolute `https` URL that leads to a public address, at most 2,048 bytes.
    pub(super) endpoint: String,
    /// Which types of event are wanted: 1 to 64 of `benchmark.completed` (that type), `benchmark.*` (all below it), `*`.
    event_types: Vec<String>,
    /// Which of those events, by what they say; all if left out. A clause such as
    /// `{path: "data.status", equals: "failed"}`, or clauses joined by `and`, `or`, `not`; operators are `equals`,
    /// `not_equals`, `in`, `not_in`, `contains`, `matches`, `exists`, `gt`, `gte`, `lt`, `lte`.
    filter: Option<Json>,
    /// Headers to add to each request, at most 32.
    headers: Option<Vec<HeaderInput>>,
    /// In which form deliveries are sent.
    #[graphql(default_with = "DeliveryFormat::StandardWebhooks")]
    format: DeliveryFormat,
    /// Whether nothing is delivered before the endpoint has agreed: see `verifyEndpoint`.
    #[graphql(default = false)]
    verify_endpoint: bool,
    /// When failed attempts are followed by others.
    retry_policy: Option<RetryPolicyInput>,
    /// How hard the endpoint may be pressed.
    limits: Option<LimitsInput>,
    /// What it is for: at most 1,024 characters.
    description: Option<String>,
    /// The owner's own labels, at most 32.
    labels: Option<Vec<LabelInput>>,
    /// What it signs with; made here, if left out.
    secret: Option<SecretInput>,
    /// Whether it delivers from the start; if not, it waits for `activateSubscription`.
    #[graphql(default = true)]
    active: bool,
}

/// What receivers verify signatures with. Shown this once; it cannot be read back.
#[derive(SimpleObject)]
pub(super) struct NewSigningSecret {
    /// Names the secret, for `revokeSecret`.
    id: ID,
    /// How it signs.
    scheme: Scheme,
    /// The shared secret, `whsec_...`; none for ed25519.
    secret: Option<String>,
    /// The public key, `whpk_...`; only for ed25519, whose private half is never shown.
    public_key: Option<String>,
}

impl From<ShownSecret> for NewSigningSecret {
    fn from(shown: ShownSecret) -> Self {
        Self {
            id: shown.id.into(),
            scheme: shown.scheme.into(),
            secret: shown.secret.map(|secret| secret.expose_secret().to_owned()),
            public_key: shown.public_key,
        }
    }
}

payload! {
    /// What became of a new subscription.
    CreateSubscriptionPayload,
    /// The subscription. Needs the scope `READ`.
    subscription: Subscription = SubscriptionId,
    /// What receivers verify with. Shown this once.
    secret: NewSigningSecret
}

#[derive(Default)]
pub(crate) struct CreateSubscriptionMutation;

#[Object]
impl CreateSubscriptionMutation {
    /// Makes a subscription: events that match from now on are delivered to its endpoint, signed.
    ///
    /// Needs the scope `MANAGE`.
    async fn create_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] input: CreateSubscriptionInput,
    ) -> Result<CreateSubscriptionPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(new) = input.read(&mut refusals) else {
            return Ok(CreateSubscriptionPayload::refused(refusals.into_vec()));
        };
        let result = scope.app().create_subscription(scope.request(), new).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(created) => {
                let secret = Some(created.secret.into());
                CreateSubscriptionPayload {
                    secret,
                    ..CreateSubscriptionPayload::done(created.id, created.changed)
                }
            }
            Err(refusals) => CreateSubscriptionPayload::refused(refusals),
        })
    }
}

impl CreateSubscriptionInput {
    pub(in crate::graphql::mutations) fn read(self, refusals: &mut Refusals) -> Option<NewSubscription> {
        let event_types = refusals.event_types("eventTypes", &self.event_types);
        let filter = self.filter.map(|filter| refusals.filter("filter", &filter));
        let retry = refusals.retry_policy("retryPolicy", self.retry_policy);
        let limits = refusals.limits("limits", self.limits.as_ref());
        let description = refusals.text("description", self.description.as_deref());
        let metadata = refusals.labels("labels", self.labels.unwrap_or_default());
        if !refusals.is_empty() {
            return None;
        }
        Some(NewSubscription {
            endpoint: self.endpoint,
            event_types: event_types?,
            filter: filter.flatten(),
            headers: headers(self.headers.unwrap_or_default()),
            format: self.format.into(),
            verify_endpoint: self.verify_endpoint,
            retry: retry?,
            limits: limits?,
            description: description?,
            metadata: metadata?,
            secret: self.secret.unwrap_or_default().into(),
            active: self.active,
        })
    }
}
