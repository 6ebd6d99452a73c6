//! Which slots are free.

use std::collections::HashMap;
use std::sync::Arc;

use domain::DeliveryId;

use super::{Journal, Underway};

/// Hands out slots. Those that became free last are taken first, so that few are ever used when little is under way.
#[derive(Debug)]
pub(crate) struct Slots {
    taken: HashMap<DeliveryId, usize>,
    free: Vec<usize>,
    /// The first that was never taken.
    fresh: usize,
    max: usize,
}

/// A slot, and the journal that it is of.
#[derive(Clone)]
pub(crate) struct Slot {
    number: Option<usize>,
    journal: Arc<dyn Journal>,
}

impl Slots {
    /// So many.
    pub(crate) fn new(max: usize) -> Self {
        Self { taken: HashMap::new(), free: Vec::new(), fresh: 0, max }
    }

    /// A slot for a request of this delivery, until it is released. None if all are taken, which the bounds of the core
    /// rule out.
    pub(crate) fn take(&mut self, delivery: DeliveryId, journal: &Arc<dyn Journal>) -> Slot {
        let number = self.free.pop().or_else(|| {
            let fresh = (self.fresh < self.max).then_some(self.fresh)?;
            self.fresh += 1;
            Some(fresh)
        });
        if let Some(replaced) = number.and_then(|number| self.taken.insert(delivery, number)) {
            self.free.push(replaced);
        }
        Slot { number, journal: journal.clone() }
    }

    /// Takes that the outcome of the request of this delivery is recorded.
    pub(crate) fn release(&mut self, delivery: DeliveryId) {
        self.free.extend(self.taken.remove(&delivery));
    }
}

impl Slot {
    /// Notes that `request` goes out now.
    pub(crate) fn begin(&self, request: &Underway) {
        let noted = match self.number {
            Some(number) => self.journal.begin(number, request),
            None => Err(std::io::Error::other("more requests are under way than there are slots")),
        };
        if let Err(error) = noted {
            metrics::counter!("hookledger_delivery_journal_failures_total").increment(1);
            let error = &error as &dyn std::error::Error;
            tracing::warn!(delivery.id = %request.delivery, error, "a request goes out without a note of it");
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    struct Nowhere;

    impl Journal for Nowhere {
        fn begin(&self, _: usize, _: &Underway) -> std::io::Result<()> {
            Ok(())
        }

        fn left_behind(&self) -> std::io::Result<Vec<Underway>> {
            Ok(Vec::new())
        }

        fn clear(&self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_two_requests_under_way_share_a_slot_and_what_is_free_is_used_again() {
        let journal: Arc<dyn Journal> = Arc::new(Nowhere);
        let delivery = |n| DeliveryId::from_uuid(Uuid::from_u128(n));
        let mut slots = Slots::new(2);
        assert_eq!(slots.take(delivery(1), &journal).number, Some(0));
        assert_eq!(slots.take(delivery(2), &journal).number, Some(1));
        assert_eq!(slots.take(delivery(3), &journal).number, None);
        slots.release(delivery(2));
        slots.release(delivery(2));
        assert_eq!(slots.take(delivery(3), &journal).number, Some(1));
        assert_eq!(slots.take(delivery(4), &journal).number, None);
    }
}
