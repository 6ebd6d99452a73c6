//! An integrator's endpoint: a real HTTP server whose answers a test writes.
//!
//! It keeps every request as it arrived, the exact bytes of the body included, together with the answer that it
//! gave. Nothing of the server is used to judge it: signatures go through [`signature`]'s verifier.

mod answer;
mod received;

pub use answer::Answer;
pub use received::{Envelope, Received};

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{clock, wait};

/// A server on a port of its own, until it is dropped.
pub struct Receiver {
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
    task: JoinHandle<()>,
}

/// The answer to a request, by its body and how many there were before it under the same `webhook-id`.
type Rule = Box<dyn Fn(&[u8], usize) -> Answer + Send>;

/// What arrived, and what will be answered.
struct Book {
    received: Vec<Received>,
    /// How many of them were answered with 2xx.
    accepted: usize,
    script: VecDeque<Answer>,
    otherwise: Answer,
    /// What is asked instead, if there is one.
    rule: Option<Rule>,
    /// How often each delivery was attempted.
    attempts: HashMap<String, usize>,
    /// How long each answer takes.
    pause: Duration,
    released: watch::Sender<bool>,
}

impl Receiver {
    /// Starts one that answers 204 to everything, until told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let book = Arc::new(Mutex::new(Book {
            received: Vec::new(),
            accepted: 0,
            script: VecDeque::new(),
            otherwise: Answer::status(204),
            rule: None,
            attempts: HashMap::new(),
            pause: Duration::ZERO,
            released: watch::Sender::new(false),
        }));
        let app = Router::new().fallback(record).with_state(Arc::clone(&book));
        let task = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("a bound listener accepts");
        });
        Self { address, book, task }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Answers the next requests with these, in order, and then as before.
    pub fn answer_next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.book().script.extend(answers);
    }

    /// Answers everything that is not scripted with this.
    pub fn answer_always(&self, answer: Answer) {
        self.book().otherwise = answer;
    }

    /// Answers what is not scripted by its body, and how many requests there were before it under its `webhook-id`.
    pub fn answer_by(&self, rule: impl Fn(&[u8], usize) -> Answer + Send + 'static) {
        self.book().rule = Some(Box::new(rule));
    }

    /// Lets so much time pass before each answer.
    pub fn answer_slowly(&self, pause: Duration) {
        self.book().pause = pause;
    }

    /// Answers what hangs, and lets nothing hang from now on.
    pub fn release(&self) {
        self.book().released.send_replace(true);
    }

    /// What arrived so far, in order.
    pub fn requests(&self) -> Vec<Received> {
        self.book().received.clone()
    }

    /// What arrived so far after the first `count`, in order.
    pub fn requests_after(&self, count: usize) -> Vec<Received> {
        self.book().received.get(count..).unwrap_or_default().to_vec()
    }

    /// How many requests arrived so far.
    pub fn count(&self) -> usize {
        self.book().received.len()
    }

    /// How many requests were answered with 2xx so far.
    pub fn accepted(&self) -> usize {
        self.book().accepted
    }

    /// The names of the deliveries that arrived so far, each once however often it was attempted.
    pub fn webhook_ids(&self) -> BTreeSet<String> {
        self.book().received.iter().map(|request| request.webhook_id().to_owned()).collect()
    }

    /// Waits until at least `count` requests have arrived, and gives all of them.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let what = format!("{count} requests at the receiver");
        wait::until(&what, async || (self.count() >= count).then(|| self.requests())).await
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }
}

impl Book {
    fn answer(&mut self, request: &Parts, body: &[u8]) -> Answer {
        if let Some(answer) = self.script.pop_front() {
            return answer;
        }
        let Some(rule) = &self.rule else { return self.otherwise.clone() };
        let id = request.headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
        let attempts = self.attempts.entry(id.to_owned()).or_default();
        *attempts += 1;
        rule(body, *attempts - 1)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().expect("nobody panics while holding the book")
}

async fn record(State(book): State<Arc<Mutex<Book>>>, parts: Parts, body: Bytes) -> Response {
    let at_micros = clock::unix_micros();
    let (answer, pause, mut released) = {
        let mut book = lock(&book);
        let answer = book.answer(&parts, &body);
        book.accepted += usize::from(matches!(answer, Answer::Respond { status: 200..=299, .. }));
        let Parts { method, uri, headers, .. } = parts;
        book.received.push(Received { at_micros, method, uri, headers, body, answer: answer.clone() });
        (answer, book.pause, book.released.subscribe())
    };
    if answer == Answer::Hang {
        // The other end of the channel lives in the book, which this handler holds.
        let _ = released.wait_for(|released| *released).await;
    }
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    answer.response()
}
