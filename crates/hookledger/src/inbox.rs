//! The built-in receiver of development mode: verifies what arrives as an integrator would, and shows it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::get;
use axum::{Json, Router};
use rand::Rng;
use serde::Serialize;
use signature::{Secret, UnixSeconds, Verifier, VerifyingKey};

use crate::{private_file, say};

/// How many requests are kept; older ones go.
pub(crate) const KEPT: usize = 100;
/// The file in the data folder that keeps the receiver's secret over restarts.
const FILE: &str = "inbox.secret";
/// The largest body that is taken.
const BODY_BYTES_MAX: usize = 2 << 20;

/// A receiver with a secret of its own.
pub(crate) struct Inbox {
    secret: String,
    shared: Arc<Shared>,
}

struct Shared {
    verifier: Verifier,
    received: Mutex<VecDeque<Received>>,
}

/// A request as it arrived.
#[derive(Debug, Clone, Serialize)]
struct Received {
    path: String,
    id: Option<String>,
    signature: String,
    body: String,
}

impl Inbox {
    /// The receiver of this data folder; its secret is made on first use.
    pub(crate) fn open(data: &Path, mut rng: impl Rng) -> Result<Self> {
        let file = data.join(FILE);
        if !file.exists() {
            let secret = Secret::generate(|bytes| rng.fill_bytes(bytes)).reveal();
            private_file::make(&file, &secret)
                .with_context(|| format!("failed to write {}", file.display()))?;
        }
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
        let secret = text.trim().to_owned();
        let parsed: Secret =
            secret.parse().with_context(|| format!("{} holds no secret; delete it", file.display()))?;
        let verifier =
            Verifier::new([VerifyingKey::hmac_sha256(&parsed)]).context("the receiver's secret")?;
        Ok(Self { secret, shared: Arc::new(Shared { verifier, received: Mutex::default() }) })
    }

    /// What subscriptions to this receiver sign with.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// Takes webhooks at any path by POST, and lists them by GET, newest first.
    pub(crate) fn router(&self) -> Router {
        let routes = get(list).post(receive);
        Router::new()
            .route("/", routes.clone())
            .route("/{*path}", routes)
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(self.shared.clone())
    }
}

async fn list(State(shared): State<Arc<Shared>>) -> Json<Vec<Received>> {
    let received = shared.received.lock().expect("nobody panics while holding it");
    Json(received.iter().rev().cloned().collect())
}

async fn receive(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    #[expect(clippy::disallowed_methods, reason = "a receiver has a clock of its own")]
    let now = UnixSeconds::from(SystemTime::now());
    let verdict = shared.verifier.verify(&headers, &body, now);
    let (signature, status) = match &verdict {
        Ok(_) => ("valid".to_owned(), StatusCode::NO_CONTENT),
        Err(rejection) => (rejection.to_string(), StatusCode::UNAUTHORIZED),
    };
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    say::line(&format!(
        "Received {} at {}: signature {signature}",
        id.as_deref().unwrap_or("something"),
        uri.path()
    ));
    let body = String::from_utf8_lossy(&body).into_owned();
    let mut received = shared.received.lock().expect("nobody panics while holding it");
    if received.len() == KEPT {
        received.pop_front();
    }
    received.push_back(Received { path: uri.path().to_owned(), id, signature, body });
    status
}
