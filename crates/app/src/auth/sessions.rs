//! Who is signed in to the console, in memory.
//!
//! A *ticket* signs in once and is soon worthless; a *session* is what a browser holds from then on. Only the SHA-256 of
//! either is kept, and what it stands for; a restart forgets all of them, and everybody signs in again.
//!
//! Promise: bounded, whoever signs in how often. Where there are too many, those go that were not used for longest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{ApiKeyId, Caller, Timestamp};

use super::token::Hash;

/// How long a session may be left unused.
pub const SESSION_IDLE_MAX: Duration = Duration::from_hours(8);
/// How long a session is good at most, however much it is used.
pub const SESSION_AGE_MAX: Duration = Duration::from_hours(24);
/// How long a ticket is good.
pub const TICKET_AGE_MAX: Duration = Duration::from_mins(15);
/// Sessions at once, of everybody.
const SESSIONS_MAX: usize = 1_000;
/// Sessions at once of one holder, so that nobody can push out the others.
const SESSIONS_PER_HOLDER_MAX: usize = 32;
/// Tickets at once.
const TICKETS_MAX: usize = 16;

/// On whose behalf a session acts.
#[derive(Debug, Clone)]
pub(super) enum Holder {
    /// Somebody who showed this key: good as long as the key is.
    Key(ApiKeyId),
    /// Somebody at the machine, who got a ticket.
    Operator(Arc<Caller>),
}

/// The tickets and sessions that are good.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    tickets: HashMap<Hash, Ticket>,
    sessions: HashMap<Hash, Session>,
}

#[derive(Debug)]
struct Ticket {
    caller: Arc<Caller>,
    made: Timestamp,
}

#[derive(Debug)]
struct Session {
    holder: Holder,
    began: Timestamp,
    used: Timestamp,
}

impl Sessions {
    /// Takes note of a ticket for `caller`.
    pub(super) fn issue(&self, ticket: Hash, caller: Arc<Caller>, now: Timestamp) {
        let mut state = self.lock();
        state.tickets.retain(|_, ticket| now.since(ticket.made) < TICKET_AGE_MAX);
        if state.tickets.len() == TICKETS_MAX
            && let Some(oldest) =
                state.tickets.iter().min_by_key(|(_, ticket)| ticket.made).map(|(hash, _)| *hash)
        {
            state.tickets.remove(&oldest);
        }
        state.tickets.insert(ticket, Ticket { caller, made: now });
    }

    /// Spends a ticket, if it is good.
    pub(super) fn spend(&self, ticket: &Hash, now: Timestamp) -> Option<Arc<Caller>> {
        let ticket = self.lock().tickets.remove(ticket)?;
        (now.since(ticket.made) < TICKET_AGE_MAX).then_some(ticket.caller)
    }

    /// Begins a session.
    pub(super) fn begin(&self, session: Hash, holder: Holder, now: Timestamp) {
        let mut state = self.lock();
        state.sessions.retain(|_, session| session.is_good(now));
        let of_holder = state.sessions.values().filter(|other| other.holder.is(&holder)).count();
        if of_holder >= SESSIONS_PER_HOLDER_MAX {
            state.drop_least_used(|other| other.holder.is(&holder));
        } else if state.sessions.len() >= SESSIONS_MAX {
            state.drop_least_used(|_| true);
        }
        state.sessions.insert(session, Session { holder, began: now, used: now });
    }

    /// On whose behalf a session acts, if it is good; it counts as used.
    pub(super) fn holder(&self, session: &Hash, now: Timestamp) -> Option<Holder> {
        let mut state = self.lock();
        let found = state.sessions.get_mut(session)?;
        if found.is_good(now) {
            found.used = now;
            return Some(found.holder.clone());
        }
        state.sessions.remove(session);
        None
    }

