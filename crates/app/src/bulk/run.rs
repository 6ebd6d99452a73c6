//! Carrying bulk actions out.

use std::time::Duration;

use domain::bulk_action::{BulkAction, Command, Kind, Order, Progress};
use domain::{BulkActionId, Sequence, TenantId};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::Refusal;
use super::selection::filter;
use crate::app::App;
use crate::decide::Edit;
use crate::deliveries::{Dealt, PAGE};
use crate::error::{Error, Fault};
use crate::request::Request;

/// How long to wait after the ledger or the views could not serve.
const REST: Duration = Duration::from_secs(1);

impl App {
    /// Carries out what was asked for, until `stop`: a page of each action in turn. Outages are waited for.
    pub async fn run_bulk_actions(&self, stop: CancellationToken) {
        let mut last = None;
        loop {
            let Some((id, tenant)) = self.running().next(last) else {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.running().begun() => continue,
                }
            };
            last = Some(id);
            let failed = tokio::select! {
                () = stop.cancelled() => return,
                done = self.advance_bulk_action(tenant, id) => done.err(),
            };
            if let Some(fault) = failed {
                if fault.is_temporary() {
                    warn!(%id, error = &fault as &dyn std::error::Error, "a bulk action has to wait");
                } else {
                    error!(%id, error = &fault as &dyn std::error::Error, "a bulk action cannot go on");
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(REST) => {}
                }
            }
        }
    }

    /// Deals with one page of an action, and records how far it is.
    async fn advance_bulk_action(&self, tenant: TenantId, id: BulkActionId) -> Result<(), Fault> {
        let Some(now) = self.load::<BulkAction>(tenant, id.into(), None).await? else { return Ok(()) };
        let BulkAction::Running { order, progress } = now.state else { return Ok(()) };
        let request = self.in_the_name_of(tenant, id).await?;
        let left = order.limit.saturating_sub(progress.looked_at);
        let wanted = usize::try_from(left).unwrap_or(PAGE).min(PAGE);
        let page = self.deliveries().page(tenant, &filter(&order.selection), progress.after, wanted).await;
        let page = page.map_err(Fault::Views)?;
        let (found, after) = (page.len() as u64, page.last().copied().or(progress.after));
        let dealt = self.deal_with_page(&request, &order, page).await?;
        let progress = Progress {
            after,
            looked_at: progress.looked_at + found,
            changed: progress.changed + dealt.changed,
            skipped: progress.skipped + dealt.skipped,
        };
        let over = found < wanted as u64 || progress.looked_at >= order.limit;
        let command = if over { Command::Complete { progress } } else { Command::Advance { progress } };
        let edit = Edit::of(tenant, id, None);
        match self.change::<BulkAction, Refusal>(&request, edit, command).await {
            // Somebody cancelled it meanwhile.
            Ok(_) | Err(Error::Refused(_)) => Ok(()),
            Err(Error::Failed(fault)) => Err(fault),
            Err(Error::Overloaded { .. } | Error::ShareTaken { .. } | Error::Forbidden { .. }) => {
                Err(Fault::Contended { what: id.to_string(), tries: 1 })
            }
        }
    }

    async fn deal_with_page(
        &self,
        request: &Request,
        order: &Order,
        page: Vec<domain::DeliveryId>,
    ) -> Result<Dealt, Fault> {
        let at = self.clock().now();
        match order.kind {
            Kind::Retry => self.deal_with(request, page, |known| self.retry(request, known, at)).await,
            Kind::Cancel => {
                self.deal_with(request, page, |known| self.cancel(request, known, &order.note)).await
            }
        }
    }

    /// A call by whoever asked for the action.
    async fn in_the_name_of(&self, tenant: TenantId, id: BulkActionId) -> Result<Request, Fault> {
        let records = self.records(tenant, id.into(), Sequence::NONE, 1).await?;
        let first = records.first().expect("what was loaded has records");
        let metadata =
            first.parse_metadata().map_err(|source| Fault::Metadata { position: first.position, source })?;
        Ok(Request::continued(tenant, metadata))
    }
}
