//! The fold of the `queue` view.

use domain::{DeliveryId, Fact, SubscriptionId, event, subscription};

use super::fold::QueueFold;
use crate::runner::{Parking, Projection, Routed, RoutedPage};
use crate::store::{Tables, WriteError};

/// See [`crate::queue`].
pub(crate) struct QueueView;

impl Projection for QueueView {
    const NAME: &'static str = "queue";
    const VERSION: u32 = 1;
    const DDL: &'static str = include_str!("tables.sql");

    fn fold(page: &RoutedPage<'_>, tables: Tables<'_>, _parking: &mut Parking) -> Result<(), WriteError> {
        let mut queue = QueueFold::load(page, tables)?;
        for Routed { record, fact, deliveries } in &page.records {
            match fact {
                Fact::Event(event::Event::Published(published)) => queue.born(record, published, deliveries),
                Fact::Delivery(event) => {
                    queue.note(DeliveryId::from_uuid(record.stream.uuid), record, event);
                }
                Fact::Subscription(subscription::Event::Deleted) => {
                    queue.forget_all(SubscriptionId::from_uuid(record.stream.uuid))?;
                }
                Fact::Subscription(_)
                | Fact::Tenant(_)
                | Fact::ApiKey(_)
                | Fact::EventType(_)
                | Fact::BulkAction(_)
                // Tests count nowhere.
                | Fact::Test(_) => {}
            }
        }
        queue.write()
    }
}
