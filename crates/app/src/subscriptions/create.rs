//! Making a subscription.

use domain::subscription::{Command, Settings, SigningSecret, Subscription};
use domain::{EndpointUrl, EndpointUrlError, Headers, Scope, SubscriptionId, TenantId};
use egress::{UrlPolicy, UrlRefusal};

use super::headers;
use super::secret::Material;
use super::{HeaderChange, NewSubscription, Refusal, ShownSecret};
use crate::app::App;
use crate::change::Changed;
use crate::decide::Edit;
use crate::error::Error;
use crate::request::Request;

/// A subscription was made.
#[derive(Debug, Clone)]
pub struct Created {
    /// Names it.
    pub id: SubscriptionId,
    /// What its receivers verify with. Shown this once.
    pub secret: ShownSecret,
    /// What was recorded.
    pub changed: Changed,
}

/// A subscription that could be made.
#[derive(Debug)]
pub(crate) struct Draft {
    /// What it is; header values are sealed.
    pub(crate) settings: Box<Settings>,
    /// What it signs with, sealed.
    pub(crate) secret: SigningSecret,
    /// What its receivers verify with.
    pub(crate) shown: ShownSecret,
    /// Whether it would deliver from the start.
    pub(crate) active: bool,
}

impl App {
    /// Makes a subscription.
    ///
    /// Needs the scope `manage`. Bounded by [`crate::Bounds::subscriptions_per_tenant`].
    pub async fn create_subscription(
        &self,
        request: &Request,
        new: NewSubscription,
    ) -> Result<Created, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let (tenant, id) = (request.tenant(), SubscriptionId::generate(self.ids()));
        let Draft { settings, secret, shown, active } = self.draft(tenant, id, new)?;
        let _turn = self.admission().await;
        self.refuse_one_too_many(tenant)?;
        let command = Command::Create { settings, secret, active };
        let changed =
            self.change::<Subscription, Refusal>(request, Edit::of(tenant, id, None), command).await?;
        Ok(Created { id, secret: shown, changed })
    }

    /// Whether [`App::create_subscription`] would make this subscription now: the same refusals, and nothing recorded.
    ///
    /// Needs the scope `manage`.
    pub fn check_subscription(&self, request: &Request, new: NewSubscription) -> Result<(), Error<Refusal>> {
        request.need(Scope::Manage)?;
        let tenant = request.tenant();
        self.draft(tenant, SubscriptionId::generate(self.ids()), new)?;
        self.refuse_one_too_many(tenant)
    }

    /// Whether deliveries may go to this URL, as far as can be said without asking name servers.
    pub fn check_endpoint(&self, request: &Request, url: &str) -> Result<(), Refusal> {
        self.endpoint(request.tenant(), url).map(drop)
    }

    /// The endpoint in canonical form, if deliveries of `tenant` may go there: to a public address, or to an inbox of its
    /// own.
    pub(super) fn endpoint(&self, tenant: TenantId, text: &str) -> Result<EndpointUrl, Refusal> {
        let endpoint = endpoint(self.url_policy(), text)?;
        match self.desk().has(tenant, endpoint.as_str(), self.clock().now()) {
            Some(false) => Err(Refusal::NoInbox),
            Some(true) | None => Ok(endpoint),
        }
    }

    /// What a new subscription would be recorded with.
    pub(crate) fn draft(
        &self,
        tenant: TenantId,
        id: SubscriptionId,
        new: NewSubscription,
    ) -> Result<Draft, Error<Refusal>> {
        let endpoint = self.endpoint(tenant, &new.endpoint).map_err(Error::Refused)?;
        let headers = headers::check(HeaderChange::Replace(new.headers))
            .and_then(|headers| headers.seal(self.vault(), tenant, id, &Headers::default()))
            .map_err(Error::Refused)?;
        let material = self.draw(|rng| Material::make(&new.secret, None, rng)).map_err(Error::Refused)?;
        let (secret, shown) = self.seal_secret(tenant, id, material);
        let settings = Box::new(Settings {
            endpoint,
            event_types: new.event_types,
            filter: new.filter,
            headers,
            format: new.format,
            verify_endpoint: new.verify_endpoint,
            retry: new.retry,
            limits: new.limits,
            description: new.description,
            metadata: new.metadata,
        });
        Ok(Draft { settings, secret, shown, active: new.active })
    }

    fn refuse_one_too_many(&self, tenant: TenantId) -> Result<(), Error<Refusal>> {
        let max = self.bounds().subscriptions_per_tenant;
        if self.census().subscriptions(tenant) < max {
            Ok(())
        } else {
            Err(Error::Refused(Refusal::TooMany { max }))
        }
    }
}

/// The endpoint in canonical form, if the address policy accepts it.
fn endpoint(policy: &UrlPolicy, text: &str) -> Result<EndpointUrl, Refusal> {
    let endpoint = policy.check(text).map_err(Refusal::Endpoint)?;
    EndpointUrl::parse(endpoint.as_str()).map_err(|error| {
        Refusal::Endpoint(match error {
            EndpointUrlError::TooLong { .. } => UrlRefusal::TooLong,
            EndpointUrlError::Malformed => UrlRefusal::Malformed,
            EndpointUrlError::Scheme { .. } => UrlRefusal::Scheme,
            EndpointUrlError::Credentials => UrlRefusal::UserInfo,
            EndpointUrlError::Fragment => UrlRefusal::Fragment,
        })
    })
}
