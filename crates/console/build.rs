//! Writes a table of the console's built files, which the library embeds.
//!
//! Nothing is built here: `cargo xtask console` does that, and a change of what it left behind builds only this crate
//! again. Where it left nothing, the table is empty, and the library serves a page that says so.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is"));
    let dist = root.join("web").join("dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for file in files.iter().filter(|file| is_served(file)) {
        let path = file.strip_prefix(&dist).expect("it was found below").to_string_lossy().replace('\\', "/");
        let packed = |ending: &str| {
            let packed = PathBuf::from(format!("{}.{ending}", file.display()));
            if packed.is_file() {
                format!("Some(include_bytes!({}))", literal(&packed))
            } else {
                "None".to_owned()
            }
        };
        let (plain, brotli, gzip) = (literal(file), packed("br"), packed("gz"));
        writeln!(
            table,
            "    File {{ path: {path:?}, plain: include_bytes!({plain}), brotli: {brotli}, gzip: {gzip} }},"
        )
        .expect("a string takes everything");
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where to write"));
    fs::write(out.join("files.rs"), table)
}

/// The path as Rust would write it.
fn literal(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// Hidden files are notes of the build, and packed ones belong to the file that they were made of.
fn is_served(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let ending = file.extension().unwrap_or_default();
    !name.starts_with('.') && ending != "br" && ending != "gz"
}
