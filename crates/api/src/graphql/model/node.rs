//! Anything with a global id.

use async_graphql::{ID, Interface, Result};
use domain::{
    ApiKeyId, BulkActionId, DeliveryId, EventId, EventTypeId, StreamId, StreamKind, SubscriptionId, TenantId,
    TestId,
};

use super::api_key::ApiKey;
use super::bulk_action::BulkAction;
use super::delivery::Delivery;
use super::event::Event;
use super::event_type::EventType;
use super::subscription::Subscription;
use super::tenant::Tenant;
use super::test_send::Test;
use crate::graphql::entity::Entity;
use crate::graphql::errors::field_error;
use crate::graphql::scope::Scope;

/// Anything with a global id. An id begins with what kind of thing it names, such as `sub_` for a subscription.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Names it globally."))]
pub(crate) enum Node {
    Tenant(Tenant),
    ApiKey(ApiKey),
    EventType(EventType),
    Subscription(Box<Subscription>),
    Event(Event),
    Delivery(Delivery),
    BulkAction(BulkAction),
    Test(Test),
}

impl Node {
    /// The thing with this id; none if there is none that the caller may see.
    pub(crate) async fn load(scope: &Scope, id: &ID) -> Result<Option<Self>> {
        let bad = || {
            field_error(
                "BAD_USER_INPUT",
                format!(
                    "\"{}\" is not an id: one begins with ten_, key_, typ_, sub_, evt_, dlv_, act_ or tst_",
                    shortened(id)
                ),
            )
        };
        let StreamId { kind, uuid } = id.parse::<StreamId>().map_err(|_| bad())?;
        Ok(match kind {
            StreamKind::Tenant => Tenant::load(scope, &TenantId::from_uuid(uuid)).await?.map(Self::Tenant),
            StreamKind::ApiKey => ApiKey::load(scope, &ApiKeyId::from_uuid(uuid)).await?.map(Self::ApiKey),
            StreamKind::EventType => {
                EventType::by_id(scope, EventTypeId::from_uuid(uuid))?.map(Self::EventType)
            }
            StreamKind::Subscription => Subscription::load(scope, &SubscriptionId::from_uuid(uuid))
                .await?
                .map(|subscription| Self::Subscription(Box::new(subscription))),
            StreamKind::Event => Event::load(scope, &EventId::from_uuid(uuid)).await?.map(Self::Event),
            StreamKind::BulkAction => {
                BulkAction::load(scope, &BulkActionId::from_uuid(uuid)).await?.map(Self::BulkAction)
            }
            StreamKind::Test => Test::load(scope, &TestId::from_uuid(uuid)).await?.map(Self::Test),
            StreamKind::Delivery => {
                Delivery::load(scope, &DeliveryId::from_uuid(uuid)).await?.map(Self::Delivery)
            }
        })
    }
}

/// The most characters of a bad id that are repeated.
const SHOWN_CHARS_MAX: usize = 64;

fn shortened(id: &ID) -> String {
    id.chars().take(SHOWN_CHARS_MAX).collect()
}
