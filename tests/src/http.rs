//! The HTTP client of the tests.

/// A client that follows no redirects and asks no proxy.
///
/// # Panics
/// If the machine's certificates cannot be read.
#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests are clients of the server")]
pub fn http_client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    client.build().expect("a client without TLS needs nothing")
}
