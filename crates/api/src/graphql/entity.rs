//! Things with an id of their own, which can be loaded by it.

use async_graphql::Result;

use super::scope::Scope;

/// Something that is found by its id, within the caller's tenant.
pub(crate) trait Entity: Sized {
    /// What names it.
    type Id;

    /// The thing with this id; none if there is none, or it is another tenant's. Needs the scope that reading it needs.
    fn load(scope: &Scope, id: &Self::Id) -> impl Future<Output = Result<Option<Self>>> + Send;
}
