//! The first start: a tenant to live in and a key to begin with.

use domain::{
    Actor, ApiKeyId, Fact, Metadata, Name, RecordId, Scope, Sequence, StreamId, TenantId, api_key, tenant,
};
use failpoints::Point;
use ledger::{Batch, NewRecord, Origin};
use uuid::Uuid;

use crate::api_keys::Issued;
use crate::app::App;
use crate::auth::FreshKey;
use crate::change::Changed;
use crate::error::Fault;

/// The tenant that every installation begins with. Always the same, so that two first starts at once make one.
pub const DEFAULT_TENANT: TenantId =
    TenantId::from_uuid(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0001));
/// The first key of that tenant, for the same reason.
const FIRST_KEY: ApiKeyId = ApiKeyId::from_uuid(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0002));

impl App {
    /// Makes the default tenant and its admin key with every scope, unless there is one already.
    ///
    /// Whoever comes first gets the key, this once; everybody else gets `None`, however many start at the same moment.
    pub async fn bootstrap(&self) -> Result<Option<Issued>, Fault> {
        if self.keyring().count_keys(DEFAULT_TENANT).is_some() {
            return Ok(None);
        }
        let key = self.draw(FreshKey::generate);
        let name = |text| Name::new(text).expect("a short plain name");
        let issue = key.issue(name("first admin key"), Scope::ALL.to_vec(), None);
        let origin = Origin::new(DEFAULT_TENANT, &Metadata::by(Actor::System), self.clock().now());
        let record = |stream: StreamId, fact: Fact| {
            NewRecord::of(RecordId::generate(self.ids()), stream, Sequence(1), fact, &origin)
        };
        let records = vec![
            record(DEFAULT_TENANT.into(), tenant::Event::Created { name: name("default") }.into()),
            record(FIRST_KEY.into(), api_key::Event::Issued(issue).into()),
        ];
        failpoints::reach(Point::BeforeBootstrap);
        let verdict = self.append_surely(Batch::new(records).expect("two small records")).await?;
        failpoints::reach(Point::AfterBootstrap);
        let issued = verdict.ok().map(|appended| Issued {
            id: FIRST_KEY,
            key: key.text,
            prefix: key.prefix,
            changed: Changed { version: Sequence(1), position: appended.last },
        });
        self.caught_up_to(self.ledger().head()).await?;
        Ok(issued)
    }
}
