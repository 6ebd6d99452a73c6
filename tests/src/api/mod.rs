//! A server as producers and integrators see it: JSON over HTTP, nothing else.

mod graphql;
mod publish;

pub use graphql::{Refusal, Subscription};
pub use publish::{Problem, Published};

use reqwest::{RequestBuilder, Response};

use crate::http_client;

/// One caller of one server.
#[derive(Clone)]
pub struct Api {
    base: String,
    token: String,
    #[expect(clippy::disallowed_types, reason = "tests are clients of the server")]
    client: reqwest::Client,
}

impl Api {
    /// A caller with this API key.
    pub fn new(base: &str, token: &str) -> Self {
        Self { base: base.to_owned(), token: token.to_owned(), client: http_client() }
    }

    /// The same server with another key.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Where a path of the server is.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The key.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A GET, with the key.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path)).bearer_auth(&self.token)
    }

    /// A POST of JSON, with the key.
    pub fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        let request = self.client.post(self.url(path)).bearer_auth(&self.token);
        request.header("content-type", "application/json").body(body)
    }

    /// A POST with the key, whose type the caller says.
    pub fn post_as_is(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.client.post(self.url(path)).bearer_auth(&self.token).body(body)
    }

    /// Sends a request that has to reach the server.
    async fn send(request: RequestBuilder) -> Response {
        request.send().await.unwrap_or_else(|error| panic!("the server was not reached: {error:?}"))
    }
}
