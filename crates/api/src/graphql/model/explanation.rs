//! Why an event did, or did not, lead to a delivery.

use app::matches::Explained;
use async_graphql::{Context, Enum, ID, Object, Result};
use domain::routing::{MatchReport, NotTaking};
use domain::{EventId, RawJson, SubscriptionId};

use super::delivery::Delivery;
use super::scalars::{Json, Version};
use crate::graphql::entity::Entity;
use crate::graphql::errors::plain;
use crate::graphql::scope::{CtxExt, Scope};

/// What decided whether an event matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum MatchVerdict {
    /// It matched: there is a delivery.
    Matched,
    /// The subscription did not exist yet.
    NotYetCreated,
    /// The subscription was disabled.
    Disabled,
    /// The subscription had been deleted.
    Deleted,
    /// The subscription did not want events of this type.
    TypeNotWanted,
    /// The filter did not accept what the event says.
    Filtered,
}

impl MatchVerdict {
    pub(crate) const fn of(report: &MatchReport) -> Self {
        match (&report.took_events, report.type_matched) {
            _ if report.matched => Self::Matched,
            (Err(NotTaking::NotYetCreated), _) => Self::NotYetCreated,
            (Err(NotTaking::Disabled), _) => Self::Disabled,
            (Err(NotTaking::Deleted), _) => Self::Deleted,
            (Ok(()), false) => Self::TypeNotWanted,
            (Ok(()), true) => Self::Filtered,
        }
    }
}

/// Every clause of a filter with its answer, as JSON.
pub(crate) fn clauses(report: &MatchReport) -> Option<Json> {
    let text = serde_json::to_string(report.filter.as_ref()?).expect("an explanation has text keys only");
    Some(Json(RawJson::parse(&text).expect("what was just written is JSON")))
}

/// Whether an event matched a subscription as it was when the event was recorded, and why.
#[derive(Debug, Clone)]
pub(crate) struct MatchExplanation(Explained);

/// Whether an event matched a subscription as it was when the event was recorded, and why.
#[Object]
impl MatchExplanation {
    /// Whether there is a delivery.
    async fn matched(&self) -> bool {
        self.0.report.matched
    }

    /// What decided.
    async fn verdict(&self) -> MatchVerdict {
        MatchVerdict::of(&self.0.report)
    }

    /// The version of the subscription that was asked; 0 if it did not exist yet.
    async fn subscription_version(&self) -> Version {
        self.0.version.into()
    }

    /// At which version of its type the subscription sees the event.
    async fn seen_version(&self) -> u32 {
        self.0.report.version
    }

    /// Why the event cannot be cast to that version; none if it can. Then no filter is asked, and the delivery is a dead
    /// letter.
    async fn not_castable(&self) -> Option<&str> {
        self.0.report.not_castable.as_deref()
    }

    /// Whether one of the wanted types accepts the event's.
    async fn type_matched(&self) -> bool {
        self.0.report.type_matched
    }

    /// Whether the filter accepts the event; none if there was no filter, or no subscription.
    async fn filter_matched(&self) -> Option<bool> {
        self.0.report.filter.as_ref().map(|filter| filter.matched)
    }

    /// The clauses of the filter that decided, in words such as `data.status is "passed", not "failed"`.
    async fn reasons(&self) -> Vec<String> {
        let reasons = self.0.report.filter.as_ref().map(|filter| filter.reasons());
        reasons.into_iter().flatten().map(str::to_owned).collect()
    }

    /// Every clause of the filter with its answer: a tree of `matched`, `sentence`, `pointer`, `kind` and what belongs
    /// to the kind.
    async fn filter(&self) -> Option<Json> {
        clauses(&self.0.report)
    }

    /// The id of the delivery, if it matched.
    async fn delivery_id(&self) -> Option<ID> {
        self.0.delivery.map(Into::into)
    }

    /// The delivery, if it matched.
    async fn delivery(&self, ctx: &Context<'_>) -> Result<Option<Delivery>> {
        match &self.0.delivery {
            Some(id) => Delivery::load(ctx.scope(), id).await,
            None => Ok(None),
        }
    }
}

impl MatchExplanation {
    /// Of this event and this subscription; none if one of them does not exist.
    pub(crate) async fn load(
        scope: &Scope,
        event: EventId,
        subscription: SubscriptionId,
    ) -> Result<Option<Self>> {
        let explained = scope.app().explain_match(scope.request(), event, subscription).await;
        Ok(explained.map_err(|error| plain(error, scope.request_id()))?.map(Self))
    }
}
