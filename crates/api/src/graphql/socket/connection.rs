//! One socket, from its first message to its last.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::message::{Goodbye, Incoming, Outgoing};
use super::operations::{NotStarted, Operations};
use super::writer::{self, Item, Outbox};
use crate::auth::{self, Credential, Denied};
use crate::graphql::errors::coded;
use crate::graphql::front::Operation;
use crate::graphql::scope::Scope;
use crate::middleware::CallContext;
use crate::state::ApiState;

/// What a peer may say, and what has been said.
pub(super) struct Connection {
    state: ApiState,
    call: CallContext,
    /// From the headers or from `connection_init`; looked at again as long as the socket is open, since keys are
    /// revoked and sessions end while sockets live.
    credential: Option<Credential>,
    acknowledged: bool,
}

/// What happens after a message.
type Step = Result<(), Goodbye>;

impl Connection {
    /// A socket that was just opened; `credential` was good if there is one.
    pub(super) const fn new(state: ApiState, call: CallContext, credential: Option<Credential>) -> Self {
        Self { state, call, credential, acknowledged: false }
    }

    /// Serves the socket until one side ends it.
    pub(super) async fn serve(mut self, socket: WebSocket) {
        let (sink, mut messages) = socket.split();
        let limits = self.state.config().socket.clone();
        let (outbox, writing) = writer::open(sink, limits.send_timeout);
        let mut writer = tokio::spawn(writing);
        let mut operations = Operations::new(self.state.clone(), outbox.clone());
        let started = Instant::now();
        let mut heard = started;
        let mut ping = interval_at(started + limits.ping_interval, limits.ping_interval);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stopping = self.state.stopping().clone();
        let goodbye = loop {
            let step = tokio::select! {
                () = stopping.cancelled() => Err(Goodbye::going_away()),
                _ = &mut writer => return,
                () = sleep_until(started + limits.init_timeout), if !self.acknowledged => Err(Goodbye::init_timeout()),
                message = messages.next() => match message {
                    Some(Ok(message)) => {
                        heard = Instant::now();
                        self.hear(message, &outbox, &mut operations).await
                    }
                    Some(Err(_)) | None => return,
                },
                end = operations.next_end() => {
                    if let Some(item) = end {
                        say(&outbox, item).await;
                    }
                    Ok(())
                }
                _ = ping.tick() => {
                    if heard.elapsed() > limits.silence_max {
                        return;
                    }
                    say(&outbox, Item::Ping).await;
                    self.still_welcome()
                }
            };
            if let Err(goodbye) = step {
                break goodbye;
            }
        };
        drop(operations);
        say(&outbox, Item::Close(goodbye)).await;
        drop(outbox);
        // Bounded by the timeout of each send.
        let _ = writer.await;
    }

    async fn hear(&mut self, message: Message, outbox: &Outbox, operations: &mut Operations) -> Step {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Goodbye::invalid("messages are text")),
            // WebSocket's own; the library answers them.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(()),
        };
        let incoming = serde_json::from_str(&text)
            .map_err(|error| Goodbye::invalid(&format!("Invalid message: {error}")))?;
        match incoming {
            Incoming::ConnectionInit { payload } => {
                self.init(payload.as_ref())?;
                say(outbox, Item::Text(Outgoing::ConnectionAck.text())).await;
            }
            Incoming::Ping { payload } => say(outbox, Item::Text(Outgoing::Pong { payload }.text())).await,
            Incoming::Pong { .. } => {}
            Incoming::Subscribe { id, payload } => self.subscribe(&id, payload, outbox, operations).await?,
            Incoming::Complete { id } => operations.stop(&id),
        }
        Ok(())
    }

    /// Takes the key from `{"authorization": "Bearer hk_..."}`, unless the header brought one.
    fn init(&mut self, payload: Option<&serde_json::Map<String, serde_json::Value>>) -> Step {
        if self.acknowledged {
            return Err(Goodbye::init_again());
        }
        if let Some(value) = payload
            .and_then(|payload| payload.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")))
        {
            let token = value.1.as_str().and_then(auth::bearer_text);
            let token = token.ok_or_else(|| Goodbye::forbidden(&Denied::Malformed.to_string()))?;
            self.credential = Some(Credential::Key(token.to_owned()));
        }
        self.acknowledged = true;
        self.still_welcome()
    }

    async fn subscribe(
        &self,
        id: &str,
        operation: Operation,
        outbox: &Outbox,
        operations: &mut Operations,
    ) -> Step {
        if !self.acknowledged {
            return Err(Goodbye::unauthorized());
        }
        match operations.start(id, operation, self.scope()?) {
            Ok(()) => {}
            Err(NotStarted::IdInUse) => return Err(Goodbye::id_in_use(id)),
            Err(NotStarted::TooMany) => {
                let max = self.state.config().socket.operations_max;
                let error = coded(
                    "TOO_MANY_OPERATIONS",
                    format!("{max} operations are under way on this socket, which is as many as are allowed"),
                );
                say(outbox, Item::Text(Outgoing::Error { id, payload: &[error] }.text())).await;
            }
        }
        Ok(())
    }

    /// What an operation may reach: each has its own loaders and budget.
    fn scope(&self) -> Result<Arc<Scope>, Goodbye> {
        let request = app::Request::new(self.caller()?)
            .correlated(self.call.correlation.clone())
            .traced(self.call.trace.clone());
        Ok(Arc::new(Scope::new(self.state.clone(), request, self.call.clone())))
    }

    fn still_welcome(&self) -> Step {
        if self.acknowledged { self.caller().map(|_| ()) } else { Ok(()) }
    }

    fn caller(&self) -> Result<Arc<domain::Caller>, Goodbye> {
        let credential = self.credential.as_ref().ok_or_else(|| {
            Goodbye::forbidden(
                "send {\"authorization\": \"Bearer hk_...\"} as the payload of connection_init",
            )
        })?;
        credential.caller(self.state.app()).map_err(|error| Goodbye::forbidden(&error.to_string()))
    }
}

async fn say(outbox: &Outbox, item: Item) {
    // Nobody reads any more: the select notices that the writer ended.
    let _ = outbox.send(item).await;
}
