//! Has this message been here before?
//!
//! A signature proves who sent a message, not that it is the first time. Within the tolerance of the clock,
//! anyone who saw a request can send it again. So a receiver remembers the ids of the messages that it has
//! handled. But a sender's honest retry carries the same id as the attempt that failed, and must not be taken
//! for a replay. An id is therefore remembered in three steps:
//!
//! 1. *claim* it before the message is handled: only one request at a time handles an id;
//! 2. *commit* when it was handled: from now on repeats are recognised; or
//! 3. *release* when handling failed: the sender's next attempt is handled as if it were the first.
//!
//! A claim has a lease, so that a receiver which dies while handling does not lock the id out: the next attempt
//! after the lease gets it. A handler that outlives its lease can therefore see its message twice. Exactly once
//! is not something that a layer in front of a handler can promise; record the id in the same transaction as
//! the effect if you need that.
//!
//! [`MemoryReplayGuard`] serves one process. For several behind a balancer, write a [`ReplayGuard`] over a
//! store that they share.

mod memory;

use std::{convert::Infallible, error::Error, future::Future};

use crate::{MessageId, UnixSeconds};

pub use memory::{CAPACITY_DEFAULT, LEASE_DEFAULT, MemoryReplayGuard};

/// Remembers the ids of messages that were handled.
///
/// Called only with ids of verified messages, so nobody without a key can fill it.
pub trait ReplayGuard: Send + Sync + 'static {
    /// The memory is out of reach. Messages are then refused, to be sent again, rather than let through.
    type Error: Error + Send + Sync + 'static;

    /// Takes the id for one handling, if nobody holds it and it was not handled before.
    ///
    /// Must be atomic: of two requests at the same moment, one is granted.
    fn claim(
        &self,
        id: &MessageId,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<Claim, Self::Error>> + Send;

    /// Remembers the id as handled, up to and including `until`.
    ///
    /// The message *was* handled, so this holds even if the lease has passed to somebody else.
    fn commit(
        &self,
        ticket: Ticket,
        until: UnixSeconds,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Gives the id back unhandled, unless the lease has passed to somebody else.
    fn release(&self, ticket: Ticket) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Like [`release`](Self::release), for a handling that was cut off: the client left, or the handler panicked.
    ///
    /// Called while something is being dropped, so it must not block. Does nothing by default, which leaves
    /// the id taken until its lease ends.
    fn abandon(&self, ticket: Ticket) {
        let _ = ticket;
    }
}

/// What a memory says to a claim.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// Handle it, then commit or release the ticket.
    Granted(Ticket),
    /// Another request is handling it right now; how that ends is not known.
    InProgress,
    /// It was handled.
    Completed,
    /// There is no room to remember one more; to be sent again later.
    Full,
}

/// The right to handle a message, until its lease ends.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The message.
    pub id: MessageId,
    /// Tells this claim from later ones of the same id; chosen by the memory.
    pub token: u64,
}

/// Remembers nothing: every message is handled as if it were the first of its id.
///
/// For receivers whose handlers can do the same thing twice, or recognise repeats themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Forgetful;

impl ReplayGuard for Forgetful {
    type Error = Infallible;

    async fn claim(&self, id: &MessageId, _: UnixSeconds) -> Result<Claim, Infallible> {
        Ok(Claim::Granted(Ticket { id: id.clone(), token: 0 }))
    }

    async fn commit(&self, _: Ticket, _: UnixSeconds) -> Result<(), Infallible> {
        Ok(())
    }

    async fn release(&self, _: Ticket) -> Result<(), Infallible> {
        Ok(())
    }
}
