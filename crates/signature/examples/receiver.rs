//! A webhook receiver: prints every message that was really sent by the holder of the secret, once.
//!
//! `WEBHOOK_SECRET=whsec_… cargo run --example receiver`, then send to `http://127.0.0.1:3000/webhooks`.
//! During a rotation the variable holds both secrets, separated by a space; `LISTEN` chooses another address.

use std::{env, error::Error};

use axum::{Extension, Router, body::Bytes, http::StatusCode, routing::post};
use hookledger_signature::{MemoryReplayGuard, Verified, Verifier, VerifyLayer};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let keys =
        env::var("WEBHOOK_SECRET").map_err(|_| "set WEBHOOK_SECRET to the whsec_… of the subscription")?;
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let verifier: Verifier = keys.parse()?;
    let verified_only = VerifyLayer::new(verifier).remember_with(MemoryReplayGuard::default());
    let app = Router::new().route("/webhooks", post(receive).layer(verified_only));
    axum::serve(TcpListener::bind(address).await?, app).await?;
    Ok(())
}

/// Only verified messages get here. 2xx says that this one is taken care of; anything else brings it back.
#[expect(clippy::print_stdout, reason = "an example has nowhere better to show what it received")]
async fn receive(Extension(message): Extension<Verified>, body: Bytes) -> StatusCode {
    println!("{} sent at {}: {}", message.id, message.timestamp, String::from_utf8_lossy(&body));
    StatusCode::NO_CONTENT
}
