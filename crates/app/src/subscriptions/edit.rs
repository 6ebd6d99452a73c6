//! Changing a subscription, and whether it delivers.

use domain::subscription::{Change, Command, DisableReason, PauseReason, Subscription};
use domain::{Decider, Description, Headers, Scope, Sequence, SubscriptionId, TenantId};

use super::headers::{self, Checked};
use super::{Changes, Refusal};
use crate::app::App;
use crate::change::Changed;
use crate::decide::{Decided, Edit};
use crate::error::Error;
use crate::request::Request;

impl App {
    /// Changes settings: all of the changes or none. What is already so is not recorded again.
    ///
    /// Needs the scope `manage`, as all use cases here do. With `expected`, only if nobody changed it since.
    pub async fn update_subscription(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
        changes: Changes,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let edit = Edit::of(request.tenant(), id, expected);
        let headers = changes.headers.clone().map(headers::check).transpose().map_err(Error::Refused)?;
        let plain = self.plain_changes(request.tenant(), changes).map_err(Error::Refused)?;
        let Some(headers) = headers else {
            return self
                .change::<Subscription, Refusal>(request, edit, Command::Update { changes: plain })
                .await;
        };
        self.change_from::<Subscription, Refusal>(request, edit, |subscription| {
            let headers = self.seal_headers(request, id, subscription, &headers)?;
            let changes = plain.iter().cloned().chain([Change::Headers(headers)]).collect();
            Ok(Command::Update { changes })
        })
        .await
    }

    /// Whether [`App::update_subscription`] would make these changes now: the same refusals, and nothing recorded.
    ///
    /// Needs the scope `manage`.
    pub async fn check_update(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
        changes: Changes,
    ) -> Result<(), Error<Refusal>> {
        request.need(Scope::Manage)?;
        let headers = changes.headers.clone().map(headers::check).transpose().map_err(Error::Refused)?;
        let mut changes = self.plain_changes(request.tenant(), changes).map_err(Error::Refused)?;
        let now = self.load::<Subscription>(request.tenant(), id.into(), None).await?;
        let now = now.ok_or(Error::Refused(Refusal::NotFound))?;
        if expected.is_some_and(|expected| expected != now.version) {
            return Err(Error::Refused(Refusal::Stale { current: now.version }));
        }
        if let Some(headers) = headers {
            let sealed = self.seal_headers(request, id, &now.state, &headers).map_err(Error::Refused)?;
            changes.push(Change::Headers(sealed));
        }
        let decided = now.state.decide(Command::Update { changes });
        decided.map(drop).map_err(|refusal| Error::Refused(<Refusal as Decided<_>>::rule(refusal)))
    }

    /// Lets a disabled subscription take events again, and deliver what waits.
    pub async fn activate_subscription(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
    ) -> Result<Changed, Error<Refusal>> {
        self.command(request, id, expected, Command::Activate).await
    }

    /// Holds deliveries back until the subscription resumes; events still match and wait.
    pub async fn pause_subscription(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
        note: Description,
    ) -> Result<Changed, Error<Refusal>> {
        self.command(request, id, expected, Command::Pause { reason: PauseReason::Requested { note } }).await
    }

    /// Delivers again what a pause held back.
    pub async fn resume_subscription(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
    ) -> Result<Changed, Error<Refusal>> {
        self.command(request, id, expected, Command::Resume).await
    }

    /// Takes no more events; what waits is kept, and goes on once the subscription is activated.
    pub async fn disable_subscription(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
        note: Description,
    ) -> Result<Changed, Error<Refusal>> {
        self.command(request, id, expected, Command::Disable { reason: DisableReason::Requested { note } })
            .await
    }

    /// Removes the subscription for good, and cancels what waits.
    pub async fn delete_subscription(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
    ) -> Result<Changed, Error<Refusal>> {
        self.command(request, id, expected, Command::Delete).await
    }

    async fn command(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
        command: Command,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        self.change::<Subscription, Refusal>(request, Edit::of(request.tenant(), id, expected), command).await
    }

    fn plain_changes(&self, tenant: TenantId, changes: Changes) -> Result<Vec<Change>, Refusal> {
        let endpoint = changes.endpoint.map(|text| self.endpoint(tenant, &text)).transpose()?;
        let plain = [
            endpoint.map(Change::Endpoint),
            changes.event_types.map(Change::EventTypes),
            changes.filter.map(Change::Filter),
            changes.format.map(Change::Format),
            changes.verify_endpoint.map(Change::VerifyEndpoint),
            changes.retry.map(Change::Retry),
            changes.limits.map(Change::Limits),
            changes.description.map(Change::Description),
            changes.metadata.map(Change::Metadata),
        ];
        Ok(plain.into_iter().flatten().collect())
    }

    fn seal_headers(
        &self,
        request: &Request,
        id: SubscriptionId,
        subscription: &Subscription,
        headers: &Checked,
    ) -> Result<Headers, Refusal> {
        let none = Headers::default();
        let now = subscription.live().map_or(&none, |live| &live.settings.headers);
        headers.seal(self.vault(), request.tenant(), id, now)
    }
}
