//! A way to the database that can be cut at the worst moment, and that counts what comes back.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// Where the connection is cut that carries the [`MARK`]; once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Cut {
    Nowhere = 0,
    /// The request never gets to the server.
    Request = 1,
    /// The server has done what was asked and said so, and its answer is lost.
    Answer = 2,
    /// The server is gone, and the connection stays as it is, as when a machine loses its power.
    Silence = 3,
}

/// What a request has in it for its connection to be cut.
pub(crate) const MARK: &str = "cut here";

/// What the server ends an answer with, outside a transaction.
const READY: &[u8] = b"Z\0\0\0\x05I";

pub(crate) struct Proxy {
    folder: TempDir,
    socket: Arc<Mutex<PathBuf>>,
    cut: Arc<AtomicU8>,
    answers: Arc<AtomicU64>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// To the server behind `socket`.
    pub(crate) fn to(socket: PathBuf, cut: Cut) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket");
        let cut = Arc::new(AtomicU8::new(cut as u8));
        let answers = Arc::new(AtomicU64::new(0));
        let socket = Arc::new(Mutex::new(socket));
        let (way, armed, counted) = (socket.clone(), cut.clone(), answers.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let socket = way.lock().expect("nobody panics while holding it").clone();
                tokio::spawn(pass(client, socket, armed.clone(), counted.clone()));
            }
        });
        Self { folder, socket, cut, answers, accepting }
    }

    pub(crate) fn address(&self, direct: &PgConnectOptions) -> PgConnectOptions {
        direct.clone().socket(self.folder.path())
    }

    /// Leads those that connect from now on to the server behind `socket`.
    pub(crate) fn lead_to(&self, socket: PathBuf) {
        *self.socket.lock().expect("nobody panics while holding it") = socket;
    }

    /// How many requests were answered: round trips.
    pub(crate) fn answers(&self) -> u64 {
        self.answers.load(Ordering::SeqCst)
    }

    /// Whether the cut was made.
    pub(crate) fn has_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst) == Cut::Nowhere as u8
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(mut client: UnixStream, socket: PathBuf, armed: Arc<AtomicU8>, counted: Arc<AtomicU64>) {
    let Ok(mut server) = UnixStream::connect(Path::new(&socket).join(".s.PGSQL.5432")).await else { return };
    let (mut request, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut cutting = Cut::Nowhere;
    loop {
        tokio::select! {
            read = client.read(&mut request) => {
                let Ok(bytes @ 1..) = read else { return };
                let marked = request[..bytes].windows(MARK.len()).any(|part| part == MARK.as_bytes());
                if marked {
                    let cut = armed.swap(Cut::Nowhere as u8, Ordering::SeqCst);
                    if cut == Cut::Request as u8 {
                        return;
                    }
                    if cut == Cut::Silence as u8 {
                        drop(server);
                        while client.read(&mut answer).await.is_ok_and(|bytes| bytes > 0) {}
                        return;
                    }
                    if cut == Cut::Answer as u8 {
                        cutting = Cut::Answer;
                    }
                }
                if server.write_all(&request[..bytes]).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut answer) => {
                let Ok(bytes @ 1..) = read else { return };
                let ready = answer[..bytes].ends_with(READY);
                counted.fetch_add(ready.into(), Ordering::SeqCst);
                match cutting {
                    Cut::Answer if ready => return,
                    Cut::Answer => continue,
                    _ => {}
                }
                if client.write_all(&answer[..bytes]).await.is_err() {
                    return;
                }
            }
        }
    }
}
