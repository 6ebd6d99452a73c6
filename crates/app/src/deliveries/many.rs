//! Trying many deliveries again: those that a filter selects, a bounded number in each call.

use std::convert::Infallible;

use domain::{DeliveryId, Position, Scope};
use ledger::Batch;
use projections::status::{DeliveryFilter, DeliveryState};

use super::Refusal;
use super::one::{Known, Outcome, TRIES};
use crate::app::App;
use crate::error::{Error, Fault};
use crate::request::Request;

/// How many deliveries are decided and appended at once.
pub(crate) const PAGE: usize = projections::LIMIT_MAX;
/// Up to where the selected deliveries are counted.
pub const COUNT_MAX: u64 = 1_000_000;

/// What became of the deliveries that a filter selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retried {
    /// How many the filter selected when the call began, counted up to [`COUNT_MAX`].
    pub matched: u64,
    /// How many will be attempted again because of this call.
    pub retried: u64,
    /// How many were left as they are: asked for already, or of a deleted subscription.
    pub skipped: u64,
    /// How many of them this call did not look at: those before where it began, and those beyond its limit.
    pub remaining: u64,
    /// Where to go on, if the limit was reached.
    pub next: Option<DeliveryId>,
    /// Where the last record of the call stands, if anything was recorded.
    pub position: Option<Position>,
}

impl App {
    /// How many deliveries the filter selects to be retried, counted up to [`COUNT_MAX`].
    ///
    /// A filter without states means dead letters. Needs the scope `manage`.
    pub async fn preview_retry(
        &self,
        request: &Request,
        filter: &DeliveryFilter,
    ) -> Result<u64, Error<Infallible>> {
        request.need(Scope::Manage)?;
        let filter = retryable(filter);
        Ok(self.deliveries().count(request.tenant(), &filter, COUNT_MAX).await.map_err(Fault::Views)?)
    }

    /// Attempts the selected deliveries again, newest first, from behind `after` on: at most `limit` in this call.
    ///
    /// A filter without states means dead letters. What is to be retried already, or has nowhere to go, is skipped. Go
    /// on with [`Retried::next`] while there is one. Needs the scope `manage`; `limit` is bounded by
    /// [`crate::Bounds::retries_per_call`].
    pub async fn retry_deliveries(
        &self,
        request: &Request,
        filter: &DeliveryFilter,
        after: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Retried, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let max = self.bounds().retries_per_call;
        if !(1..=max).contains(&limit) {
            return Err(Error::Refused(Refusal::Limit { found: limit, max }));
        }
        let (tenant, at, filter) = (request.tenant(), self.clock().now(), retryable(filter));
        let matched = self.deliveries().count(tenant, &filter, COUNT_MAX).await.map_err(Fault::Views)?;
        let mut done = Retried { matched, retried: 0, skipped: 0, remaining: 0, next: after, position: None };
        let mut left = limit;
        while left > 0 {
            let wanted = left.min(PAGE);
            let page =
                self.deliveries().page(tenant, &filter, done.next, wanted).await.map_err(Fault::Views)?;
            let (found, last) = (page.len(), page.last().copied());
            let dealt = self.deal_with(request, page, |known| self.retry(request, known, at)).await?;
            done.retried += dealt.changed;
            done.skipped += dealt.skipped;
            done.position = done.position.max(dealt.position);
            left -= found;
            done.next = last.filter(|_| found == wanted);
            if done.next.is_none() {
                break;
            }
        }
        done.remaining = matched.saturating_sub(done.retried + done.skipped);
        Ok(done)
    }

    /// Decides on each of `page` and appends what follows, all at once; those that the engine changes meanwhile are decided
    /// again.
    pub(crate) async fn deal_with(
        &self,
        request: &Request,
        mut page: Vec<DeliveryId>,
        decide: impl Fn(&Known) -> Result<Outcome, Refusal>,
    ) -> Result<Dealt, Fault> {
        let mut done = Dealt::default();
        for _ in 0..TRIES {
            let mut batches: Vec<Batch> = Vec::new();
            let mut waiting = Vec::new();
            for id in page {
                match self.known(request.tenant(), id).await?.map(|known| decide(&known)) {
                    Some(Ok(Outcome::Append(batch, _))) => {
                        batches.push(batch);
                        waiting.push(id);
                    }
                    Some(Ok(Outcome::Agreed(_)) | Err(_)) | None => done.skipped += 1,
                }
            }
            if batches.is_empty() {
                return Ok(done);
            }
            page = Vec::new();
            for (id, verdict) in waiting.into_iter().zip(self.ledger().append(batches).await?) {
                match verdict {
                    Ok(appended) => {
                        done.changed += 1;
                        done.position = done.position.max(Some(appended.last));
                    }
                    Err(_) => page.push(id),
                }
            }
            if page.is_empty() {
                return Ok(done);
            }
        }
        // The engine keeps changing these: they are being attempted as it is.
        done.skipped += page.len() as u64;
        Ok(done)
    }
}

/// What became of a page of deliveries.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Dealt {
    /// How many are other than before.
    pub(crate) changed: u64,
    /// How many were left as they were.
    pub(crate) skipped: u64,
    /// Where the last record stands, if anything was recorded.
    pub(crate) position: Option<Position>,
}

/// What is meant by a filter that says nothing of states.
fn retryable(filter: &DeliveryFilter) -> DeliveryFilter {
    let mut filter = filter.clone();
    if filter.states.is_empty() {
        filter.states.push(DeliveryState::DeadLettered);
    }
    filter
}
