//! The endpoint of the benchmark: takes every POST, counts it, and notes how old the event in it is.
//!
//! `GET /` reports, `DELETE /` forgets. One thread, so that it takes as little as possible of the machine.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use anyhow::Result;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::task::{LocalSet, spawn_local};

use hookledger_tests::bench::{self, Histogram, ReceiverReport};
use hookledger_tests::clock::unix_micros;

#[derive(Default)]
struct Counts {
    received: u64,
    first_us: u64,
    last_us: u64,
    latency: Histogram,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    LocalSet::new().run_until(serve()).await
}

async fn serve() -> Result<()> {
    let (listener, address) = bench::local_listener().await?;
    bench::announce(address)?;
    let counts = Rc::new(RefCell::new(Counts::default()));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let counts = Rc::clone(&counts);
        spawn_local(async move {
            let service = service_fn(|request| answer(request, &counts));
            // A connection that breaks is the other side's business: it shows in the count.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    counts: &RefCell<Counts>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match *request.method() {
        Method::POST => match request.into_body().collect().await {
            Ok(body) => {
                counts.borrow_mut().note(&body.to_bytes());
                respond(StatusCode::NO_CONTENT, Bytes::new())
            }
            Err(_) => respond(StatusCode::BAD_REQUEST, Bytes::new()),
        },
        Method::DELETE => {
            *counts.borrow_mut() = Counts::default();
            respond(StatusCode::NO_CONTENT, Bytes::new())
        }
        _ => {
            let report = serde_json::to_vec(&counts.borrow().report()).expect("numbers can be written");
            respond(StatusCode::OK, report.into())
        }
    })
}

fn respond(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
}

impl Counts {
    fn note(&mut self, body: &[u8]) {
        let now = unix_micros();
        self.received += 1;
        if self.first_us == 0 {
            self.first_us = now;
        }
        self.last_us = now;
        if let Some(sent_at) = bench::sent_at(body) {
            self.latency.record(now.saturating_sub(sent_at));
        }
    }

    fn report(&self) -> ReceiverReport {
        let Self { received, first_us, last_us, .. } = *self;
        ReceiverReport { received, first_us, last_us, latency: self.latency.latencies() }
    }
}
