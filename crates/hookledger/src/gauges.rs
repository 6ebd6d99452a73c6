//! What is looked at once a second: how much waits and how much is under way. Operators see it as metrics, and publishers
//! are held back when too much waits.

use std::time::{Duration, Instant};

use app::{App, HoldBack};
use projections::Views;
use projections::queue::Queue;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Counting takes at most this part of the time.
const SHARE: u32 = 20;

/// How the engine fares, once it has started.
pub(crate) type EngineHealth = watch::Receiver<Option<watch::Receiver<delivery::Health>>>;

/// How many deliveries may wait before publishers are held back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    /// Over all tenants: everybody is held back.
    pub(crate) all: u64,
    /// Of one tenant: it is held back.
    pub(crate) tenant: u64,
}

/// Looks until `stop`, and holds back publishers while as much waits as the marks say.
pub(crate) async fn watch_over(
    app: App,
    views: Views,
    engine: EngineHealth,
    marks: Marks,
    stop: CancellationToken,
) {
    let mut pause = EVERY;
    let mut held = HoldBack::default();
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
        if let Some(health) = engine.borrow().as_ref() {
            show(&health.borrow());
        }
        let started = Instant::now();
        match look(&views.queue(), marks).await {
            Ok((waiting, who)) => {
                set("hookledger_deliveries_waiting", waiting);
                set("hookledger_publishers_held_back", who.tenants.len() as u64);
                if who != held {
                    tell(waiting, marks, &who);
                    app.hold_back(who.clone());
                    held = who;
                }
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "what waits could not be counted");
            }
        }
        pause = EVERY.max(started.elapsed() * SHARE);
    }
}

/// How many deliveries wait, counted up to the mark for all, and who is to be held back.
async fn look(queue: &Queue, marks: Marks) -> Result<(u64, HoldBack), projections::ReadError> {
    let waiting = queue.count_all(marks.all).await?;
    let mut who = HoldBack { everyone: waiting >= marks.all, ..HoldBack::default() };
    // No tenant can have more than all.
    if waiting >= marks.tenant.min(marks.all) {
        who.tenants = queue.tenants_with(marks.tenant).await?.into_iter().collect();
    }
    Ok((waiting, who))
}

fn tell(waiting: u64, marks: Marks, who: &HoldBack) {
    let (all, tenant) = (marks.all, marks.tenant);
    let (everyone, tenants) = (who.everyone, who.tenants.len());
    tracing::warn!(
        waiting,
        all,
        tenant,
        everyone,
        tenants,
        "who is held back from publishing changed: the limits of waiting deliveries"
    );
}

fn show(health: &delivery::Health) {
    let load = health.load;
    set("hookledger_delivery_held", load.held as u64);
    set("hookledger_delivery_in_flight", load.in_flight as u64);
    set("hookledger_delivery_in_flight_slow", load.in_flight_slow as u64);
    set("hookledger_delivery_settling", load.settling as u64);
    set("hookledger_delivery_breakers_open", load.breakers_open as u64);
    set("hookledger_delivery_position", health.folded.0);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn set(name: &'static str, value: u64) {
    metrics::gauge!(name).set(value as f64);
}
