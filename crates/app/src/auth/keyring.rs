//! The API keys and tenants of the whole system, in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::{Actor, ApiKeyId, Caller, TenantId, Timestamp, api_key, tenant};
use ledger::Record;
use subtle::ConstantTimeEq;
use tracing::error;

use super::AuthError;
use super::token::{Hash, Prefix, hash, prefix};

/// The fold of the records of API keys and tenants; answers who holds a key, without any IO.
#[derive(Debug, Default)]
pub(crate) struct Keyring(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    tenants: HashMap<TenantId, Standing>,
    /// Keys that were not revoked. Prefixes hardly ever collide, and if they do, the hash decides.
    keys: HashMap<Prefix, Vec<Key>>,
    /// Where a key is found; its revocation names it by its stream alone.
    prefixes: HashMap<ApiKeyId, Prefix>,
}

#[derive(Debug, Default)]
struct Standing {
    /// Whether its calls are refused.
    suspended: bool,
    /// How many of its keys were not revoked.
    keys: usize,
}

#[derive(Debug)]
struct Key {
    id: ApiKeyId,
    hash: Hash,
    expires_at: Option<Timestamp>,
    caller: Arc<Caller>,
}

impl Keyring {
    /// Who holds `token` at `now`.
    pub(crate) fn authenticate(&self, token: &str, now: Timestamp) -> Result<Arc<Caller>, AuthError> {
        let prefix = prefix(token).ok_or(AuthError::Malformed)?;
        let state = self.read();
        let candidates = state.keys.get(&prefix).ok_or(AuthError::Unknown)?;
        let hash = hash(token);
        let key = candidates.iter().find(|key| key.hash.ct_eq(&hash).into()).ok_or(AuthError::Unknown)?;
        state.admits(key, now)
    }

    /// Who holds the key `id` at `now`, for somebody who proved earlier that they do.
    pub(crate) fn holder(&self, id: ApiKeyId, now: Timestamp) -> Result<Arc<Caller>, AuthError> {
        let state = self.read();
        let alike = state.prefixes.get(&id).and_then(|prefix| state.keys.get(prefix));
        let key = alike.into_iter().flatten().find(|key| key.id == id).ok_or(AuthError::Unknown)?;
        state.admits(key, now)
    }

    /// Whether calls of `tenant` are served.
    pub(crate) fn serves(&self, tenant: TenantId) -> Result<(), AuthError> {
        self.read().serves(tenant)
    }

    /// How many keys of `tenant` were not revoked; `None` if there is no such tenant.
    pub(crate) fn count_keys(&self, tenant: TenantId) -> Option<usize> {
        self.read().tenants.get(&tenant).map(|tenant| tenant.keys)
    }

    /// How many tenants there are.
    pub(crate) fn count_tenants(&self) -> usize {
        self.read().tenants.len()
    }

    /// Folds one more record of a tenant.
    pub(crate) fn apply_tenant(&self, record: &Record, event: &tenant::Event) {
        let mut state = self.write();
        let tenant = state.tenants.entry(TenantId::from_uuid(record.stream.uuid)).or_default();
        match event {
            tenant::Event::Created { .. } | tenant::Event::Renamed { .. } => {}
            tenant::Event::Suspended { .. } => tenant.suspended = true,
            tenant::Event::Reinstated => tenant.suspended = false,
        }
    }

    /// Folds one more record of an API key.
    pub(crate) fn apply_key(&self, record: &Record, event: &api_key::Event) {
        let id = ApiKeyId::from_uuid(record.stream.uuid);
        match event {
            api_key::Event::Issued(issue) => match Key::read(id, record.tenant, issue) {
                Some((prefix, key)) => self.write().admit(prefix, key),
                None => {
                    error!(key = %id, position = %record.position, "the API key is damaged and opens nothing");
                }
            },
            api_key::Event::Revoked => self.write().dismiss(id),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admits(&self, key: &Key, now: Timestamp) -> Result<Arc<Caller>, AuthError> {
        if let Some(at) = key.expires_at.filter(|expiry| *expiry <= now) {
            return Err(AuthError::Expired { at });
        }
        self.serves(key.caller.tenant)?;
        Ok(key.caller.clone())
    }

    fn serves(&self, tenant: TenantId) -> Result<(), AuthError> {
        match self.tenants.get(&tenant) {
            Some(tenant) if !tenant.suspended => Ok(()),
            Some(_) => Err(AuthError::Suspended),
            None => Err(AuthError::Unknown),
        }
    }

    fn admit(&mut self, prefix: Prefix, key: Key) {
        if let Some(tenant) = self.tenants.get_mut(&key.caller.tenant) {
            tenant.keys += 1;
        }
        self.prefixes.insert(key.id, prefix);
        self.keys.entry(prefix).or_default().push(key);
    }

    fn dismiss(&mut self, id: ApiKeyId) {
        let Some(prefix) = self.prefixes.remove(&id) else { return };
        let Some(alike) = self.keys.get_mut(&prefix) else { return };
        let revoked = alike.iter().position(|key| key.id == id).map(|place| alike.swap_remove(place));
        if alike.is_empty() {
            self.keys.remove(&prefix);
        }
        if let Some(tenant) = revoked.and_then(|key| self.tenants.get_mut(&key.caller.tenant)) {
            tenant.keys -= 1;
        }
    }
}

impl Key {
    /// The key that was recorded, if its prefix and hash are what they should be.
    fn read(id: ApiKeyId, tenant: TenantId, issue: &api_key::Issue) -> Option<(Prefix, Self)> {
        let prefix = issue.prefix.as_bytes().try_into().ok()?;
        let mut hash = Hash::default();
        hex::decode_to_slice(&issue.hash, &mut hash).ok()?;
        let caller = Caller { tenant, actor: Actor::ApiKey { id }, scopes: issue.scopes.clone() };
        Some((prefix, Self { id, hash, expires_at: issue.expires_at, caller: Arc::new(caller) }))
    }
}
