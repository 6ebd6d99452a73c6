//! Handing out API keys, and taking them back.

use app::api_keys::{NewApiKey, Refusal};
use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::{ApiKeyId, TenantId};
use secrecy::ExposeSecret;

use super::payload::{payload, settle};
use crate::graphql::model::api_key::{ApiKey, Scope};
use crate::graphql::model::refusal::{Refusals, refused};
use crate::graphql::model::scalars::{DateTime, Version};
use crate::graphql::scope::CtxExt;

/// An API key to hand out.
#[derive(InputObject)]
struct CreateApiKeyInput {
    /// What people shall call it: 1 to 128 characters.
    name: String,
    /// What it shall allow: at least one scope, and none that the caller does not have.
    scopes: Vec<Scope>,
    /// When it shall stop being good; never, if left out.
    expires_at: Option<DateTime>,
    /// Whose it shall be; the caller's own tenant, if left out. Another one needs the scope `OPERATE`.
    tenant_id: Option<ID>,
}

/// An API key to take back.
#[derive(InputObject)]
struct RevokeApiKeyInput {
    /// Its id; not the key.
    id: ID,
    /// The version that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
}

payload! {
    /// What became of an API key.
    ApiKeyPayload,
    /// The API key, as it is now. Needs the scope `READ`; none if it belongs to another tenant.
    api_key: ApiKey = ApiKeyId,
    /// The key itself, `hk_...`: shown this once, and kept nowhere. Only where it was made.
    secret: String
}

#[derive(Default)]
pub(crate) struct ApiKeyMutations;

#[Object]
impl ApiKeyMutations {
    /// Hands out an API key. It is good when the answer comes; the answer is the only time at which it is shown.
    ///
    /// Needs the scope `MANAGE`.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key.")] input: CreateApiKeyInput,
    ) -> Result<ApiKeyPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let name = refusals.name("name", &input.name);
        let tenant = input.tenant_id.map(|id| refusals.id::<TenantId>("tenantId", &id));
        let (Some(name), None | Some(Some(_))) = (name, tenant) else {
            return Ok(ApiKeyPayload::refused(refusals.into_vec()));
        };
        let new = NewApiKey {
            tenant: tenant.flatten(),
            name,
            scopes: input.scopes.into_iter().map(Into::into).collect(),
            expires_at: input.expires_at.map(|expiry| expiry.0),
        };
        let result = scope.app().issue_api_key(scope.request(), new).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, create_field(refusal)))? {
            Ok(issued) => {
                let secret = Some(issued.key.expose_secret().to_owned());
                ApiKeyPayload { secret, ..ApiKeyPayload::done(issued.id, issued.changed) }
            }
            Err(refusals) => ApiKeyPayload::refused(refusals),
        })
    }

    /// Takes an API key back: it opens nothing any more when the answer comes.
    ///
    /// Needs the scope `MANAGE`.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key.")] input: RevokeApiKeyInput,
    ) -> Result<ApiKeyPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(id) = refusals.id::<ApiKeyId>("id", &input.id) else {
            return Ok(ApiKeyPayload::refused(refusals.into_vec()));
        };
        let expected = input.expected_version.map(|version| version.0);
        let result = scope.app().revoke_api_key(scope.request(), id, expected).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, revoke_field(refusal)))? {
            Ok(changed) => ApiKeyPayload::done(id, changed),
            Err(refusals) => ApiKeyPayload::refused(refusals),
        })
    }
}

const fn create_field(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound => "tenantId",
        Refusal::ScopeNotHeld { .. } | Refusal::Rule(domain::api_key::Refusal::NoScope) => "scopes",
        Refusal::Rule(domain::api_key::Refusal::ExpiryPast) => "expiresAt",
        Refusal::Stale { .. } | Refusal::TooMany { .. } | Refusal::Rule(_) => "",
    }
}

const fn revoke_field(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Stale { .. } => "expectedVersion",
        Refusal::NotFound | Refusal::TooMany { .. } | Refusal::ScopeNotHeld { .. } | Refusal::Rule(_) => "id",
    }
}
