//! All inboxes of this node.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{TenantId, Timestamp};

use super::inbox::{InboxRequest, Kept};
use super::{ALL_BYTES_MAX, INBOXES_MAX, PER_TENANT_MAX, Refusal, URL_PREFIX};

/// All inboxes of this node, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Desk(Mutex<BTreeMap<String, Kept>>);

/// The inboxes that have not expired.
pub(super) struct Open<'d>(MutexGuard<'d, BTreeMap<String, Kept>>);

impl Desk {
    /// The inboxes as of `now`; those that have expired are gone.
    pub(super) fn open(&self, now: Timestamp) -> Open<'_> {
        let mut inboxes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inboxes.retain(|_, inbox| inbox.expires_at > now);
        Open(inboxes)
    }

    /// Whether `url` is that of an inbox: none if it is no such URL at all.
    pub(crate) fn has(&self, tenant: TenantId, url: &str, now: Timestamp) -> Option<bool> {
        let path = url.strip_prefix(URL_PREFIX)?;
        let id = path.split(['/', '?']).next().unwrap_or_default();
        Some(self.open(now).of(tenant, id).is_some())
    }
}

impl Open<'_> {
    /// Whoever it belongs to.
    pub(super) fn any(&mut self, id: &str) -> Option<&mut Kept> {
        self.0.get_mut(id)
    }

    /// That of `tenant` with this id.
    pub(super) fn of(&mut self, tenant: TenantId, id: &str) -> Option<&mut Kept> {
        self.0.get_mut(id).filter(|inbox| inbox.tenant == tenant)
    }

    /// All of `tenant`, newest first.
    pub(super) fn all(&self, tenant: TenantId) -> Vec<(&String, &Kept)> {
        let mut all: Vec<_> = self.0.iter().filter(|(_, inbox)| inbox.tenant == tenant).collect();
        all.sort_by_key(|(_, inbox)| std::cmp::Reverse(inbox.created_at));
        all
    }

    /// Adds one, if there is room.
    pub(super) fn add(&mut self, id: String, inbox: Kept) -> Result<(), Refusal> {
        if self.all(inbox.tenant).len() >= PER_TENANT_MAX {
            return Err(Refusal::TooMany { max: PER_TENANT_MAX });
        }
        if self.0.len() >= INBOXES_MAX {
            return Err(Refusal::Full);
        }
        self.0.insert(id, inbox);
        Ok(())
    }

    /// Keeps what arrived at the inbox with this id, whoever it belongs to; none if there is none. Where that is too much of
    /// all, those go without that keep most.
    pub(super) fn keep(&mut self, id: &str, request: InboxRequest) -> Option<()> {
        self.any(id)?.keep(request);
        while self.0.values().map(|inbox| inbox.bytes).sum::<usize>() > ALL_BYTES_MAX {
            self.0.values_mut().max_by_key(|inbox| inbox.bytes)?.forget_oldest();
        }
        Some(())
    }

    /// Removes that of `tenant` with this id.
    pub(super) fn remove(&mut self, tenant: TenantId, id: &str) -> bool {
        self.of(tenant, id).is_some() && self.0.remove(id).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::super::inbox::Answered;
    use super::super::verify::{Check, Verdict};
    use super::super::{BODY_BYTES_MAX, INBOX_BYTES_MAX};
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn tenant(number: usize) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(number as u128))
    }

    fn add(desk: &Desk, tenant: TenantId, id: &str) -> Result<(), Refusal> {
        let inbox = Kept::new(tenant, String::new(), NOW, NOW.after(Duration::from_mins(1)));
        desk.open(NOW).add(id.to_owned(), inbox)
    }

    fn arrive(desk: &Desk, id: &str, bytes: usize) {
        let check =
            Check { verdict: Verdict::Unsigned, message: String::new(), subscription: None, delivery: None };
        let request = InboxRequest {
            number: 0,
            received_at: NOW,
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: Vec::new(),
            body: vec![0; bytes],
            check,
            answered: Answered { status: 204, delay: Duration::ZERO },
        };
        desk.open(NOW).keep(id, request).unwrap();
    }

    #[test]
    fn all_inboxes_together_are_bounded_and_those_that_keep_most_pay_for_it() {
        let desk = Desk::default();
        add(&desk, tenant(0), "small").unwrap();
        arrive(&desk, "small", 1_000);
        for n in 1..=ALL_BYTES_MAX / INBOX_BYTES_MAX + 20 {
            let id = format!("large-{n}");
            add(&desk, tenant(n), &id).unwrap();
            arrive(&desk, &id, BODY_BYTES_MAX);
            arrive(&desk, &id, BODY_BYTES_MAX - 1_000);
        }
        let mut open = desk.open(NOW);
        let bytes: usize = open.0.values().map(|inbox| inbox.bytes).sum();
        assert!((ALL_BYTES_MAX - INBOX_BYTES_MAX..=ALL_BYTES_MAX).contains(&bytes), "{bytes}");
        assert_eq!(open.of(tenant(0), "small").unwrap().page(None, 10).len(), 1);
    }

    #[test]
    fn an_inbox_keeps_the_newest_that_fit() {
        let desk = Desk::default();
        add(&desk, tenant(0), "one").unwrap();
        for _ in 0..5 {
            arrive(&desk, "one", BODY_BYTES_MAX - 1_000);
        }
        let mut open = desk.open(NOW);
        let kept: Vec<_> = open.any("one").unwrap().page(None, 10).iter().map(|kept| kept.number).collect();
        assert_eq!(kept, [5, 4]);
    }

    #[test]
    fn numbers_are_bounded_by_tenant_and_by_node_and_what_has_expired_makes_room() {
        let desk = Desk::default();
        for n in 0..PER_TENANT_MAX {
            add(&desk, tenant(0), &n.to_string()).unwrap();
        }
        assert_eq!(add(&desk, tenant(0), "more"), Err(Refusal::TooMany { max: PER_TENANT_MAX }));
        for n in PER_TENANT_MAX..INBOXES_MAX {
            add(&desk, tenant(n), &n.to_string()).unwrap();
        }
        assert_eq!(add(&desk, tenant(9_999), "more"), Err(Refusal::Full));
        let later = NOW.after(Duration::from_mins(2));
        assert!(desk.open(later).all(tenant(0)).is_empty());
        assert_eq!(desk.has(tenant(1), &format!("{URL_PREFIX}1"), later), Some(false));
    }

    #[test]
    fn an_inbox_of_somebody_else_is_none() {
        let desk = Desk::default();
        add(&desk, tenant(0), "a").unwrap();
        assert_eq!(desk.has(tenant(0), &format!("{URL_PREFIX}a/deep?x=1"), NOW), Some(true));
        assert_eq!(desk.has(tenant(1), &format!("{URL_PREFIX}a"), NOW), Some(false));
        assert_eq!(desk.has(tenant(0), "https://example.com/a", NOW), None);
        assert!(!desk.open(NOW).remove(tenant(1), "a"));
    }
}
