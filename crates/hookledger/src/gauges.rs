//! What is looked at once a second: how much waits and how much is under way. Operators see it as metrics, and publishers
//! are held back when too much waits.

use std::time::{Duration, Instant};

use app::App;
use projections::Views;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Counting takes at most this part of the time.
const SHARE: u32 = 20;

/// How the engine fares, once it has started.
pub(crate) type EngineHealth = watch::Receiver<Option<watch::Receiver<delivery::Health>>>;

/// Looks until `stop`. Publishers are held back while `waiting_max` deliveries wait.
pub(crate) async fn watch_over(
    app: App,
    views: Views,
    engine: EngineHealth,
    waiting_max: u64,
    stop: CancellationToken,
) {
    let mut pause = EVERY;
    let mut held_back = false;
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
        if let Some(health) = engine.borrow().as_ref() {
            show(&health.borrow());
        }
        let started = Instant::now();
        match views.queue().count_all(waiting_max).await {
            Ok(waiting) => {
                set("hookledger_deliveries_waiting", waiting);
                let full = waiting >= waiting_max;
                if full != held_back {
                    tracing::warn!(
                        waiting,
                        limit = waiting_max,
                        held_back = full,
                        "the limit of waiting deliveries"
                    );
                    app.hold_back(full);
                    held_back = full;
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
