//! What the engine reads: the ledger, which it follows, and pages of the view, which come late, stale, ahead or never.

use domain::delivery::Event as DeliveryEvent;
use domain::subscription::Event as SubscriptionEvent;
use domain::{Fact, SubscriptionId, Timestamp};
use hookledger_delivery::core::{QueueId, Recorded};

use super::ledger::Entry;
use super::life::Load;
use super::trail::Kind;
use super::world::World;

/// After how many steps a page is called late.
const LATE_STEPS: u64 = 40;

impl World {
    pub(crate) fn on_load(&mut self, of: fn(&Self, &Load) -> bool, then: fn(&mut Self, usize)) {
        let places: Vec<usize> =
            (0..self.life.loads.len()).filter(|place| of(self, &self.life.loads[*place])).collect();
        let place = self.chance.pick(&places);
        then(self, place);
    }

    pub(crate) fn can_read(&self, load: &Load) -> bool {
        load.read.is_none() && self.view.position() >= load.at_least
    }

    /// The view answers; the engine does not have it yet.
    pub(crate) fn read(&mut self, place: usize) {
        let load = &mut self.life.loads[place];
        let page = self.view.page(load.subscription, load.wanted, load.limit);
        let about = (load.subscription, page.jobs.len() as u64);
        load.read = Some((page, self.step));
        self.note(Kind::PageRead, about);
    }

    pub(crate) fn fail_to_load(&mut self, place: usize) {
        let Load { subscription, queue, .. } = self.life.loads.swap_remove(place);
        self.has_come(subscription, queue);
        self.note(Kind::PageFailed, subscription);
        self.life.core.loaded(subscription, queue, None);
    }

    /// The engine is told a page.
    pub(crate) fn tell_page(&mut self, place: usize) {
        let Load { subscription, queue, read, .. } = self.life.loads.swap_remove(place);
        let (page, read_in) = read.expect("it was read");
        self.has_come(subscription, queue);
        let (as_of, folded) = (page.as_of, self.life.core.folded());
        self.note(Kind::PageTold, (subscription, as_of.0));
        if read_in + LATE_STEPS < self.step {
            self.note(Kind::PageLate, (subscription, as_of.0));
        }
        if as_of < folded {
            self.note(Kind::PageBehind, (subscription, as_of.0));
        }
        if as_of > folded {
            self.note(Kind::PageAhead, (subscription, as_of.0));
        }
        self.life.core.loaded(subscription, queue, Some(page));
    }

    fn has_come(&mut self, subscription: SubscriptionId, queue: QueueId) {
        self.life.watch(subscription).loading.take_if(|asked| *asked == queue);
    }

    /// The engine follows the ledger by so many records.
    pub(crate) fn follow(&mut self, count: u64) {
        let folded = self.life.core.folded();
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let entries: Vec<Entry> = self.ledger.after(folded).iter().take(count).cloned().collect();
        for entry in &entries {
            self.follow_one(entry);
        }
        if let Some(last) = entries.last() {
            self.life.core.advance(last.position);
            self.note(Kind::Followed, last.position.0);
        }
    }

    fn follow_one(&mut self, entry: &Entry) {
        if let Fact::Subscription(event) = &*entry.fact {
            let id = SubscriptionId::from_uuid(entry.stream);
            self.life.followed.fold(entry.tenant, id, event);
            let watched = self.life.watch(id);
            match event {
                SubscriptionEvent::LimitsChanged { .. } => {
                    watched.starts.clear();
                    self.cluster.starts.remove(&id);
                    watched.blocked_until = Timestamp::default();
                }
                SubscriptionEvent::Activated | SubscriptionEvent::EndpointChanged { .. } => {
                    watched.blocked_until = Timestamp::default();
                    watched.forget();
                }
                SubscriptionEvent::Resumed => watched.blocked_until = Timestamp::default(),
                SubscriptionEvent::Deleted => watched.forget(),
                _ => {}
            }
        }
        // The shell keeps the engine's own records from the core; the core passes them over by itself, too.
        let own = matches!(
            &*entry.fact,
            Fact::Delivery(event)
                if !matches!(event, DeliveryEvent::RetryRequested { .. } | DeliveryEvent::Cancelled { .. })
        );
        let recorded = Recorded {
            position: entry.position,
            sequence: entry.sequence,
            stream: entry.stream,
            tenant: entry.tenant,
            fact: &entry.fact,
        };
        if own
            && self.is_shared()
            && let Some(whose) = self.is_of_other(entry)
        {
            self.life.core.record_of_other(recorded, whose);
            return self.note(Kind::OthersRecordMet, entry.position.0);
        }
        if own && self.life.core.is_catching_up() {
            self.note(Kind::OwnRecordMet, entry.position.0);
        } else if own && !self.chance.one_in(4) {
            return;
        }
        self.life.core.record(recorded);
    }

    /// The view follows the ledger by so many records.
    pub(crate) fn fold_view(&mut self, count: u64) {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        for entry in self.ledger.after(self.view.position()).iter().take(count) {
            self.view.fold(entry);
        }
        self.note(Kind::ViewFolded, self.view.position().0);
    }
}
