//! The operations of one socket: a task each, under the peer's own ids.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Response;
use futures_util::StreamExt;
use http::StatusCode;
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio::time::timeout;
use tracing::error;

use super::message::Outgoing;
use super::writer::{Item, Outbox};
use crate::graphql::errors::coded;
use crate::graphql::execute::{Outcome, Prepared, Runner};
use crate::graphql::front::Operation;
use crate::graphql::scope::Scope;
use crate::graphql::wire::Wire;
use crate::state::ApiState;

/// Why an operation was not started.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotStarted {
    /// An operation of this id is under way.
    IdInUse,
    /// As many operations as may be are under way.
    TooMany,
}

/// An operation came to its end by itself.
#[derive(Debug)]
pub(super) struct Ended {
    id: Arc<str>,
    /// Tells it from another one that uses the same id after it.
    turn: u64,
    /// Whether the peer was told already, by an error.
    failed: bool,
}

/// The operations under way.
pub(super) struct Operations {
    state: ApiState,
    outbox: Outbox,
    running: HashMap<Arc<str>, (u64, AbortHandle)>,
    tasks: JoinSet<Ended>,
    turns: u64,
}

impl Operations {
    /// None yet; results go to `outbox`.
    pub(super) fn new(state: ApiState, outbox: Outbox) -> Self {
        Self { state, outbox, running: HashMap::new(), tasks: JoinSet::new(), turns: 0 }
    }

    /// Starts an operation for whoever `scope` belongs to.
    pub(super) fn start(
        &mut self,
        id: &str,
        operation: Operation,
        scope: Arc<Scope>,
    ) -> Result<(), NotStarted> {
        if self.running.contains_key(id) {
            return Err(NotStarted::IdInUse);
        }
        if self.running.len() >= self.state.config().socket.operations_max {
            return Err(NotStarted::TooMany);
        }
        self.turns += 1;
        let (id, turn): (Arc<str>, _) = (id.into(), self.turns);
        let task = Task { state: self.state.clone(), outbox: self.outbox.clone(), id: id.clone(), scope };
        let handle = self.tasks.spawn(async move {
            let (id, failed) = (task.id.clone(), task.run(operation).await);
            Ended { id, turn, failed }
        });
        self.running.insert(id, (turn, handle));
        Ok(())
    }

    /// Stops an operation that the peer wants no more of. Ids that mean nothing any more are ignored.
    pub(super) fn stop(&mut self, id: &str) {
        if let Some((_, handle)) = self.running.remove(id) {
            handle.abort();
        }
    }

    /// Waits until an operation ends by itself, and gives what is to be said about it. Waits forever if there is none.
    pub(super) async fn next_end(&mut self) -> Option<Item> {
        match self.tasks.join_next().await {
            None => std::future::pending().await,
            Some(Err(error)) => self.broke_off(&error),
            Some(Ok(ended)) => {
                let current = self.running.get(&ended.id).is_some_and(|(turn, _)| *turn == ended.turn);
                if current {
                    self.running.remove(&ended.id);
                }
                (current && !ended.failed).then(|| Item::Text(Outgoing::Complete { id: &ended.id }.text()))
            }
        }
    }
}

impl Operations {
    /// A task was stopped, which needs no word, or panicked.
    fn broke_off(&mut self, error: &JoinError) -> Option<Item> {
        let broken = |(_, handle): &(u64, AbortHandle)| handle.id() == error.id();
        let id = self.running.iter().find(|(_, running)| broken(running)).map(|(id, _)| id.clone())?;
        self.running.remove(&id);
        error!(%error, "an operation of a socket broke off");
        let errors = [coded("INTERNAL", "the operation could not be completed")];
        Some(Item::Text(Outgoing::Error { id: &id, payload: &errors }.text()))
    }
}

/// One operation under way.
struct Task {
    state: ApiState,
    outbox: Outbox,
    id: Arc<str>,
    scope: Arc<Scope>,
}

impl Task {
    /// Whether the operation ended with an error message, which is the last that is said about it.
    async fn run(&self, operation: Operation) -> bool {
        let runner = Runner::new(&self.state, &self.scope);
        match runner.prepare(operation) {
            Err(refused) => self.say_outcome(&refused).await,
            Ok(prepared) if prepared.is_subscription => self.stream(&runner, prepared).await,
            Ok(prepared) => {
                let deadline = self.state.config().graphql.deadline;
                let outcome = timeout(deadline, runner.single(prepared)).await.unwrap_or_else(|_| {
                    let error = coded("DEADLINE_EXCEEDED", "the operation took too long and was given up; a mutation may or may not have taken effect");
                    Outcome::refused(StatusCode::SERVICE_UNAVAILABLE, error)
                });
                self.say_outcome(&outcome).await
            }
        }
    }

    async fn stream(&self, runner: &Runner<'_>, prepared: Prepared) -> bool {
        let mut results = runner.stream(prepared);
        let mut first = true;
        while let Some(response) = results.next().await {
            // Nothing but errors at the very beginning: it was not valid, or the source could not be opened.
            if first && is_request_error(&response) {
                return self
                    .say_outcome(&Outcome::Refused { status: StatusCode::OK, errors: response.errors })
                    .await;
            }
            first = false;
            self.say(&Outgoing::Next { id: &self.id, payload: Wire::executed(&response) }).await;
        }
        false
    }

    async fn say_outcome(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Executed(response) => {
                self.say(&Outgoing::Next { id: &self.id, payload: Wire::executed(response) }).await;
                false
            }
            Outcome::Refused { errors, .. } => {
                self.say(&Outgoing::Error { id: &self.id, payload: errors }).await;
                true
            }
        }
    }

    async fn say(&self, message: &Outgoing<'_>) {
        // Nobody reads any more: the connection is ending, and this task with it.
        let _ = self.outbox.send(Item::Text(message.text())).await;
    }
}

fn is_request_error(response: &Response) -> bool {
    response.is_err() && response.data == async_graphql::Value::Null
}
