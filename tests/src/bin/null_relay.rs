//! The yardstick for publish → delivered: takes the same call, writes and signs the same kind of body, sends it
//! with the same client to the same receiver, and stores nothing.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use clap::Parser;
use egress::{AddressPolicy, Client, Endpoint, Request, UrlPolicy};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use signature::{MessageId, Signer, SigningKey, UnixSeconds};
use tokio::sync::{Semaphore, mpsc};

use hookledger_tests::bench::{self, Envelope, PublishedEvent};
use hookledger_tests::clock;

/// How many bodies may wait to be sent; past that, publishers wait.
const WAITING_MAX: usize = 4_096;

/// Forwards what is published, and forgets it.
#[derive(Parser)]
struct Options {
    /// Where to forward to.
    #[arg(long)]
    receiver: String,
    /// The secret to sign with.
    #[arg(long)]
    secret: String,
    /// How many requests may be under way at once.
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
}

struct Relay {
    client: Client,
    endpoint: Endpoint,
    signer: Signer,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let addresses = AddressPolicy::public_only().allowing_loopback();
    let relay = Relay {
        endpoint: UrlPolicy::https_only(addresses.clone()).allowing_http().check(&options.receiver)?,
        client: Client::builder().addresses(addresses).build()?,
        signer: Signer::new([SigningKey::hmac_sha256(&options.secret.parse()?)])?,
    };
    let (queue, waiting) = mpsc::channel(WAITING_MAX);
    tokio::spawn(forward_all(Arc::new(relay), waiting, options.concurrency));
    let (listener, address) = bench::local_listener().await?;
    bench::announce(address)?;
    let app = Router::new().route("/v1/events", post(accept)).with_state(queue);
    Ok(axum::serve(listener, app).await?)
}

/// Acknowledges as soon as there is room for the event.
async fn accept(State(queue): State<mpsc::Sender<Bytes>>, body: Bytes) -> StatusCode {
    if serde_json::from_slice::<PublishedEvent<'_>>(&body).is_err() {
        return StatusCode::BAD_REQUEST;
    }
    if queue.send(body).await.is_ok() { StatusCode::ACCEPTED } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn forward_all(relay: Arc<Relay>, mut waiting: mpsc::Receiver<Bytes>, concurrency: usize) {
    let under_way = Arc::new(Semaphore::new(concurrency));
    let mut number = 0_u64;
    while let Some(event) = waiting.recv().await {
        let permit = Arc::clone(&under_way).acquire_owned().await.expect("the semaphore is never closed");
        let relay = Arc::clone(&relay);
        number += 1;
        tokio::spawn(async move {
            if let Err(error) = relay.forward(&event, number).await {
                panic!("the yardstick broke: {error:#}");
            }
            drop(permit);
        });
    }
}

impl Relay {
    async fn forward(&self, event: &[u8], number: u64) -> Result<()> {
        let event: PublishedEvent<'_> = serde_json::from_slice(event).context("it was read before")?;
        let body = serde_json::to_vec(&Envelope {
            id: &format!("evt_{number:026}"),
            event_type: event.event_type,
            version: 1,
            source: event.source,
            timestamp: "2026-01-01T00:00:00.000000Z",
            data: event.data,
        })?;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let id = MessageId::new(&format!("dlv_{number:026}"))?;
        self.signer.sign(&id, UnixSeconds::new(clock::unix_seconds()), &body).insert_into(&mut headers);
        let response = self.client.send(Request::post(self.endpoint.clone(), headers, body.into())).await?;
        if response.status.is_success() { Ok(()) } else { bail!("the receiver answered {}", response.status) }
    }
}
