//! Answering with files and pages.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use rand::rngs::StdRng;

use crate::encoding::Encoding;
use crate::file::{self, File};
use crate::page::page;
use crate::policy;

/// Files under this path carry the hash of their content in their names.
const HASHED: &str = "assets/";
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

#[derive(Clone)]
struct Console(Arc<Mutex<StdRng>>);

/// The console below `/console/`. `rng` is for nonces, and must be cryptographic.
pub fn router(rng: StdRng) -> Router {
    if !crate::IS_BUILT {
        tracing::warn!("this binary was built without the console; `cargo xtask console`, then build again");
    }
    Router::new()
        .route("/console", get(|| async { Redirect::permanent("/console/") }))
        .route("/console/", get(start))
        .route("/console/{*path}", get(serve))
        .with_state(Console(Arc::new(Mutex::new(rng))))
}

async fn start(State(console): State<Console>) -> Response {
    console.answer_page()
}

async fn serve(State(console): State<Console>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    match file::find(&path).filter(|file| file.path != "index.html") {
        Some(file) => answer_file(file, &headers),
        // A page that was open while the service changed asks for files that are gone: no page would help it.
        None if path.starts_with(HASHED) => StatusCode::NOT_FOUND.into_response(),
        None => console.answer_page(),
    }
}

impl Console {
    /// The page is made anew each time, because its nonce may be used once.
    fn answer_page(&self) -> Response {
        let nonce = policy::nonce(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (CONTENT_SECURITY_POLICY, policy::content_security_policy(&nonce)),
        ];
        (headers, page(&nonce)).into_response()
    }
}

fn answer_file(file: &'static File, headers: &HeaderMap) -> Response {
    let encoding = Encoding::choose(headers, file.brotli.is_some(), file.gzip.is_some());
    let content = match encoding {
        Encoding::Brotli => file.brotli,
        Encoding::Gzip => file.gzip,
        Encoding::Identity => None,
    };
    let mut response = content.unwrap_or(file.plain).into_response();
    let answered = response.headers_mut();
    answered.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type()));
    answered.insert(VARY, HeaderValue::from_static("accept-encoding"));
    answered.insert(CACHE_CONTROL, if file.path.starts_with(HASHED) { FOREVER } else { ASK_AGAIN });
    if let Some(name) = encoding.name() {
        answered.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    response
}
