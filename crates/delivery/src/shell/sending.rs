//! One task for each request: reads the event, makes the request, reports.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use domain::delivery::State;
use domain::{DeliveryId, SubscriptionId, Timestamp};
use futures_util::FutureExt;
use rand::RngExt;

use super::Shell;
use crate::attempt::{self, Order};
use crate::content::{Sight, content, event_type};
use crate::core::{Job, Lane, Report};
use crate::leave;
use crate::outbound::Outbound;

/// How many prepared subscriptions are kept.
const OUTBOUND_MAX: usize = 10_000;

/// What became of a request.
pub(super) struct Sent {
    pub(super) subscription: SubscriptionId,
    pub(super) delivery: DeliveryId,
    /// None if there was no request: its lane is somebody else's.
    pub(super) report: Option<Report>,
}

impl Shell {
    pub(super) fn send(&mut self, subscription: SubscriptionId, job: Job) {
        let now = self.parts.clock.now();
        let by_hand = matches!(job.progress.state, State::Waiting { by_hand: true, .. });
        let chance = self.parts.rng.random();
        let prepared = self.prepare(subscription, now);
        let (ledger, transport, clock) =
            (self.parts.ledger.clone(), self.parts.transport.clone(), self.parts.clock.clone());
        let leave = self.parts.leave.clone();
        let (reports, hard_stop) = (self.reports.0.clone(), self.hard_stop.clone());
        let (delivery, versions) = (job.delivery, self.core.versions().clone());
        let slot = self.slots.take(delivery, &self.parts.journal);
        let attempt = async move {
            let outbound = match prepared {
                Ok(outbound) => outbound,
                Err(message) => {
                    let event_type = event_type(&*ledger, job.event_position).await?;
                    let report = attempt::unsent(event_type, now, chance, "not_sendable", &message);
                    return Some(Sent { subscription, delivery, report: Some(report) });
                }
            };
            let sight = Sight { wanted: outbound.wanted.clone(), versions, format: outbound.format };
            let content = content(&*ledger, job.event_position, &sight).await?;
            // A process that was stopped goes on here long after it began; and leave may have been waited for. What is signed
            // and recorded is when the request goes out, and never a time before it was due: the clock may have been set back.
            let Some(at) = leave::to_send(&*leave, Lane::of(subscription), &*clock).await else {
                return Some(Sent { subscription, delivery, report: None });
            };
            let now = at.max(now);
            let report = match content.message {
                Ok(message) => {
                    let order = Order { subscription, job, by_hand, slot, outbound, started_at: now, chance };
                    let event_type = content.event_type.clone();
                    let content = (content.event_type, message);
                    let perform = attempt::perform(order, content, &*transport, || clock.now());
                    AssertUnwindSafe(perform).catch_unwind().await.unwrap_or_else(|_| {
                        tracing::error!(delivery.id = %delivery, "an attempt panicked");
                        attempt::unsent(
                            event_type,
                            now,
                            chance,
                            "internal_error",
                            "The request could not be made because of a fault in Hookledger.",
                        )
                    })
                }
                Err(refused) => attempt::unsent(
                    content.event_type,
                    now,
                    chance,
                    domain::delivery::Answer::NOT_CASTABLE,
                    &refused.to_string(),
                ),
            };
            Some(Sent { subscription, delivery, report: Some(report) })
        };
        self.sends.spawn(async move {
            tokio::select! {
                sent = attempt => {
                    if let Some(sent) = sent {
                        // The engine is gone if nobody listens; the delivery waits in the view.
                        let _ = reports.send(sent).await;
                    }
                }
                () = hard_stop.cancelled() => {}
            }
        });
    }

    /// What requests to the subscription need, from the last time if that still serves.
    fn prepare(&mut self, subscription: SubscriptionId, now: Timestamp) -> Result<Arc<Outbound>, String> {
        let (live, version) = self.core.live(subscription).ok_or("The subscription is gone.")?;
        if let Some(outbound) =
            self.outbound.get(&subscription).filter(|outbound| outbound.serves(version, now))
        {
            return Ok(outbound.clone());
        }
        let tenant = self.core.tenant(subscription).ok_or("The subscription is gone.")?;
        let prepared = Outbound::prepare(
            tenant,
            subscription,
            (live, version),
            now,
            &self.parts.vault,
            (&self.parts.urls, &self.parts.origin),
        );
        let outbound = Arc::new(prepared.map_err(|error| {
            tracing::warn!(subscription.id = %subscription, error = &error as &dyn std::error::Error, "requests cannot be made");
            error.to_string()
        })?);
        if self.outbound.len() >= OUTBOUND_MAX {
            self.outbound.clear();
        }
        self.outbound.insert(subscription, outbound.clone());
        Ok(outbound)
    }
}
