//! Finding the master keys, or making the first one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rand::Rng;
use vault::{MasterKey, Vault};
use zeroize::Zeroizing;

use crate::config::Settings;
use crate::private_file;

/// The file in the data folder that the first start makes.
const FILE: &str = "master.key";

/// The vault over the configured keys. Says where a key was made, if one was.
pub(crate) fn open_vault<R: Rng + Send + 'static>(
    settings: &Settings,
    mut rng: R,
) -> Result<(Vault, Option<PathBuf>)> {
    let secrets = &settings.secrets;
    let (current, made) = match (&secrets.master_key, &secrets.master_key_file) {
        (Some(_), Some(_)) => bail!("secrets.master_key and secrets.master_key_file are both set: keep one"),
        (Some(text), None) => (MasterKey::parse(&text.0)?, None),
        (None, Some(file)) => (read(file)?, None),
        (None, None) => find_or_make(&settings.data, &mut rng)?,
    };
    let older: Result<Vec<_>> = secrets.older_master_key_files.iter().map(|file| read(file)).collect();
    Ok((Vault::new(current, older?, rng), made))
}

fn find_or_make(data: &Path, rng: &mut impl Rng) -> Result<(MasterKey, Option<PathBuf>)> {
    let file = data.join(FILE);
    if file.exists() {
        return Ok((read(&file)?, None));
    }
    if data.join("ledger.db").exists() {
        bail!(
            "{} is missing, and the ledger beside it was sealed with it: restore it from a backup, or name the key with \
             secrets.master_key_file",
            file.display()
        );
    }
    let key = MasterKey::generate(rng);
    private_file::make(&file, &key.to_text())
        .with_context(|| format!("failed to write {}", file.display()))?;
    Ok((key, Some(file)))
}

fn read(file: &Path) -> Result<MasterKey> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("failed to read the master key in {}", file.display()))?;
    MasterKey::parse(&Zeroizing::new(text))
        .with_context(|| format!("the master key in {} is not one", file.display()))
}
