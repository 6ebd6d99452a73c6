//! Running a command: load, decide, append; again if somebody else was first.

use std::error::Error;
use std::sync::Arc;

use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{AggregateError, CqrsFramework};
use domain::{Clock, Decider, Fact, IdSource, Metadata, Position, Sequence, StreamId, TenantId, Versioned};

use super::adapter::{Adapter, Order, Refused};
use super::load::{self, LoadError};
use super::repository::{LedgerRepository, Seen};
use crate::new_record::Origin;
use crate::outcome::{LedgerError, SharedError};
use crate::store::Ledger;
use crate::upcast::Upcasters;

/// How often a command is decided again because somebody else changed the aggregate meanwhile.
const ATTEMPTS: usize = 8;

/// Runs commands on aggregates, and loads them.
#[derive(Clone)]
pub struct Control {
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    upcasters: Arc<Upcasters>,
}

/// A command for one aggregate of one tenant.
#[derive(Debug, Clone)]
pub struct Change<C> {
    /// Whose the aggregate is. Those of others are as good as absent.
    pub tenant: TenantId,
    /// Which it is.
    pub stream: StreamId,
    /// The version that whoever asks has seen; none to ask it of any.
    pub expected: Option<Sequence>,
    /// What is asked.
    pub command: C,
    /// Who asks, and in what context.
    pub metadata: Metadata,
}

/// A command was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed<E> {
    /// The version that the aggregate is at now.
    pub version: Sequence,
    /// Where its last record stands: a view that has come that far shows what was done.
    pub position: Position,
    /// What happened; nothing if what was asked already held.
    pub events: Vec<E>,
}

/// Why a command was not done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExecuteError<R> {
    /// The rules of the aggregate forbid it.
    #[error(transparent)]
    Refused(R),
    /// Somebody changed the aggregate since it was seen: look again.
    #[error("it is at version {found}, not {expected}")]
    Stale {
        /// The version that was expected.
        expected: Sequence,
        /// The version it is at.
        found: Sequence,
    },
    /// Others kept changing the aggregate in between; trying again may help.
    #[error("it was changed by others during {ATTEMPTS} attempts")]
    Contended,
    /// The ledger could not be read or written. When [`LedgerError::InDoubt`], the command may have been done.
    #[error(transparent)]
    Ledger(LedgerError),
    /// What is recorded of the aggregate is not understood.
    #[error("its records cannot be read")]
    Unreadable(#[source] SharedError),
}

impl Control {
    /// Over `ledger`, with the steps that every reader uses.
    pub fn new(ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { ledger, clock, ids, upcasters: Upcasters::standard() }
    }

    /// Does what `change` asks, on the aggregate as it is then.
    ///
    /// Without an expected version the command is decided again, a few times, when somebody else was first.
    pub async fn execute<D>(
        &self,
        change: Change<D::Command>,
    ) -> Result<Executed<D::Event>, ExecuteError<D::Refusal>>
    where
        D: Decider,
        D::Command: Clone,
    {
        for _ in 0..ATTEMPTS {
            let origin = Origin::new(change.tenant, &change.metadata, self.clock.now());
            let order = Order { command: change.command.clone(), expected: change.expected };
            if let Some(executed) = self.attempt::<D>(&origin, change.stream, order).await? {
                return Ok(executed);
            }
        }
        Err(ExecuteError::Contended)
    }

    /// The aggregate as it is now; none if it has no records or belongs to another tenant.
    pub async fn load<D: Decider>(
        &self,
        tenant: TenantId,
        stream: StreamId,
    ) -> Result<Option<Versioned<D>>, LoadError> {
        load::load(&*self.ledger, tenant, stream).await
    }

    /// One try; none if somebody else was first.
    async fn attempt<D: Decider>(
        &self,
        origin: &Origin,
        stream: StreamId,
        order: Order<D::Command>,
    ) -> Result<Option<Executed<D::Event>>, ExecuteError<D::Refusal>> {
        let repository = LedgerRepository::new(&*self.ledger, &*self.ids, origin);
        let store = PersistedEventStore::<_, Adapter<D>>::new_event_store(repository.clone())
            .with_upcasters(self.upcasters.for_cqrs());
        let framework = CqrsFramework::new(store, vec![], ());
        match framework.execute(&stream.to_string(), order).await {
            Ok(()) => executed::<D>(&repository.seen()).map(Some),
            Err(AggregateError::AggregateConflict) => Ok(None),
            Err(error) => Err(explained(error)),
        }
    }
}

fn executed<D: Decider>(seen: &Seen) -> Result<Executed<D::Event>, ExecuteError<D::Refusal>> {
    let read = |(record_type, version, payload): &(String, u16, String)| {
        Fact::decode(record_type, *version, payload)
            .map_err(|error| ExecuteError::Unreadable(Arc::new(error)))
    };
    let facts = seen.written.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let events: Vec<_> = facts.into_iter().filter_map(D::from_fact).collect();
    let version = Sequence(seen.version.0 + events.len() as u64);
    Ok(Executed { version, position: seen.position, events })
}

fn explained<R: Error>(error: AggregateError<Refused<R>>) -> ExecuteError<R> {
    match error {
        AggregateError::UserError(Refused::Refusal(refusal)) => ExecuteError::Refused(refusal),
        AggregateError::UserError(Refused::Stale { expected, found }) => {
            ExecuteError::Stale { expected, found }
        }
        AggregateError::AggregateConflict => ExecuteError::Contended,
        AggregateError::DatabaseConnectionError(error) => match error.downcast::<LedgerError>() {
            Ok(error) => ExecuteError::Ledger(*error),
            Err(error) => ExecuteError::Ledger(LedgerError::Unavailable(error.into())),
        },
        AggregateError::DeserializationError(error) | AggregateError::UnexpectedError(error) => {
            ExecuteError::Unreadable(error.into())
        }
    }
}
