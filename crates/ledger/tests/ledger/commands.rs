//! Commands on a ledger, at an hour that stands still, with ids that count. Also for the tests with stock postgres-es.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{Clock, IdSource, Timestamp};
use hookledger_ledger::Ledger;
use hookledger_ledger::control::Control;
use uuid::Uuid;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000)
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl IdSource for Counting {
    fn next(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
    }
}

pub(crate) fn control(ledger: Arc<dyn Ledger>) -> Control {
    Control::new(ledger, Arc::new(Still), Arc::new(Counting::default()))
}
