//! Things that are done to many deliveries.

use async_graphql::{Enum, ID, Object, Result, SimpleObject};
use domain::{BulkActionId, RawJson};
use projections::tools::Action;

use super::actor::Actor;
use super::scalars::{DateTime, Json, Version};
use crate::graphql::connection::connection;
use crate::graphql::entity::Entity;
use crate::graphql::scope::Scope;

/// What a bulk action does to each delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::bulk_action::Kind")]
pub(crate) enum BulkActionKind {
    /// Attempts it again now, with a new budget of attempts: as `retryDelivery`.
    Retry,
    /// Attempts it no more, and discards dead letters: as `cancelDelivery`.
    Cancel,
}

/// Whether a bulk action goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::tools::ActionState")]
pub(crate) enum BulkActionState {
    /// It does.
    Running,
    /// It dealt with everything that it was asked for.
    Completed,
    /// Somebody ended it. What it had done stays done.
    Cancelled,
}

/// How many deliveries a selection named, as far as they were counted.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Matched {
    /// How many there were; 1,000,000 if there were more.
    count: u64,
    /// Whether that is all of them.
    exact: bool,
}

/// Something that is done to many deliveries, in the server, whoever watches.
#[derive(Debug, Clone)]
pub(crate) struct BulkAction(pub(crate) Action);

/// Something that is done to many deliveries, in the server, whoever watches.
#[Object]
impl BulkAction {
    /// Names it globally.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What is done to each delivery.
    async fn kind(&self) -> BulkActionKind {
        self.0.order.kind.into()
    }

    /// Whether it goes on.
    async fn state(&self) -> BulkActionState {
        self.0.state.into()
    }

    /// To which deliveries, as it was recorded: what is absent does not restrict it.
    async fn selection(&self) -> Json {
        let text = serde_json::to_string(&self.0.order.selection).expect("a selection has text keys");
        Json(RawJson::parse(&text).expect("what was just written is JSON"))
    }

    /// Why, in the words of whoever asked.
    async fn note(&self) -> Option<&str> {
        Some(self.0.order.note.as_str()).filter(|note| !note.is_empty())
    }

    /// How many deliveries there were when it began. New ones are left alone.
    async fn matched(&self) -> Matched {
        let count = self.0.order.matched;
        Matched { count, exact: count < app::deliveries::COUNT_MAX }
    }

    /// How many deliveries it looks at, at most.
    async fn deliveries_max(&self) -> u64 {
        self.0.order.limit
    }

    /// How many it has looked at so far.
    async fn looked_at(&self) -> u64 {
        self.0.looked_at
    }

    /// How many are other than before because of it.
    async fn changed(&self) -> u64 {
        self.0.changed
    }

    /// How many were left as they were: asked for already, delivered meanwhile, or of a deleted subscription.
    async fn skipped(&self) -> u64 {
        self.0.skipped
    }

    /// Who asked for it.
    async fn started_by(&self) -> Actor {
        (&self.0.actor).into()
    }

    /// When it began.
    async fn started_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When anything was recorded of it last.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// When it ended, if it has.
    async fn ended_at(&self) -> Option<DateTime> {
        (self.0.state != projections::tools::ActionState::Running).then(|| self.0.updated_at.into())
    }

    /// How many records there are of it.
    async fn version(&self) -> Version {
        self.0.version.into()
    }
}

impl BulkAction {
    /// The cursor's kind of lists of these.
    pub(crate) const CURSOR: &'static str = "bulk_action";
}

impl Entity for BulkAction {
    type Id = BulkActionId;

    async fn load(scope: &Scope, id: &BulkActionId) -> Result<Option<Self>> {
        scope.need(domain::Scope::Read)?;
        let found = scope.views().tools().action(scope.tenant(), *id).await;
        Ok(found.map_err(|error| scope.read_error(&error))?.map(Self))
    }
}

connection! {
    /// A page of bulk actions, newest first.
    BulkActionConnection,
    /// A bulk action in a list.
    BulkActionEdge,
    BulkAction
}
