//! One HTTP/1.1 connection that is kept open: the cheapest client there is, so that little is measured of it.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// An open connection to one server.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
    authorization: Option<HeaderValue>,
}

impl Connection {
    /// Connects to the authority of `url`; `token` goes along with each request.
    #[expect(clippy::disallowed_methods, reason = "a publisher is not the server: egress is not its way out")]
    pub async fn open(url: &Uri, token: Option<&str>) -> Result<Self> {
        let authority = url.authority().context("the URL names no host")?;
        let stream = TcpStream::connect(authority.as_str()).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let authorization =
            token.map(|token| HeaderValue::try_from(format!("Bearer {token}"))).transpose()?;
        Ok(Self { sender, host: HeaderValue::from_str(authority.as_str())?, authorization })
    }

    /// Sends a request, and gives status and body of its answer.
    pub async fn send(&mut self, method: Method, path: &str, body: Bytes) -> Result<(StatusCode, Bytes)> {
        self.sender.ready().await?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse()?;
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

/// Posts once, over a connection of its own.
pub async fn post(url: &Uri, token: Option<&str>, body: Bytes) -> Result<(StatusCode, Bytes)> {
    Connection::open(url, token).await?.send(Method::POST, url.path(), body).await
}
