//! Records of the ledger.

use app::Refused;
use app::records::At;
use async_graphql::{Context, Enum, Object, Result};

use crate::graphql::errors::{field_error, refusal_or_error};
use crate::graphql::model::record::Record;
use crate::graphql::model::scalars::PositionText;
use crate::graphql::scope::CtxExt;

/// At which version a record is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum RecordVersion {
    /// As it is stored.
    Stored,
    /// As it is read today.
    Latest,
}

#[derive(Default)]
pub(crate) struct RecordQueries;

#[Object]
impl RecordQueries {
    /// The record at this position: as it is stored, at the latest version, or at the one that is named, with the steps that
    /// lifted it; none if there is none of the caller's tenant.
    ///
    /// Needs the scope `AUDIT`.
    #[graphql(complexity = "10 + child_complexity")]
    async fn record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its place in the order of everything.")] position: PositionText,
        #[graphql(desc = "At which version; `LATEST`, if both are left out.")] at: Option<RecordVersion>,
        #[graphql(
            desc = "The number of a version, at least as new as the stored one. Not together with `at`."
        )]
        version: Option<u32>,
    ) -> Result<Option<Record>> {
        let at = match (at, version) {
            (Some(_), Some(_)) => {
                return Err(field_error("BAD_USER_INPUT", "give \"at\" or \"version\", not both"));
            }
            (Some(RecordVersion::Stored), None) => At::Stored,
            (Some(RecordVersion::Latest) | None, None) => At::Latest,
            (None, Some(version)) => At::Version(u16::try_from(version).unwrap_or(u16::MAX)),
        };
        let scope = ctx.scope();
        match scope.app().record_at(scope.request(), position.0, at).await {
            Ok(record) => {
                scope.charge(record.as_ref().map_or(0, |record| record.payload.as_str().len()))?;
                Ok(record.map(Record))
            }
            Err(error) => {
                let refusal = refusal_or_error(error, scope.request_id())?;
                Err(field_error("BAD_USER_INPUT", format!("{refusal} ({})", refusal.code())))
            }
        }
    }
}
