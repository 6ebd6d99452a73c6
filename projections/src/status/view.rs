//! The fold of the `status` view.

use domain::{Fact, event};

use super::delivery::DeliveryFold;
use super::event::insert_events;
use super::subscription::SubscriptionFold;
use super::{api_key, event_type, tenant};
use crate::runner::{Parking, Projection, Routed, RoutedPage};
use crate::store::{Tables, WriteError};

/// See [`crate::status`].
pub(crate) struct StatusView;

impl Projection for StatusView {
    const NAME: &'static str = "status";
    const VERSION: u32 = 3;
    const DDL: &'static str = include_str!("tables.sql");

    /// Deliveries and counters are folded in memory first, so that a page touches each row once.
    fn fold(page: &RoutedPage<'_>, tables: Tables<'_>, parking: &mut Parking) -> Result<(), WriteError> {
        let mut deliveries = DeliveryFold::load(page, tables)?;
        let mut subscriptions = SubscriptionFold::new(page, tables);
        let mut events = Vec::new();
        for Routed { record, fact, deliveries: born } in &page.records {
            match fact {
                Fact::Tenant(event) => tenant::fold(record, event, tables)?,
                Fact::ApiKey(event) => api_key::fold(record, event, tables)?,
                Fact::EventType(event) => event_type::fold(record, event, tables)?,
                Fact::Event(event::Event::Published(published)) => {
                    events.push((*record, &**published));
                    deliveries.born(record, published, born);
                }
                Fact::Subscription(event) => {
                    subscriptions.note(record, event);
                    if matches!(event, domain::subscription::Event::Deleted) {
                        deliveries.cancel_all(record)?;
                    }
                }
                Fact::BulkAction(_) | Fact::Test(_) => {}
                Fact::Delivery(event) => match deliveries.note(record, event) {
                    Some(subscription) => subscriptions.count(subscription, event),
                    None => parking.park(record, &"the delivery is unknown: it was never scheduled"),
                },
            }
        }
        insert_events(&events, tables)?;
        deliveries.write()?;
        subscriptions.write()
    }
}
