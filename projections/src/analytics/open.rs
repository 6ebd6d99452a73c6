//! Whose a delivery is of which more is expected: remembered from when it is scheduled until it ends.
//!
//! A delivery that is delivered at once costs no row.

use domain::{DeliveryId, EventType, SubscriptionId};
use hashbrown::HashMap;
use uuid::Uuid;

use crate::store::{Columns, Row, Tables, WriteError, as_id};

/// To whom something goes, and of which type it is.
pub(super) type Target = (SubscriptionId, EventType);

/// The deliveries that a page touches and does not end.
pub(super) struct Open<'p> {
    tables: Tables<'p>,
    touched: HashMap<DeliveryId, Slot>,
}

/// What is known of a delivery.
struct Slot {
    /// None once it has ended.
    target: Option<Target>,
    /// Whether there may be a row.
    stored: bool,
    /// Whether there should be a row that may be missing.
    begun: bool,
}

impl<'p> Open<'p> {
    /// Reads whose these deliveries are.
    pub(super) fn load(tables: Tables<'p>, deliveries: &[Uuid]) -> Result<Self, WriteError> {
        const SQL: &str =
            "SELECT delivery, subscription, event_type FROM analytics_open/*copy*/ WHERE delivery = $1";
        let read = |row: Row<'_>| {
            let mut columns = Columns::of("analytics_open", row);
            let delivery = DeliveryId::from_uuid(columns.uuid()?);
            let subscription = SubscriptionId::from_uuid(columns.uuid()?);
            Ok((delivery, (subscription, columns.parsed(EventType::parse)?)))
        };
        let slot = |target| Slot { target: Some(target), stored: true, begun: false };
        let found = tables.find_ids(SQL, deliveries, read)?;
        Ok(Self { tables, touched: found.into_iter().map(|(id, target)| (id, slot(target))).collect() })
    }

    /// More is expected of a delivery; `first` if nothing was recorded of it before.
    pub(super) fn begin(&mut self, id: DeliveryId, target: Target, first: bool) {
        let slot = self.touched.entry(id).or_insert(Slot { target: None, stored: !first, begun: true });
        slot.target = Some(target);
        slot.begun = true;
    }

    /// Whose a delivery is, of those that were read or begun; none if nothing more was expected of it.
    pub(super) fn target(&mut self, id: DeliveryId) -> Option<&Target> {
        let slot = self.touched.entry(id).or_insert(Slot { target: None, stored: false, begun: false });
        slot.target.as_ref()
    }

    /// Nothing more is expected of a delivery.
    pub(super) fn end(&mut self, id: DeliveryId) {
        let slot = self.touched.entry(id).or_insert(Slot { target: None, stored: true, begun: false });
        slot.target = None;
    }

    /// Nothing more is expected of any delivery to `subscription`. Goes through all that are open, as seldom as a
    /// subscription is deleted.
    pub(super) fn end_all(&mut self, subscription: SubscriptionId) -> Result<(), WriteError> {
        const SQL: &str = "DELETE FROM analytics_open/*copy*/ WHERE subscription = $1";
        let open = |slot: &&mut Slot| slot.target.as_ref().is_some_and(|(to, _)| *to == subscription);
        self.touched.values_mut().filter(open).for_each(|slot| slot.target = None);
        self.tables.execute(SQL, &[as_id(subscription.uuid())])?;
        Ok(())
    }

    /// Writes what changed.
    pub(super) fn write(self) -> Result<(), WriteError> {
        const NOTE: &str = "INSERT INTO analytics_open/*copy*/ (delivery, subscription, event_type) VALUES ($1, $2, $3) \
             ON CONFLICT (delivery) DO NOTHING";
        const FORGET: &str = "DELETE FROM analytics_open/*copy*/ WHERE delivery = $1";
        let (mut begun, mut ended) = (Vec::new(), Vec::new());
        for (id, slot) in self.touched {
            match slot.target {
                Some(target) if slot.begun => begun.push((id, target)),
                None if slot.stored => ended.push(id.uuid()),
                Some(_) | None => {}
            }
        }
        begun.sort_unstable_by_key(|(id, _)| *id);
        ended.sort_unstable();
        self.tables.each(NOTE, &begun, |(id, (subscription, event_type)), row| {
            row.add(as_id(id.uuid()))?.add(as_id(subscription.uuid()))?.add(event_type.as_str())?;
            Ok(())
        })?;
        self.tables.each_id(FORGET, &ended)
    }
}
