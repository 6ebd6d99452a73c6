//! What a receiver answers.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;

/// An answer, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A response.
    Respond {
        /// Its status.
        status: u16,
        /// Its headers.
        headers: Vec<(String, String)>,
        /// Its body.
        body: String,
    },
    /// Takes the request and does not answer before [`super::Receiver::release`].
    Hang,
}

impl Answer {
    /// An empty response.
    pub fn status(status: u16) -> Self {
        Self::Respond { status, headers: Vec::new(), body: String::new() }
    }

    /// The same with one header more. A receiver that hangs has none.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Respond { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same with a body. A receiver that hangs has none.
    #[must_use]
    pub fn body(mut self, text: &str) -> Self {
        if let Self::Respond { body, .. } = &mut self {
            text.clone_into(body);
        }
        self
    }

    /// As it is sent; what hung is answered 204 once it is released.
    pub(super) fn response(&self) -> Response {
        let Self::Respond { status, headers, body } = self else { return Self::status(204).response() };
        let status = StatusCode::from_u16(*status).expect("a test answers with a status");
        let response = Response::builder().status(status);
        let response = headers.iter().fold(response, |response, (name, value)| response.header(name, value));
        response.body(Body::from(body.clone())).expect("a test answers with headers that HTTP carries")
    }
}
