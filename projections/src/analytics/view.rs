//! The fold of the `analytics` view.

use domain::{Fact, SubscriptionId, event, subscription};

use super::fold::AnalyticsFold;
use crate::runner::{Parking, Projection, Routed, RoutedPage};
use crate::store::{Tables, WriteError};

/// See [`crate::analytics`].
pub(crate) struct AnalyticsView;

impl Projection for AnalyticsView {
    const NAME: &'static str = "analytics";
    const VERSION: u32 = 1;
    const DDL: &'static str = include_str!("tables.sql");

    fn fold(page: &RoutedPage<'_>, tables: Tables<'_>, _parking: &mut Parking) -> Result<(), WriteError> {
        let mut analytics = AnalyticsFold::load(page, tables)?;
        for Routed { record, fact, deliveries } in &page.records {
            match fact {
                Fact::Event(event::Event::Published(published)) => {
                    analytics.published(record, published, deliveries);
                }
                Fact::Delivery(event) => analytics.note(record, event),
                Fact::Subscription(subscription::Event::Deleted) => {
                    analytics.forget(SubscriptionId::from_uuid(record.stream.uuid))?;
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
        analytics.write()
    }
}
