//! The yardstick for draining a backlog: posts the same signed bytes again and again with the same client.
//! Prints how many requests a second were answered, as one line of JSON.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, bail};
use bytes::Bytes;
use clap::Parser;
use egress::{AddressPolicy, Client, Request, UrlPolicy};
use http::{HeaderMap, HeaderValue, header};
use signature::{MessageId, Signer, SigningKey, UnixSeconds};
use tokio::task::JoinSet;

use hookledger_tests::bench::{self, ClientReport, Envelope, PublishedEvent};
use hookledger_tests::clock::{unix_micros, unix_seconds};

/// Posts the same bytes as fast as the client can.
#[derive(Parser)]
struct Options {
    /// Where to post to.
    #[arg(long)]
    receiver: String,
    /// The secret to sign with.
    #[arg(long)]
    secret: String,
    /// How many requests to make.
    #[arg(long)]
    requests: u64,
    /// How many of them may be under way at once.
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let addresses = AddressPolicy::public_only().allowing_loopback();
    let client = Client::builder().addresses(addresses.clone()).build()?;
    let endpoint = UrlPolicy::https_only(addresses).allowing_http().check(&options.receiver)?;
    let (headers, body) = signed(&options.secret)?;
    let request = Request::post(endpoint, headers, body);
    let remaining = Arc::new(AtomicU64::new(options.requests));
    let started_us = unix_micros();
    let mut workers = JoinSet::new();
    for _ in 0..options.concurrency {
        workers.spawn(post_until_done(client.clone(), request.clone(), Arc::clone(&remaining)));
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    let rate = bench::per_second(options.requests, started_us, unix_micros());
    let report = ClientReport { per_second: rate, cpu_us: bench::own_cpu() };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&report)?)?;
    Ok(())
}

fn signed(secret: &str) -> Result<(HeaderMap, Bytes)> {
    let event = bench::event_json(bench::EVENT_TYPE, unix_micros());
    let event: PublishedEvent<'_> = serde_json::from_str(&event)?;
    let body = serde_json::to_vec(&Envelope {
        id: "evt_00000000000000000000000001",
        event_type: event.event_type,
        version: 1,
        source: event.source,
        timestamp: "2026-01-01T00:00:00.000000Z",
        data: event.data,
    })?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let signer = Signer::new([SigningKey::hmac_sha256(&secret.parse()?)])?;
    let id = MessageId::new("dlv_00000000000000000000000001")?;
    signer.sign(&id, UnixSeconds::new(unix_seconds()), &body).insert_into(&mut headers);
    Ok((headers, body.into()))
}

async fn post_until_done(client: Client, request: Request, remaining: Arc<AtomicU64>) -> Result<()> {
    let take =
        || remaining.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
    while take() {
        let response = client.send(request.clone()).await?;
        if !response.status.is_success() {
            bail!("the receiver answered {}", response.status);
        }
    }
    Ok(())
}
