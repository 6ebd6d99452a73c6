//! Requests to the inboxes of this server: recognised by their host, and handed over in the process.
//!
//! It is a real HTTP request, written and parsed by the same library as any other, over a pipe instead of a socket. So no
//! address has to be opened to it: what is no inbox goes to the client, whose address policy knows nothing of inboxes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use ::http::header::{CONTENT_LENGTH, HOST};
use ::http::{HeaderName, HeaderValue, StatusCode};
use app::App;
use app::inboxes::{BODY_BYTES_MAX, Incoming, Reply};
use async_trait::async_trait;
use axum::body::Bytes;
use egress::{
    BodyEnd, Client, Failure, FailureKind, INBOX_HOST, Outcome, Request, Response, Timing, Transport,
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming as IncomingBody;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout};

/// How much may be on its way through the pipe.
const PIPE_BYTES: usize = 64 << 10;
/// How much of an answer is kept, as the client does.
const ANSWER_BYTES_MAX: usize = 16 << 10;

/// The client, and the inboxes beside it.
#[derive(Clone)]
pub(crate) struct InboxTransport {
    client: Client,
    /// Set once the use cases are there, which is before anything is sent.
    app: Arc<OnceLock<App>>,
}

impl InboxTransport {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, app: Arc::default() }
    }

    /// Where inboxes are found from now on.
    pub(crate) fn connect(&self, app: App) {
        // Connecting twice changes nothing.
        let _ = self.app.set(app);
    }

    async fn deliver(&self, app: App, request: Request) -> Outcome {
        let started = Instant::now();
        let total = request.deadlines.total();
        match timeout(total, exchange(app, request)).await {
            Ok(Ok(mut response)) => {
                let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                response.timing = Timing { first_byte: Some(micros), total: micros, ..Timing::default() };
                Ok(response)
            }
            Ok(Err(error)) => Err(failure(FailureKind::InvalidResponse, &error.to_string(), started)),
            Err(_) => Err(failure(FailureKind::TotalTimeout, "the inbox answers later than that", started)),
        }
    }
}

fn failure(kind: FailureKind, detail: &str, started: Instant) -> Box<Failure> {
    let mut failure = Failure::new(kind).with_detail(detail);
    failure.timing.total = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    failure.sent = true;
    Box::new(failure)
}

#[async_trait]
impl Transport for InboxTransport {
    async fn send(&self, request: Request) -> Outcome {
        match self.app.get().filter(|_| request.endpoint.host().is_inbox()) {
            Some(app) => self.deliver(app.clone(), request).await,
            None => self.client.send(request).await,
        }
    }
}

/// One request and its answer, over a pipe.
async fn exchange(app: App, request: Request) -> hyper::Result<Response> {
    let (near, far) = tokio::io::duplex(PIPE_BYTES);
    let serve = service_fn(move |request| answer(app.clone(), request));
    let server = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(far), serve);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(near)).await?;
    let ask = async {
        let answered = sender.send_request(message(request)).await?;
        let (head, body) = answered.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Response {
            status: head.status,
            version: head.version,
            headers: head.headers,
            body_end: if body.len() > ANSWER_BYTES_MAX { BodyEnd::Cut } else { BodyEnd::Complete },
            body: body.slice(..body.len().min(ANSWER_BYTES_MAX)),
            peer: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            tls: None,
            timing: Timing::default(),
        })
    };
    tokio::pin!(ask, server, connection);
    let (mut far_done, mut near_done) = (false, false);
    loop {
        tokio::select! {
            biased;
            answered = &mut ask => return answered,
            _ = &mut server, if !far_done => far_done = true,
            _ = &mut connection, if !near_done => near_done = true,
        }
    }
}

fn message(request: Request) -> ::http::Request<Full<Bytes>> {
    let mut message = ::http::Request::new(Full::new(request.body));
    *message.method_mut() = request.method;
    *message.headers_mut() = request.headers;
    message.headers_mut().remove(CONTENT_LENGTH);
    message.headers_mut().insert(HOST, HeaderValue::from_static(INBOX_HOST));
    let prefix = app::inboxes::URL_PREFIX.len() - 1;
    let path = request.endpoint.as_str().get(prefix..).and_then(|path| path.parse().ok());
    *message.uri_mut() = path.unwrap_or_default();
    message
}

async fn answer(
    app: App,
    request: ::http::Request<IncomingBody>,
) -> Result<::http::Response<Full<Bytes>>, std::convert::Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "an inbox takes bodies of at most 512 KiB"));
    };
    let incoming = Incoming {
        method: head.method.to_string(),
        path: head.uri.to_string(),
        headers: head.headers,
        body: body.to_bytes().to_vec(),
    };
    let Some(Reply { status, delay, headers, body, .. }) = app.receive(incoming).await else {
        return Ok(plain(StatusCode::NOT_FOUND, "there is no such inbox, or it has expired"));
    };
    tokio::time::sleep(delay).await;
    let mut response = ::http::Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

fn plain(status: StatusCode, text: &'static str) -> ::http::Response<Full<Bytes>> {
    let mut response = ::http::Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}
