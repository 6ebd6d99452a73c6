//! A memory for one process: bounded, forgetful on purpose.

use std::{
    collections::{BTreeSet, HashMap},
    convert::Infallible,
    fmt,
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sha2::{Digest as _, Sha256};

use super::{Claim, ReplayGuard, Ticket};
use crate::{MessageId, UnixSeconds};

/// How many ids [`MemoryReplayGuard::default`] remembers: over 300 messages a second at the default tolerance.
pub const CAPACITY_DEFAULT: NonZeroUsize = NonZeroUsize::new(100_000).expect("not zero");

/// How long a claim lasts when it is neither committed nor released.
pub const LEASE_DEFAULT: Duration = Duration::from_mins(5);

/// Expired ids that one claim clears away, at most; two would keep up, more catch up.
const EXPIRED_CLEARED_PER_CLAIM_MAX: usize = 32;

/// Remembers ids in the memory of this process, each in about a hundred bytes however long it is.
///
/// When it is full of ids that must still be remembered it answers [`Claim::Full`], because forgetting one
/// would let its replay through. Choose a capacity of (messages a second) × (seconds to remember).
/// What it knows ends with the process: after a restart, replays within the tolerance pass.
pub struct MemoryReplayGuard {
    capacity: NonZeroUsize,
    lease: Duration,
    memory: Mutex<Memory>,
}

impl MemoryReplayGuard {
    /// Remembers at most `capacity` ids at a time.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { capacity, lease: LEASE_DEFAULT, memory: Mutex::default() }
    }

    /// Sets how long a claim lasts when it is neither committed nor released; choose more than the slowest
    /// handler takes.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How many ids it holds right now, expired ones that were not cleared away yet included.
    pub fn held(&self) -> usize {
        self.lock().entries.len()
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // Every change is complete before anything can panic, so a poisoned memory is still a good one.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryReplayGuard {
    fn default() -> Self {
        Self::new(CAPACITY_DEFAULT)
    }
}

impl fmt::Debug for MemoryReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplayGuard")
            .field("capacity", &self.capacity)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

impl ReplayGuard for MemoryReplayGuard {
    type Error = Infallible;

    async fn claim(&self, id: &MessageId, now: UnixSeconds) -> Result<Claim, Infallible> {
        let lease_end = now.saturating_add(self.lease);
        let claimed = self.lock().claim(Key::of(id), now, lease_end, self.capacity.get());
        Ok(match claimed {
            Claimed::Granted(token) => Claim::Granted(Ticket { id: id.clone(), token }),
            Claimed::InProgress => Claim::InProgress,
            Claimed::Completed => Claim::Completed,
            Claimed::Full => Claim::Full,
        })
    }

    /// An id whose lease ran out while the memory filled up is forgotten: there is no room for it.
    async fn commit(&self, ticket: Ticket, until: UnixSeconds) -> Result<(), Infallible> {
        self.lock().commit(Key::of(&ticket.id), until, self.capacity.get());
        Ok(())
    }

    async fn release(&self, ticket: Ticket) -> Result<(), Infallible> {
        self.abandon(ticket);
        Ok(())
    }

    fn abandon(&self, ticket: Ticket) {
        self.lock().release(Key::of(&ticket.id), ticket.token);
    }
}

/// A digest stands for the id, so that every entry has the same size.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key([u8; 16]);

impl Key {
    fn of(id: &MessageId) -> Self {
        let digest = Sha256::digest(id.as_bytes());
        Self(*digest.first_chunk().expect("a SHA-256 digest has 32 bytes"))
    }
}

/// What is known, and when each of it may be forgotten. Both hold the same keys.
#[derive(Default)]
struct Memory {
    entries: HashMap<Key, Entry>,
    by_end: BTreeSet<(UnixSeconds, Key)>,
    tokens: u64,
}

struct Entry {
    /// The last moment at which this counts.
    end: UnixSeconds,
    /// Of the claim; none once the message was handled.
    token: Option<u64>,
}

enum Claimed {
    Granted(u64),
    InProgress,
    Completed,
    Full,
}

impl Memory {
    fn claim(&mut self, key: Key, now: UnixSeconds, lease_end: UnixSeconds, capacity: usize) -> Claimed {
        self.clear_expired(now);
        match self.entries.get(&key) {
            Some(entry) if entry.end < now => self.remove(key),
            Some(Entry { token: Some(_), .. }) => return Claimed::InProgress,
            Some(Entry { token: None, .. }) => return Claimed::Completed,
            None => {}
        }
        if self.entries.len() >= capacity {
            return Claimed::Full;
        }
        self.tokens += 1;
        self.put(key, Entry { end: lease_end, token: Some(self.tokens) });
        Claimed::Granted(self.tokens)
    }

    fn commit(&mut self, key: Key, until: UnixSeconds, capacity: usize) {
        let known = self.entries.get(&key);
        if known.is_none() && self.entries.len() >= capacity {
            return;
        }
        // Two handlings of one id may both commit; the longer memory wins.
        let end = match known {
            Some(Entry { token: None, end }) => until.max(*end),
            _ => until,
        };
        self.put(key, Entry { end, token: None });
    }

    fn release(&mut self, key: Key, token: u64) {
        if self.entries.get(&key).is_some_and(|entry| entry.token == Some(token)) {
            self.remove(key);
        }
    }

    fn clear_expired(&mut self, now: UnixSeconds) {
        for _ in 0..EXPIRED_CLEARED_PER_CLAIM_MAX {
            match self.by_end.first() {
                Some(&(end, key)) if end < now => self.remove(key),
                _ => return,
            }
        }
    }

    fn put(&mut self, key: Key, entry: Entry) {
        self.by_end.insert((entry.end, key));
        let end = entry.end;
        if let Some(old) = self.entries.insert(key, entry)
            && old.end != end
        {
            self.by_end.remove(&(old.end, key));
        }
    }

    fn remove(&mut self, key: Key) {
        if let Some(entry) = self.entries.remove(&key) {
            self.by_end.remove(&(entry.end, key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPACITY: usize = 3;

    /// A memory of three places, its clock, and claims by number.
    struct World {
        guard: MemoryReplayGuard,
        now_s: u64,
    }

    impl World {
        fn new() -> Self {
            let guard = MemoryReplayGuard::new(NonZeroUsize::new(CAPACITY).unwrap());
            Self { guard: guard.with_lease(Duration::from_secs(10)), now_s: 1_000 }
        }

        async fn claim(&self, id: &str) -> Claim {
            let Ok(claim) =
                self.guard.claim(&MessageId::new(id).unwrap(), UnixSeconds::new(self.now_s)).await;
            claim
        }

        async fn granted(&self, id: &str) -> Ticket {
            match self.claim(id).await {
                Claim::Granted(ticket) => ticket,
                other => panic!("{id} was not granted: {other:?}"),
            }
        }

        async fn commit(&self, ticket: Ticket, until_s: u64) {
            let Ok(()) = self.guard.commit(ticket, UnixSeconds::new(until_s)).await;
        }

        async fn release(&self, ticket: Ticket) {
            let Ok(()) = self.guard.release(ticket).await;
        }

        fn at(&mut self, now_s: u64) -> &Self {
            self.now_s = now_s;
            self
        }
    }

    #[tokio::test]
    async fn a_handled_id_is_recognised_until_its_time_is_over() {
        let mut world = World::new();
        let ticket = world.granted("a").await;
        world.commit(ticket, 1_300).await;
        assert_eq!(world.claim("a").await, Claim::Completed);
        assert_eq!(world.at(1_300).claim("a").await, Claim::Completed);
        assert!(matches!(world.at(1_301).claim("a").await, Claim::Granted(_)));
    }

    #[tokio::test]
    async fn a_released_id_can_be_claimed_again() {
        let world = World::new();
        let ticket = world.granted("a").await;
        assert_eq!(world.claim("a").await, Claim::InProgress);
        world.release(ticket).await;
        assert!(matches!(world.claim("a").await, Claim::Granted(_)));
    }

    #[tokio::test]
    async fn a_claim_that_is_never_settled_ends_with_its_lease() {
        let mut world = World::new();
        world.granted("a").await;
        assert_eq!(world.at(1_010).claim("a").await, Claim::InProgress);
        assert!(matches!(world.at(1_011).claim("a").await, Claim::Granted(_)));
    }

    #[tokio::test]
    async fn whoever_outlived_the_lease_cannot_release_the_next_claim() {
        let mut world = World::new();
        let first = world.granted("a").await;
        world.at(1_011).granted("a").await;
        world.release(first).await;
        assert_eq!(world.claim("a").await, Claim::InProgress);
    }

    #[tokio::test]
    async fn whoever_outlived_the_lease_can_still_say_that_it_was_handled() {
        let mut world = World::new();
        let first = world.granted("a").await;
        let second = world.at(1_011).granted("a").await;
        world.commit(first, 1_300).await;
        world.release(second).await;
        assert_eq!(world.claim("a").await, Claim::Completed);
    }

    #[tokio::test]
    async fn a_full_memory_refuses_rather_than_forgets() {
        let mut world = World::new();
        for id in ["a", "b", "c"] {
            let ticket = world.granted(id).await;
            world.commit(ticket, 1_300).await;
        }
        assert_eq!(world.claim("d").await, Claim::Full);
        assert_eq!(world.claim("a").await, Claim::Completed);
        assert!(matches!(world.at(1_301).claim("d").await, Claim::Granted(_)));
        assert_eq!(world.guard.held(), 1);
    }

    #[tokio::test]
    async fn a_late_commit_does_not_grow_a_full_memory() {
        let mut world = World::new();
        let late = world.granted("late").await;
        world.at(1_011);
        for id in ["a", "b", "c"] {
            world.granted(id).await;
        }
        world.commit(late, 1_300).await;
        assert_eq!(world.guard.held(), CAPACITY);
    }

    #[tokio::test]
    async fn a_shorter_memory_does_not_replace_a_longer_one() {
        let mut world = World::new();
        let first = world.granted("a").await;
        let second = world.at(1_011).granted("a").await;
        world.commit(first, 1_400).await;
        world.commit(second, 1_300).await;
        assert_eq!(world.at(1_400).claim("a").await, Claim::Completed);
    }

    #[tokio::test]
    async fn what_is_released_leaves_nothing_behind() {
        let world = World::new();
        let ticket = world.granted("a").await;
        world.release(ticket).await;
        let memory = world.guard.lock();
        assert!(memory.entries.is_empty() && memory.by_end.is_empty());
    }
}
