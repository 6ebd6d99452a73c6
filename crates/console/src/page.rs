//! The page that starts the app.

use crate::file;

/// Where the build left room for the nonce of an answer.
const NONCE_PLACE: &str = "__HOOKLEDGER_NONCE__";

/// Served where the app was not built.
const NOT_BUILT: &str = include_str!("not_built.html");

/// The page for an answer with this nonce.
pub(crate) fn page(nonce: &str) -> String {
    match file::find("index.html").map(|file| std::str::from_utf8(file.plain)) {
        Some(Ok(page)) => page.replace(NONCE_PLACE, nonce),
        _ => NOT_BUILT.to_owned(),
    }
}
