//! Headers that the owner adds: checked as typed, then sealed one by one.

use std::collections::BTreeMap;

use domain::{Headers, HeadersError, Sealed, SubscriptionId, TenantId};
use secrecy::{ExposeSecret, SecretString};
use vault::{Context, Vault};
use zeroize::Zeroize;

use super::{HeaderChange, Refusal};

/// Names and values that may be set; names are in lower case.
#[derive(Debug)]
pub(super) struct Checked {
    set: Vec<(String, SecretString)>,
    /// What to remove; everything else if `None`.
    remove: Option<Vec<String>>,
}

/// Checks a change before anything is sealed.
pub(super) fn check(change: HeaderChange) -> Result<Checked, Refusal> {
    let (set, remove) = match change {
        HeaderChange::Replace(all) => (all, None),
        HeaderChange::Patch { set, remove } => (set, Some(remove)),
    };
    let remove = remove.map(|names| names.iter().map(|name| name.to_ascii_lowercase()).collect());
    let mut values: BTreeMap<String, SecretString> = BTreeMap::new();
    for (name, value) in set {
        // Owned by the map below only as long as it takes to look at it.
        let mut looked_at =
            Headers::check([(name, value.expose_secret().to_owned())].into()).map_err(Refusal::Headers)?;
        looked_at.values_mut().for_each(Zeroize::zeroize);
        let name = looked_at.into_keys().next().expect("one header went in");
        if egress::is_forbidden_header(&name) {
            return Err(Refusal::ForbiddenHeader { name });
        }
        if values.contains_key(&name) {
            return Err(Refusal::RepeatedHeader { name });
        }
        values.insert(name, value);
    }
    Ok(Checked { set: values.into_iter().collect(), remove })
}

impl Checked {
    /// The headers after the change of those that are there `now`.
    ///
    /// A value that is the same as before keeps its seal, so that nothing is recorded when nothing changes.
    pub(super) fn seal(
        &self,
        vault: &Vault,
        tenant: TenantId,
        subscription: SubscriptionId,
        now: &Headers,
    ) -> Result<Headers, Refusal> {
        let mut sealed: BTreeMap<String, Sealed> = match &self.remove {
            None => BTreeMap::new(),
            Some(remove) => now
                .iter()
                .filter(|(name, _)| !remove.iter().any(|removed| removed == name))
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
        };
        for (name, value) in &self.set {
            let owner = format!("{subscription}/header/{name}");
            let context = Context { tenant, owner: &owner };
            let before = now.iter().find(|(known, _)| known == name).map(|(_, value)| value);
            let same = before.filter(|before| {
                vault
                    .open(context, before)
                    .is_ok_and(|before| before.expose_secret() == value.expose_secret())
            });
            let seal = same.cloned().unwrap_or_else(|| vault.seal(context, value.expose_secret()));
            sealed.insert(name.clone(), seal);
        }
        let found = sealed.len();
        if found > Headers::COUNT_MAX {
            return Err(Refusal::Headers(HeadersError::TooMany { found }));
        }
        Ok(Headers::from_sealed(sealed))
    }
}
