//! Whose a delivery is of which more is expected: remembered from when it is scheduled until it ends.
//!
//! A delivery that goes well is scheduled and delivered in one batch, and so costs no row.

use domain::{DeliveryId, EventType, SubscriptionId};
use hashbrown::HashMap;
use rusqlite::params;

use crate::store::{Columns, Tables, WriteError, blob};

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
    pub(super) fn new(tables: Tables<'p>) -> Self {
        Self { tables, touched: HashMap::new() }
    }

    /// More is expected of a delivery; `first` if nothing was recorded of it before.
    pub(super) fn begin(&mut self, id: DeliveryId, target: Target, first: bool) {
        let slot = self.touched.entry(id).or_insert(Slot { target: None, stored: !first, begun: true });
        slot.target = Some(target);
        slot.begun = true;
    }

    /// Whose a delivery is; none if nothing more was expected of it.
    pub(super) fn target(&mut self, id: DeliveryId) -> Result<Option<&Target>, WriteError> {
        if !self.touched.contains_key(&id) {
            let target = self.stored(id)?;
            let stored = target.is_some();
            self.touched.insert(id, Slot { target, stored, begun: false });
        }
        Ok(self.touched.get(&id).and_then(|slot| slot.target.as_ref()))
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
        self.tables.execute(SQL, [blob(subscription.uuid())])?;
        Ok(())
    }

    /// Writes what changed.
    pub(super) fn write(self) -> Result<(), WriteError> {
        const NOTE: &str = "INSERT INTO analytics_open/*copy*/ (delivery, subscription, event_type) VALUES ($1, $2, $3) \
             ON CONFLICT (delivery) DO NOTHING";
        const FORGET: &str = "DELETE FROM analytics_open/*copy*/ WHERE delivery = $1";
        for (id, Slot { target, stored, begun }) in self.touched {
            match target {
                Some((subscription, event_type)) if begun => {
                    let values = params![blob(id.uuid()), blob(subscription.uuid()), event_type.as_str()];
                    self.tables.execute(NOTE, values)?;
                }
                None if stored => {
                    self.tables.execute(FORGET, [blob(id.uuid())])?;
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    fn stored(&self, id: DeliveryId) -> Result<Option<Target>, WriteError> {
        const SQL: &str = "SELECT subscription, event_type FROM analytics_open/*copy*/ WHERE delivery = $1";
        self.tables.find(SQL, [blob(id.uuid())], |row| {
            let mut columns = Columns::of("analytics_open", row);
            let subscription = SubscriptionId::from_uuid(columns.uuid()?);
            Ok((subscription, columns.parsed(EventType::parse)?))
        })
    }
}