    /// Ends a session, if there is one.
    pub(super) fn end(&self, session: &Hash) {
        self.lock().sessions.remove(session);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn drop_least_used(&mut self, among: impl Fn(&Session) -> bool) {
        let candidates = self.sessions.iter().filter(|(_, session)| among(session));
        if let Some(hash) = candidates.min_by_key(|(_, session)| session.used).map(|(hash, _)| *hash) {
            self.sessions.remove(&hash);
        }
    }
}

impl Session {
    fn is_good(&self, now: Timestamp) -> bool {
        now.since(self.used) < SESSION_IDLE_MAX && now.since(self.began) < SESSION_AGE_MAX
    }
}

impl Holder {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(one), Self::Key(another)) => one == another,
            (Self::Operator(one), Self::Operator(another)) => one.tenant == another.tenant,
            (Self::Key(_), Self::Operator(_)) | (Self::Operator(_), Self::Key(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Actor, Scope, TenantId};
    use uuid::Uuid;

    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn operator() -> Arc<Caller> {
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        Arc::new(Caller { tenant, actor: Actor::Operator, scopes: Scope::ALL.to_vec() })
    }

    fn key(number: u128) -> Holder {
        Holder::Key(ApiKeyId::from_uuid(Uuid::from_u128(number)))
    }

    fn hash(number: usize) -> Hash {
        let mut hash = Hash::default();
        hash[..8].copy_from_slice(&(number as u64).to_be_bytes());
        hash
    }

    #[test]
    fn a_ticket_is_good_once() {
        let sessions = Sessions::default();
        sessions.issue(hash(1), operator(), START);
        assert!(sessions.spend(&hash(1), START).is_some());
        assert!(sessions.spend(&hash(1), START).is_none());
    }

    #[test]
    fn an_old_ticket_is_worthless() {
        let sessions = Sessions::default();
        sessions.issue(hash(1), operator(), START);
        assert!(sessions.spend(&hash(1), START.after(TICKET_AGE_MAX)).is_none());
    }

    #[test]
    fn a_session_ends_when_it_is_left_alone() {
        let sessions = Sessions::default();
        sessions.begin(hash(1), key(1), START);
        let almost = START.after(SESSION_IDLE_MAX / 2);
        assert!(sessions.holder(&hash(1), almost).is_some());
        assert!(sessions.holder(&hash(1), almost.after(SESSION_IDLE_MAX)).is_none());
        assert!(sessions.holder(&hash(1), almost).is_none(), "what ended stays ended");
    }

    #[test]
    fn a_session_ends_of_age_however_much_it_is_used() {
        let sessions = Sessions::default();
        sessions.begin(hash(1), key(1), START);
        let mut now = START;
        while now.since(START) < SESSION_AGE_MAX {
            assert!(sessions.holder(&hash(1), now).is_some());
            now = now.after(Duration::from_hours(1));
        }
        assert!(sessions.holder(&hash(1), now).is_none());
    }

    #[test]
    fn one_holder_pushes_out_only_their_own_sessions() {
        let sessions = Sessions::default();
        sessions.begin(hash(0), key(1), START);
        for number in 1..=SESSIONS_PER_HOLDER_MAX {
            sessions.begin(hash(number), key(2), START.after(Duration::from_secs(number as u64)));
        }
        let later = START.after(Duration::from_mins(5));
        sessions.begin(hash(999), key(2), later);
        assert!(sessions.holder(&hash(0), later).is_some());
        assert!(sessions.holder(&hash(1), later).is_none(), "the one that was not used for longest");
        assert!(sessions.holder(&hash(2), later).is_some());
        assert!(sessions.holder(&hash(999), later).is_some());
    }

    #[test]
    fn there_are_never_more_sessions_than_the_bound() {
        let sessions = Sessions::default();
        for number in 0..SESSIONS_MAX + 10 {
            sessions.begin(
                hash(number),
                key(number as u128),
                START.after(Duration::from_millis(number as u64)),
            );
        }
        assert_eq!(sessions.lock().sessions.len(), SESSIONS_MAX);
        assert!(sessions.holder(&hash(9), START.after(Duration::from_mins(1))).is_none());
        assert!(sessions.holder(&hash(10), START.after(Duration::from_mins(1))).is_some());
    }
}
