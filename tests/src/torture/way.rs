//! The way from a node to its database: it can be cut, at the worst moment, and led to another server.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Context as _, Result};
use sqlx::postgres::PgConnectOptions;
use test_postgres::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Where a connection is cut that carries records to be committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The request never gets to the server.
    Request,
    /// The request is on its way and nobody waits for the answer: the commit may happen or not.
    Between,
    /// The server has committed and said so, and its answer is lost.
    Answer,
}

/// What happens to all connections that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// They pass on what comes.
    Open,
    /// They are closed on both sides, as when a process ends.
    Closed,
    /// Nothing comes through any more, and nobody says so: as when a machine is gone.
    Silent,
}

/// A listener in front of a server.
pub struct Way {
    port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    socket: Mutex<PathBuf>,
    /// The next cut, and what is done once it has been made.
    armed: Mutex<Option<Cut>>,
    fate: Mutex<watch::Sender<Fate>>,
}

/// How the writer of the ledger introduces itself, and nobody else.
const WRITER: &[u8] = b"application_name\0hookledger\0";
/// What is in its requests that append: events of publishers, or what came of deliveries.
const MARKS: [&[u8]; 2] = [b"torture.made", b"delivery."];
/// What the server ends an answer with, outside a transaction.
const READY: &[u8] = b"Z\0\0\0\x05I";

impl Way {
    /// To this server.
    pub async fn to(server: &Server) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a port for the way")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            socket: Mutex::new(socket(server)),
            armed: Mutex::default(),
            fate: Mutex::new(watch::Sender::new(Fate::Open)),
        });
        let sharing = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let fate = held(&sharing.fate).subscribe();
                tokio::spawn(pass(client, Arc::clone(&sharing), fate));
            }
        });
        Ok(Self { port, shared, accepting })
    }

    /// Where it listens.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Cuts the next connection that appends.
    pub fn arm(&self, cut: Cut) {
        *held(&self.shared.armed) = Some(cut);
    }

    /// Whether that was done.
    pub fn has_cut(&self) -> bool {
        held(&self.shared.armed).is_none()
    }

    /// Ends all connections that there are, in silence or not. Those that come later are new ones.
    pub fn sever(&self, silently: bool) {
        let former = std::mem::replace(&mut *held(&self.shared.fate), watch::Sender::new(Fate::Open));
        former.send_replace(if silently { Fate::Silent } else { Fate::Closed });
    }

    /// Leads those that come later to another server.
    pub fn lead_to(&self, server: &Server) {
        *held(&self.shared.socket) = socket(server);
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn socket(server: &Server) -> PathBuf {
    let options: PgConnectOptions = server.options("postgres");
    options.get_socket().expect("servers of tests have a socket").join(".s.PGSQL.5432")
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics while holding it")
}

async fn pass(mut client: TcpStream, shared: Arc<Shared>, mut fate: watch::Receiver<Fate>) {
    let path = held(&shared.socket).clone();
    // Nobody there: the client sees its connection end.
    let Ok(server) = UnixStream::connect(path).await else { return };
    if tokio::select! {
        () = talk(&mut client, server, &shared) => false,
        fate = severed(&mut fate) => fate == Fate::Silent,
    } {
        let mut nowhere = vec![0; 1 << 12];
        while client.read(&mut nowhere).await.is_ok_and(|bytes| bytes > 0) {}
    }
}

async fn severed(fate: &mut watch::Receiver<Fate>) -> Fate {
    let changed = fate.wait_for(|fate| *fate != Fate::Open).await.map(|fate| *fate);
    changed.unwrap_or(Fate::Closed)
}

/// Passes on what comes, until one side ends or it is cut.
async fn talk(client: &mut TcpStream, mut server: UnixStream, shared: &Shared) {
    let (mut request, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let (mut writes, mut cutting) = (false, false);
    loop {
        tokio::select! {
            read = client.read(&mut request) => {
                let Ok(bytes @ 1..) = read else { return };
                let request = &request[..bytes];
                writes |= holds(request, WRITER);
                let appends = writes && MARKS.iter().any(|mark| holds(request, mark));
                let cut = if appends { held(&shared.armed).take() } else { None };
                if cut == Some(Cut::Request) || server.write_all(request).await.is_err() || cut == Some(Cut::Between) {
                    return;
                }
                cutting |= cut == Some(Cut::Answer);
            }
            read = server.read(&mut answer) => {
                let Ok(bytes @ 1..) = read else { return };
                if cutting {
                    if answer[..bytes].ends_with(READY) {
                        return;
                    }
                } else if client.write_all(&answer[..bytes]).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
