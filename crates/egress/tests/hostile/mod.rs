//! Receivers that misbehave, each in one way that has a name and a known end.
//!
//! A [`Behaviour`] is data: what the receiver wears (TLS or not, and whose certificate), what it waits for, what it
//! says, and how it goes on. [`Receivers::start`] makes all of them listen, each on a port of its own.
//!
//! Other test programs include this folder by its path; so it names nothing outside of itself.

mod bytes;
mod identity;
mod over_http1;
mod over_http2;
mod over_tls;
mod script;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use self::identity::Identities;
pub(crate) use self::identity::{HOST, Identity};
use self::script::{Script, perform};

/// One way to misbehave.
#[derive(Clone, Copy)]
pub(crate) struct Behaviour {
    pub(crate) name: &'static str,
    pub(crate) wears: Wears,
    script: Script,
    pub(crate) ends: Ends,
}

/// What a receiver does before it says anything of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wears {
    /// There is no receiver: the port is closed.
    Nothing,
    /// The queue of connections is full, so the system drops further attempts silently.
    FullQueue,
    /// It listens and never accepts; the system does it in its place.
    DeafEars,
    /// It speaks without TLS on a port of `http`.
    Plain,
    /// It speaks without TLS on a port of `https`.
    PlainUnderHttps,
    /// HTTP/1.1 over TLS, as this identity.
    Tls(Identity),
    /// HTTP/2 over TLS, with a good certificate.
    Http2,
}

/// How a request to it must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Without a response, in this class.
    Failure(&'static str),
    /// The same, in one of two classes: the receiver and the request are in a race.
    Either(&'static str, &'static str),
    /// With a response of this status, and a body that ended in this way.
    Response(u16, &'static str),
}

impl Behaviour {
    pub(crate) fn scheme(&self) -> &'static str {
        match self.wears {
            Wears::Nothing | Wears::FullQueue | Wears::DeafEars | Wears::Plain => "http",
            Wears::PlainUnderHttps | Wears::Tls(_) | Wears::Http2 => "https",
        }
    }
}

/// Every behaviour.
pub(crate) fn behaviours() -> impl Iterator<Item = Behaviour> {
    over_http1::BEHAVIOURS.iter().chain(over_tls::BEHAVIOURS).chain(over_http2::BEHAVIOURS).copied()
}

/// Receivers that listen.
pub(crate) struct Receivers {
    /// Whom to trust to get as far as a good certificate leads.
    pub(crate) authority_pem: String,
    pub(crate) all: Vec<Receiver>,
}

/// One of them.
pub(crate) struct Receiver {
    pub(crate) behaviour: Behaviour,
    pub(crate) at: SocketAddr,
    /// What keeps a queue full.
    _queued: Vec<TcpStream>,
}

impl Receivers {
    /// Those that `wanted` selects, in tasks of the current runtime.
    pub(crate) async fn start(wanted: impl Fn(&Behaviour) -> bool) -> Self {
        let identities = Arc::new(Identities::new());
        let authority_pem = identities.authority_pem();
        let mut all = Vec::new();
        for behaviour in behaviours().filter(wanted) {
            all.push(Receiver::start(behaviour, Arc::clone(&identities)).await);
        }
        Self { authority_pem, all }
    }
}

impl Receiver {
    async fn start(behaviour: Behaviour, identities: Arc<Identities>) -> Self {
        // Enough for a thousand at once.
        let backlog = if behaviour.wears == Wears::FullQueue { 1 } else { 1024 };
        let listener = listen(backlog);
        let at = listener.local_addr().unwrap();
        let mut queued = Vec::new();
        match behaviour.wears {
            Wears::Nothing => drop(listener),
            Wears::FullQueue => {
                // Linux takes one more than it was told.
                for _ in 0..2 {
                    queued.push(TcpSocket::new_v4().unwrap().connect(at).await.unwrap());
                }
                tokio::spawn(keep(listener));
            }
            Wears::DeafEars => drop(tokio::spawn(keep(listener))),
            _ => drop(tokio::spawn(serve(listener, behaviour, identities))),
        }
        Self { behaviour, at, _queued: queued }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{HOST}:{}/in", self.behaviour.scheme(), self.at.port())
    }
}

fn listen(backlog: u32) -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    socket.listen(backlog).unwrap()
}

async fn keep(listener: TcpListener) {
    std::future::pending::<()>().await;
    drop(listener);
}

async fn serve(listener: TcpListener, behaviour: Behaviour, identities: Arc<Identities>) {
    while let Ok((stream, _)) = listener.accept().await {
        let identities = Arc::clone(&identities);
        tokio::spawn(async move {
            match behaviour.wears {
                Wears::Tls(identity) => {
                    if let Ok(stream) = identities.http1(identity).accept(stream).await {
                        perform(&behaviour.script, stream).await;
                    }
                }
                Wears::Http2 => {
                    if let Ok(stream) = identities.http2().accept(stream).await {
                        perform(&behaviour.script, stream).await;
                    }
                }
                _ => perform(&behaviour.script, stream).await,
            }
        });
    }
}
