//! What mutations answer with: what was done, or why it was not.

use app::{Error as AppError, Refused};
use async_graphql::Error;

use crate::graphql::errors::refusal_or_error;
use crate::graphql::model::refusal::Refusal;
use crate::graphql::scope::Scope;

/// What was done, or the refusals; a fault is an error of the field.
pub(super) fn settle<T, R: Refused>(
    result: Result<T, AppError<R>>,
    scope: &Scope,
    refusals: impl FnOnce(&R) -> Vec<Refusal>,
) -> Result<Result<T, Vec<Refusal>>, Error> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(error) => refusal_or_error(error, scope.request_id()).map(|refusal| Err(refusals(&refusal))),
    }
}

/// A payload type: `ok`, what was changed, its version, the position that was written, and the refusals.
///
/// The entity is read only if somebody selects it, from views that have come to the change.
macro_rules! payload {
    (
        $(#[$doc:meta])* $payload:ident,
        $(#[$entity_doc:meta])* $entity:ident: $type:ty = $id:ty
        $(, $(#[$field_doc:meta])* $field:ident: $field_type:ty)* $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Default, async_graphql::SimpleObject)]
        #[graphql(complex)]
        pub(crate) struct $payload {
            /// Whether it was done, or was so already.
            ok: bool,
            #[graphql(skip)]
            id: Option<$id>,
            $($(#[$field_doc])* $field: Option<$field_type>,)*
            /// The version that the thing is at now, for `expectedVersion`.
            version: Option<$crate::graphql::model::scalars::Version>,
            /// Where the change stands in the order of everything, for `minPosition`.
            position: Option<$crate::graphql::model::scalars::PositionText>,
            /// Why it was not done; empty if `ok`.
            refusals: Vec<$crate::graphql::model::refusal::Refusal>,
        }

        #[async_graphql::ComplexObject]
        impl $payload {
            $(#[$entity_doc])*
            async fn $entity(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<Option<$type>> {
                use $crate::graphql::scope::CtxExt;
                let (Some(id), Some(position)) = (&self.id, self.position) else { return Ok(None) };
                ctx.scope().reach(position.0).await?;
                <$type as $crate::graphql::entity::Entity>::load(ctx.scope(), id).await
            }
        }

        impl $payload {
            /// It was not done.
            fn refused(refusals: Vec<$crate::graphql::model::refusal::Refusal>) -> Self {
                Self { refusals, ..Self::default() }
            }

            /// It was done to the thing with this id.
            fn done(id: $id, changed: app::Changed) -> Self {
                Self {
                    ok: true,
                    id: Some(id),
                    version: Some(changed.version.into()),
                    position: Some(changed.position.into()),
                    ..Self::default()
                }
            }
        }
    };
}

pub(super) use payload;
