//! The queries of the `tools` view.

use domain::{BulkActionId, SubscriptionId, TenantId, TestId};
use uuid::Uuid;

use super::action::{self, Action};
use super::test_send::{self, TestSend};
use crate::page::{Conditions, Cursor, Keys, List, Listed, Page, id};
use crate::store::{Connection, Damage, ReadError, Row, Sql};
use crate::views::Reader;

/// Asks the `tools` view. Cheap to clone. Each answer is of one moment.
#[derive(Debug, Clone)]
pub struct Tools {
    reader: Reader,
}

impl Tools {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// The bulk action with this id.
    pub async fn action(&self, tenant: TenantId, wanted: BulkActionId) -> Result<Option<Action>, ReadError> {
        self.by_id(action::SELECT, tenant, wanted.uuid(), action::read).await
    }

    /// A page of bulk actions, newest first.
    pub async fn actions(
        &self,
        tenant: TenantId,
        page: Page<BulkActionId>,
    ) -> Result<Listed<Action>, ReadError> {
        let arm = Conditions::default().with("tenant = ?", [id(tenant.uuid())]);
        self.list(action::SELECT, arm, Conditions::default(), page, action::read).await
    }

    /// The test with this id.
    pub async fn test(&self, tenant: TenantId, wanted: TestId) -> Result<Option<TestSend>, ReadError> {
        self.by_id(test_send::SELECT, tenant, wanted.uuid(), test_send::read).await
    }

    /// A page of tests, newest first: of one subscription, or all.
    pub async fn tests(
        &self,
        tenant: TenantId,
        subscription: Option<SubscriptionId>,
        page: Page<TestId>,
    ) -> Result<Listed<TestSend>, ReadError> {
        let (arm, also) = match subscription {
            None => (Conditions::default().with("tenant = ?", [id(tenant.uuid())]), Conditions::default()),
            Some(subscription) => (
                Conditions::default().with("subscription = ?", [id(subscription.uuid())]),
                Conditions::default().with("coalesce(tenant, tenant) = ?", [id(tenant.uuid())]),
            ),
        };
        self.list(test_send::SELECT, arm, also, page, test_send::read).await
    }

    async fn by_id<T: Send + 'static>(
        &self,
        select: &'static str,
        tenant: TenantId,
        wanted: Uuid,
        read: fn(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Option<T>, ReadError> {
        let query = move |snapshot: Connection<'_>| {
            let mut sql = Sql::new(select);
            sql.push(" WHERE id = ").bind(id(wanted)).push(" AND tenant = ").bind(id(tenant.uuid()));
            sql.first(snapshot, read)
        };
        self.reader.read(query).await
    }

    async fn list<K: Cursor + Ord + Send + 'static, T: Send + 'static>(
        &self,
        select: &'static str,
        arm: Conditions,
        also: Conditions,
        page: Page<K>,
        read: fn(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Listed<T>, ReadError> {
        let query = move |snapshot: Connection<'_>| {
            let keys = Keys { columns: &["id"], apart: false, above: None, below: None };
            let list = List { select, keys, arms: &[arm], also: &also };
            Ok(Listed::from_found(list.page(snapshot, &page).all(snapshot, read)?, &page))
        };
        self.reader.read(query).await
    }
}
