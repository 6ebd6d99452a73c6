//! What readiness means for each part.

use std::sync::Arc;

use api::{Probe, Unready};
use async_trait::async_trait;
use delivery::Health;
use ledger::sqlite::SqliteLedger;
use projections::Views;
use tokio::sync::watch;

/// How many records the views may lag behind before the node counts as not ready.
const LAG_MAX: u64 = 100_000;

/// The ledger can be written.
pub(crate) struct LedgerProbe(pub(crate) Arc<SqliteLedger>);

#[async_trait]
impl Probe for LedgerProbe {
    fn name(&self) -> &'static str {
        "ledger"
    }

    async fn check(&self) -> Result<(), Unready> {
        match self.0.failure() {
            None => Ok(()),
            Some(_) => Err(Unready(
                "writing failed; nothing is accepted until the file could be opened and checked again"
                    .to_owned(),
            )),
        }
    }
}

/// The views keep up.
pub(crate) struct ViewsProbe(pub(crate) Views);

#[async_trait]
impl Probe for ViewsProbe {
    fn name(&self) -> &'static str {
        "views"
    }

    async fn check(&self) -> Result<(), Unready> {
        let behind = self.0.progress().into_iter().find(|view| view.lag > LAG_MAX);
        behind.map_or(Ok(()), |view| {
            Err(Unready(format!("the view {} lags {} records behind", view.name, view.lag)))
        })
    }
}

/// The delivery engine follows the ledger.
pub(crate) struct DeliveryProbe(pub(crate) watch::Receiver<Option<watch::Receiver<Health>>>);

#[async_trait]
impl Probe for DeliveryProbe {
    fn name(&self) -> &'static str {
        "delivery"
    }

    async fn check(&self) -> Result<(), Unready> {
        match &*self.0.borrow() {
            None => Err(Unready("it has not started yet: the views are catching up".to_owned())),
            Some(health) if health.borrow().running => Ok(()),
            Some(_) => Err(Unready("it has stopped".to_owned())),
        }
    }
}
