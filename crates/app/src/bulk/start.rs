//! Asking for a bulk action, and ending one.

use domain::bulk_action::{BulkAction, Command, Kind, Order};
use domain::{BulkActionId, Description, Scope};
use projections::status::DeliveryFilter;

use super::Refusal;
use super::selection::{filter, selection};
use crate::app::App;
use crate::change::Changed;
use crate::decide::Edit;
use crate::deliveries::COUNT_MAX;
use crate::error::{Error, Fault};
use crate::request::Request;

/// The most deliveries that one action looks at.
pub const DELIVERIES_MAX: u64 = 1_000_000;

/// What is to be done to many deliveries.
#[derive(Debug, Clone)]
pub struct NewBulkAction {
    /// What is done to each.
    pub kind: Kind,
    /// To which; dead letters, if it says nothing of states.
    pub filter: DeliveryFilter,
    /// Why, for people.
    pub note: Description,
    /// How many are looked at, at most: 1 to [`DELIVERIES_MAX`].
    pub limit: u64,
}

/// A bulk action began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartedAction {
    /// Names it.
    pub id: BulkActionId,
    /// What was recorded.
    pub changed: Changed,
}

impl App {
    /// Begins to do something to all deliveries that the filter selects, newest first. It goes on in the server until all
    /// were dealt with, or somebody cancels it.
    ///
    /// Needs the scope `manage`. Bounded by [`crate::Bounds::bulk_actions_per_tenant`].
    pub async fn start_bulk_action(
        &self,
        request: &Request,
        new: NewBulkAction,
    ) -> Result<StartedAction, Error<Refusal>> {
        request.need(Scope::Manage)?;
        if !(1..=DELIVERIES_MAX).contains(&new.limit) {
            return Err(Error::Refused(Refusal::Limit { found: new.limit }));
        }
        let tenant = request.tenant();
        let selection = selection(new.filter);
        let matched = self.deliveries().count(tenant, &filter(&selection), COUNT_MAX).await;
        let matched = matched.map_err(Fault::Views)?;
        let order = Box::new(Order { kind: new.kind, selection, note: new.note, matched, limit: new.limit });
        let _turn = self.admission().await;
        let max = self.bounds().bulk_actions_per_tenant;
        if self.running().count(tenant) >= max {
            return Err(Error::Refused(Refusal::TooMany { max }));
        }
        let id = BulkActionId::generate(self.ids());
        let edit = Edit::of(tenant, id, None);
        let changed = self.change::<BulkAction, Refusal>(request, edit, Command::Start { order }).await?;
        Ok(StartedAction { id, changed })
    }

    /// Ends a bulk action early. What it has done stays done; a page that is under way is finished.
    ///
    /// Needs the scope `manage`.
    pub async fn cancel_bulk_action(
        &self,
        request: &Request,
        id: BulkActionId,
        note: Description,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let edit = Edit::of(request.tenant(), id, None);
        self.change::<BulkAction, Refusal>(request, edit, Command::Cancel { note }).await
    }
}
