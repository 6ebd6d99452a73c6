//! Serving connections: bounded in number, in the time that headers may take, and in the time that a stop may take.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::Service;

/// Connections at once; further ones wait to be accepted.
const CONNECTIONS_MAX: usize = 10_000;
/// How long a client may take to send the headers of a request.
const HEADERS_TIME_MAX: Duration = Duration::from_secs(10);
/// Bytes that the headers of a request may have.
const HEADERS_BYTES_MAX: usize = 64 << 10;
/// HTTP/2 streams of one connection at once.
const STREAMS_MAX: u32 = 256;
/// How long requests may take to finish when the server stops.
const DRAIN: Duration = Duration::from_secs(10);
/// How long to wait after a failed accept: the machine is out of sockets, and asking again at once does not help.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `service` on `listener` until `stopping`, then lets requests finish.
pub(crate) async fn serve<S>(listener: TcpListener, service: S, stopping: CancellationToken)
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = room.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = graceful.watcher();
                let service = service.clone();
                tokio::spawn(async move {
                    connect(stream, service, connection).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

async fn connect<S>(stream: TcpStream, service: S, watcher: hyper_util::server::graceful::Watcher)
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    // Small answers should not wait for larger ones.
    let _ = stream.set_nodelay(true);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_TIME_MAX)
        .max_buf_size(HEADERS_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(64 << 10);
    let service = TowerToHyperService::new(service);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    // What goes wrong with one connection is the client's to see.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
