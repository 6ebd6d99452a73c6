//! One change of one thing: through the control plane, and effective when it is answered.

use domain::{Decider, Sequence, StreamId, TenantId};
use ledger::control::{Change, ExecuteError};
use ledger::{Appended, Batch, Conflict, LedgerError};

use crate::app::App;
use crate::change::Changed;
use crate::error::{Error, Fault, Refused};
use crate::request::Request;

/// Refusals that a change of an existing thing can end in.
pub(crate) trait Decided<Rule>: Refused {
    /// There is no such thing, or it is somebody else's.
    fn not_found() -> Self;
    /// It is at another version than the caller expected.
    fn stale(current: Sequence) -> Self;
    /// Whether this is [`Decided::stale`].
    fn is_stale(&self) -> bool;
    /// The thing itself says no.
    fn rule(refusal: Rule) -> Self;
}

/// What is to be changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edit {
    owner: TenantId,
    stream: StreamId,
    expected: Option<Sequence>,
}

impl Edit {
    /// A thing of `owner`; with `expected`, only at that version.
    pub(crate) fn of(owner: TenantId, id: impl Into<StreamId>, expected: Option<Sequence>) -> Self {
        Self { owner, stream: id.into(), expected }
    }
}

/// How often a change is tried when others change the same thing at the same moment, or the store loses its answer.
const TRIES: u32 = 8;

impl App {
    /// Carries out a command, and makes it effective on this node.
    pub(crate) async fn change<D, R>(
        &self,
        request: &Request,
        edit: Edit,
        command: D::Command,
    ) -> Result<Changed, Error<R>>
    where
        D: Decider<Command: Clone + Sync>,
        R: Decided<D::Refusal>,
    {
        let Edit { owner: tenant, stream, expected } = edit;
        let change = Change { tenant, stream, expected, command, metadata: request.metadata() };
        let done = self.control().execute::<D>(change).await.map_err(|error| match error {
            ExecuteError::Refused(refusal) => Error::Refused(R::rule(refusal)),
            ExecuteError::Stale { found, .. } => Error::Refused(R::stale(found)),
            ExecuteError::Contended => Fault::Contended { what: stream.to_string(), tries: TRIES }.into(),
            ExecuteError::Ledger(error) => error.into(),
            ExecuteError::Unreadable(cause) => Fault::Unreadable(cause).into(),
        })?;
        self.caught_up_to(done.position).await?;
        Ok(Changed { version: done.version, position: done.position })
    }

    /// Carries out a command that is made from what the thing is: made again if that changes meanwhile.
    pub(crate) async fn change_from<D, R>(
        &self,
        request: &Request,
        edit: Edit,
        mut command: impl FnMut(&D) -> Result<D::Command, R>,
    ) -> Result<Changed, Error<R>>
    where
        D: Decider<Command: Clone + Sync>,
        R: Decided<D::Refusal>,
    {
        for _ in 0..TRIES {
            let now = self.load::<D>(edit.owner, edit.stream, None).await?;
            let now = now.ok_or_else(|| Error::Refused(R::not_found()))?;
            if edit.expected.is_some_and(|expected| expected != now.version) {
                return Err(Error::Refused(R::stale(now.version)));
            }
            let command = command(&now.state).map_err(Error::Refused)?;
            let seen = Edit { expected: Some(now.version), ..edit };
            match self.change::<D, R>(request, seen, command).await {
                Err(Error::Refused(refusal)) if edit.expected.is_none() && refusal.is_stale() => {}
                answer => return answer,
            }
        }
        Err(Fault::Contended { what: edit.stream.to_string(), tries: TRIES }.into())
    }

    /// Appends one batch, and asks again when it is not known what became of it.
    pub(crate) async fn append_surely(
        &self,
        batch: Batch,
    ) -> Result<Result<Appended, Conflict>, LedgerError> {
        for _ in 1..TRIES {
            match self.ledger().append_one(batch.clone()).await {
                Err(LedgerError::InDoubt(_)) => {}
                known => return known,
            }
        }
        self.ledger().append_one(batch).await
    }
}
