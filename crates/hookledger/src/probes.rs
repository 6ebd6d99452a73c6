//! What readiness means for each part.

use api::{Probe, Unready};
use async_trait::async_trait;
use delivery::Health;
use tokio::sync::watch;

use crate::backing::Backing;

/// The ledger can be written.
pub(crate) struct LedgerProbe(pub(crate) Backing);

#[async_trait]
impl Probe for LedgerProbe {
    fn name(&self) -> &'static str {
        "ledger"
    }

    async fn check(&self) -> Result<(), Unready> {
        self.0.trouble().map_or(Ok(()), |trouble| Err(Unready(trouble)))
    }
}

/// The delivery engine follows the ledger, whether or not this node has lanes.
pub(crate) struct DeliveryProbe {
    pub(crate) health: watch::Receiver<Option<watch::Receiver<Health>>>,
}

#[async_trait]
impl Probe for DeliveryProbe {
    fn name(&self) -> &'static str {
        "delivery"
    }

    async fn check(&self) -> Result<(), Unready> {
        match &*self.health.borrow() {
            None => Err(Unready("it has not started yet".to_owned())),
            Some(health) => match &*health.borrow() {
                Health { running: false, .. } => Err(Unready("it has stopped".to_owned())),
                Health { catching_up: true, folded, .. } => {
                    let what = "it folds what was recorded before it started";
                    Err(Unready(format!("{what}, and has come to position {}", folded.0)))
                }
                Health { .. } => Ok(()),
            },
        }
    }
}
