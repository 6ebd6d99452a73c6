//! Finding the master keys, or making the first one; and seeing whether they are the right ones.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use domain::routing::{self, Router};
use domain::subscription::Live;
use domain::{Clock, Fact, Position, SubscriptionId, Timestamp};
use ledger::{Filter, Kinds, Ledger};
use rand::Rng;
use vault::{MasterKey, Vault};
use zeroize::Zeroizing;

use crate::config::Settings;
use crate::private_file;
use crate::system::SystemClock;

/// The file in the data folder that the first start makes.
pub(crate) const FILE: &str = "master.key";

/// The vault over the configured keys. Makes one if none is given, as long as nothing is recorded that may be sealed under
/// another.
pub(crate) fn open_vault<R: Rng + Send + 'static>(
    settings: &Settings,
    ledger: &dyn Ledger,
    mut rng: R,
) -> Result<Vault> {
    let secrets = &settings.secrets;
    let current = match (&secrets.master_key, &secrets.master_key_file) {
        (Some(_), Some(_)) => bail!("secrets.master_key and secrets.master_key_file are both set: keep one"),
        (Some(text), None) => MasterKey::parse(&text.0)?,
        (None, Some(file)) => read(file)?,
        (None, None) => find_or_make(&settings.data, ledger, &mut rng)?,
    };
    let older: Result<Vec<_>> = secrets.older_master_key_files.iter().map(|file| read(file)).collect();
    Ok(Vault::new(current, older?, rng))
}

fn find_or_make(data: &Path, ledger: &dyn Ledger, rng: &mut impl Rng) -> Result<MasterKey> {
    let file = data.join(FILE);
    if file.exists() {
        return read(&file);
    }
    if ledger.head() > Position::START {
        bail!(
            "{} is missing, and the secrets in the ledger were sealed with a master key: put the file there, from a backup \
             or from the node that made it, or name the key with secrets.master_key_file",
            file.display()
        );
    }
    let key = MasterKey::generate(rng);
    private_file::make(&file, &key.to_text())
        .with_context(|| format!("failed to write {}", file.display()))?;
    tracing::info!(file = %file.display(), "made a master key; back it up, apart from the ledger");
    Ok(key)
}

fn read(file: &Path) -> Result<MasterKey> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("failed to read the master key in {}", file.display()))?;
    MasterKey::parse(&Zeroizing::new(text))
        .with_context(|| format!("the master key in {} is not one", file.display()))
}

/// Refuses keys that do not open every secret in use, except what those sealed that are said to be lost.
pub(crate) async fn check(settings: &Settings, ledger: &dyn Ledger, vault: &Vault) -> Result<()> {
    let lost = &settings.secrets.lost_master_keys;
    let (router, now) = (subscriptions(ledger).await?, SystemClock.now());
    for (id, entry) in router.iter() {
        let Some(live) = entry.live() else { continue };
        let unknown = keys(live, now).find(|key| !vault.knows(key) && !lost.iter().any(|lost| lost == key));
        if let Some(key) = unknown {
            bail!(
                "the master key is not the one that sealed the secrets in the ledger: subscription {id} needs the key named \
                 {key}. Give it with secrets.master_key_file, or among secrets.older_master_key_files; if it is lost, \
                 say so with secrets.lost_master_keys = [\"{key}\"] and rotate the secrets that it sealed"
            );
        }
    }
    Ok(())
}

async fn subscriptions(ledger: &dyn Ledger) -> Result<Router> {
    const KINDS: Filter = Filter::Kinds(Kinds::of(&routing::KINDS));
    let (mut router, mut after, head) = (Router::default(), Position::START, ledger.head());
    while after < head {
        let page = ledger.read_all(after, ledger::bounds::PAGE_RECORDS, KINDS).await?;
        for record in &page.records {
            // What cannot be read is somebody else's to tell.
            if let Ok(Fact::Subscription(event)) = record.fact() {
                router.apply(record.tenant, SubscriptionId::from_uuid(record.stream.uuid), event);
            }
        }
        after = page.upto;
    }
    Ok(router)
}

/// The names of the keys that the secrets of a subscription are sealed under, as far as they are still good.
fn keys(live: &Live, now: Timestamp) -> impl Iterator<Item = &str> {
    let old = live.old_secrets.iter().filter(move |held| held.until > now).map(|held| &held.secret.sealed);
    let headers = live.settings.headers.iter().map(|(_, sealed)| sealed);
    std::iter::once(&live.secret.sealed).chain(old).chain(headers).map(|sealed| sealed.key.as_str())
}
