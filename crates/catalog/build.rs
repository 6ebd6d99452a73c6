//! Puts the built-in catalogue, `schemas/events`, into the crate.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What is known of a type: whether it has a `type.json`, and which versions, with a mapping or without.
type Versions = BTreeMap<u32, bool>;

fn main() -> Outcome<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../schemas/events");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut out = String::from("pub(super) type Version = (u32, &'static str, Option<&'static str>);\n");
    out.push_str("pub(super) static TYPES: &[(&str, &str, &[Version])] = &[\n");
    for folder in folders(&root)? {
        if folder == "shared" || folder.starts_with('.') {
            continue;
        }
        write!(out, "({folder:?}, {}, &[", include(&format!("{folder}/type.json")))?;
        for (number, mapped) in versions(&root.join(&folder))? {
            let mapping = if mapped {
                format!("Some({})", include(&format!("{folder}/v{number}.mapping.json")))
            } else {
                "None".to_owned()
            };
            write!(out, "({number}, {}, {mapping}),", include(&format!("{folder}/v{number}.json")))?;
        }
        out.push_str("]),\n");
    }
    out.push_str("];\npub(super) static SHARED: &[(&str, &str)] = &[\n");
    for folder in folders(&root.join("shared"))? {
        for (number, _) in versions(&root.join("shared").join(&folder))? {
            writeln!(
                out,
                "(\"{folder}/v{number}\", {}),",
                include(&format!("shared/{folder}/v{number}.json"))
            )?;
        }
    }
    out.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("builtin.rs"), out)?;
    Ok(())
}

fn include(path: &str) -> String {
    format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../../schemas/events/{path}\"))")
}

/// The names of the folders in a folder, in order; none if it is not there.
fn folders(path: &Path) -> Outcome<Vec<String>> {
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let name = entry.file_name().into_string();
            names.push(name.map_err(|name| format!("{} is not a name", name.display()))?);
        }
    }
    names.sort();
    Ok(names)
}

/// The versions in a folder, and whether they have a mapping.
fn versions(path: &Path) -> Outcome<Versions> {
    let mut versions = Versions::new();
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let Some(number) = name.to_str().and_then(|name| name.strip_prefix('v')?.strip_suffix(".json"))
        else {
            continue;
        };
        let Ok(number) = number.parse::<u32>() else { continue };
        versions.insert(number, path.join(format!("v{number}.mapping.json")).is_file());
    }
    Ok(versions)
}
