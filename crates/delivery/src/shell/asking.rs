//! What the core asks for and comes back later: pages and surveys of what waits, notes on subscriptions.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use domain::subscription;
use domain::{DeliveryId, Position, SubscriptionId, TenantId};

use super::Shell;
use crate::core::{Page, QueueId, Survey, SurveyId, Wanted};
use crate::ledger_io::Settled;

/// How long after a failed read of the view it is tried again.
const LOAD_PAUSE: Duration = Duration::from_millis(500);

/// Something that was asked for has come back.
pub(super) enum Back {
    Settled(Vec<(SubscriptionId, DeliveryId, Settled)>),
    Loaded(SubscriptionId, QueueId, Option<Page>),
    Surveyed(SurveyId, Option<Survey>),
    Noted(SubscriptionId),
}

/// It will come back.
pub(super) type Pending = Pin<Box<dyn Future<Output = Back> + Send>>;

impl Shell {
    pub(super) fn survey(&self, id: SurveyId, at_least: Position) {
        let backlog = self.parts.backlog.clone();
        self.pending.push(Box::pin(async move {
            match backlog.survey(at_least).await {
                Ok(survey) => Back::Surveyed(id, Some(survey)),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "it could not be read for whom something waits"
                    );
                    tokio::time::sleep(LOAD_PAUSE).await;
                    Back::Surveyed(id, None)
                }
            }
        }));
    }

    pub(super) fn load(
        &self,
        (subscription, asked): (SubscriptionId, QueueId),
        wanted: Wanted,
        limit: usize,
        at_least: Position,
    ) {
        let backlog = self.parts.backlog.clone();
        self.pending.push(Box::pin(async move {
            match backlog.page(subscription, wanted, limit, at_least).await {
                Ok(page) => Back::Loaded(subscription, asked, Some(page)),
                Err(error) => {
                    tracing::warn!(subscription.id = %subscription, error = &error as &dyn std::error::Error, "what waits could not be read");
                    tokio::time::sleep(LOAD_PAUSE).await;
                    Back::Loaded(subscription, asked, None)
                }
            }
        }));
    }

    pub(super) fn note(
        &self,
        tenant: TenantId,
        subscription: SubscriptionId,
        command: subscription::Command,
    ) {
        let notary = self.notary.clone();
        self.pending.push(Box::pin(async move {
            match notary.note(tenant, subscription, command).await {
                Ok(events) => {
                    for event in events {
                        tracing::info!(subscription.id = %subscription, "{}", event.record_type());
                    }
                }
                // A later outcome leads here again.
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(subscription.id = %subscription, error, "how it fares could not be recorded");
                }
            }
            Back::Noted(subscription)
        }));
    }
}
