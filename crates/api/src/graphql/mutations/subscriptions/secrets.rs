//! Rotating and revoking what a subscription signs with.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::subscription::Overlap;
use domain::{SecretId, SubscriptionId};

use super::create::NewSigningSecret;
use super::field;
use super::input::SecretInput;
use crate::graphql::model::refusal::{Refusals, refused};
use crate::graphql::model::scalars::Version;
use crate::graphql::model::subscription::Subscription;
use crate::graphql::mutations::payload::{payload, settle};
use crate::graphql::scope::CtxExt;

/// A secret to replace by a new one.
#[derive(InputObject)]
struct RotateSecretInput {
    /// The subscription's id.
    id: ID,
    /// The version of the subscription that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
    /// The new secret; made here, if left out.
    secret: Option<SecretInput>,
    /// How long the present secret signs along, so that receivers have time to change: 0 to 604,800 (7 days), by
    /// default 24 hours.
    overlap_seconds: Option<u32>,
}

/// An old secret to sign with no more.
#[derive(InputObject)]
struct RevokeSecretInput {
    /// The subscription's id.
    id: ID,
    /// The version of the subscription that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
    /// The secret's id; one that was replaced and still signs along.
    secret_id: ID,
}

payload! {
    /// What became of a subscription's secret.
    SecretPayload,
    /// The subscription, as it is now. Needs the scope `READ`.
    subscription: Subscription = SubscriptionId,
    /// What receivers verify with from now on. Shown this once, and only where it was made.
    secret: NewSigningSecret
}

#[derive(Default)]
pub(crate) struct SecretMutations;

#[Object]
impl SecretMutations {
    /// Signs with a new secret from now on. The present one signs along for a while: each request has both signatures.
    ///
    /// Needs the scope `MANAGE`.
    async fn rotate_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription and its new secret.")] input: RotateSecretInput,
    ) -> Result<SecretPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let id = refusals.id::<SubscriptionId>("id", &input.id);
        let overlap = input
            .overlap_seconds
            .map_or(Ok(Overlap::default()), |seconds| Overlap::from_seconds(seconds.into()));
        let overlap = refusals.take("overlapSeconds", "overlap", overlap);
        let (Some(id), Some(overlap)) = (id, overlap) else {
            return Ok(SecretPayload::refused(refusals.into_vec()));
        };
        let expected = input.expected_version.map(|version| version.0);
        let new = input.secret.unwrap_or_default().into();
        let result = scope.app().rotate_secret(scope.request(), id, expected, new, overlap).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(rotated) => {
                let secret = Some(rotated.secret.into());
                SecretPayload { secret, ..SecretPayload::done(id, rotated.changed) }
            }
            Err(refusals) => SecretPayload::refused(refusals),
        })
    }

    /// Stops signing with an old secret before its time. The present one can only be rotated.
    ///
    /// Needs the scope `MANAGE`.
    async fn revoke_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription and its old secret.")] input: RevokeSecretInput,
    ) -> Result<SecretPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let id = refusals.id::<SubscriptionId>("id", &input.id);
        let secret = refusals.id::<SecretId>("secretId", &input.secret_id);
        let (Some(id), Some(secret)) = (id, secret) else {
            return Ok(SecretPayload::refused(refusals.into_vec()));
        };
        let expected = input.expected_version.map(|version| version.0);
        let result = scope.app().revoke_secret(scope.request(), id, expected, secret).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(changed) => SecretPayload::done(id, changed),
            Err(refusals) => SecretPayload::refused(refusals),
        })
    }
}
