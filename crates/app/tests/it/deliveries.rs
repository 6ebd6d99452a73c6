//! What people do with deliveries, beside an engine that does things of its own.

use std::sync::Arc;
use std::time::Duration;

use app::deliveries::{Refusal, Retried};
use app::{Bounds, Error};
use domain::delivery::{Answer, Attempt, CancelReason, DeadLetterReason, Event, Origin, Phases, Trigger};
use domain::{Actor, Clock, DeliveryId, Metadata, RecordId, Scope, Sequence, SubscriptionId, delivery};
use ledger::{Batch, Ledger, NewRecord};
use projections::status::{DeliveryFilter, DeliveryState};
use projections::{FileOptions, Runner, RunnerOptions, Views};
use tempfile::TempDir;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::ledgers::{Mischief, Mischievous};
use crate::world::{World, event, note, scoped};

/// A world with views that follow, and a subscription to everything.
pub(crate) struct Watched {
    pub(crate) world: World,
    pub(crate) ledger: Arc<Mischievous>,
    pub(crate) subscription: SubscriptionId,
    views: Views,
    _running: DropGuard,
    _folder: TempDir,
}

/// A delivery, and what it is of.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) id: DeliveryId,
    origin: Origin,
}

impl Watched {
    pub(crate) async fn new() -> Self {
        Self::bounded(Bounds::default()).await
    }

    async fn bounded(bounds: Bounds) -> Self {
        let (ledger, folder) = (Arc::new(Mischievous::default()), TempDir::new().unwrap());
        let views = Views::open(folder.path(), ledger.clone(), FileOptions::default()).await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(Runner::new(views.clone(), RunnerOptions::default()).run(stop.clone()));
        let world = World::with(ledger.clone(), Arc::new(views.clone()), bounds).await;
        let subscription = world.subscribe(world.acme).await.id;
        Self { world, ledger, subscription, views, _running: stop.drop_guard(), _folder: folder }
    }

    /// Lets the views see everything that is recorded.
    pub(crate) async fn settle(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        self.views.wait_for(self.ledger.head(), deadline).await.unwrap();
    }

    /// A delivery that waits for its first attempt.
    pub(crate) async fn waiting(&self) -> Made {
        let accepted = self.world.publish(event("{}")).await;
        let published = self.world.app.event(&self.world.admin(), accepted.id).await.unwrap().unwrap().what;
        let id = DeliveryId::of(accepted.id, published.accepted_at, self.subscription);
        let origin = Origin {
            event: accepted.id,
            event_position: accepted.position,
            event_type: published.event_type,
            subscription: self.subscription,
        };
        self.settle().await;
        Made { id, origin }
    }

    /// What the engine would append to a delivery that has `before` records.
    fn by_engine(&self, made: &Made, before: u64, events: Vec<Event>) -> Batch {
        let now = self.world.clock.now();
        let origin = ledger::Origin::new(self.world.acme, &Metadata::by(Actor::Engine), now);
        let sequences = (before + 1..).map(Sequence);
        let records = events.into_iter().zip(sequences).map(|(event, sequence)| {
            NewRecord::of(
                RecordId::generate(&*self.world.ids),
                made.id.into(),
                sequence,
                event.into(),
                &origin,
            )
        });
        Batch::new(records.collect()).unwrap()
    }

    fn scheduled(&self, made: &Made) -> Event {
        Event::Scheduled { origin: made.origin.clone(), at: self.world.clock.now() }
    }

    fn success(&self, made: &Made) -> Batch {
        let succeeded = vec![Event::AttemptSucceeded { attempt: self.attempt(200) }];
        self.by_engine(made, 0, Event::first(made.origin.clone(), self.world.clock.now(), succeeded))
    }

    fn death(&self, made: &Made) -> Batch {
        let failed = Event::AttemptFailed { attempt: self.attempt(500), retry_at: None };
        let dead = Event::DeadLettered { reason: DeadLetterReason::Exhausted };
        self.by_engine(made, 0, vec![self.scheduled(made), failed, dead])
    }

    fn setback(&self, made: &Made) -> Batch {
        let later = self.world.clock.now().after(Duration::from_hours(1));
        let failed = Event::AttemptFailed { attempt: self.attempt(500), retry_at: Some(later) };
        self.by_engine(made, 0, vec![self.scheduled(made), failed])
    }

    fn attempt(&self, status: u16) -> Arc<Attempt> {
        Arc::new(Attempt {
            number: 1,
            trigger: Trigger::Schedule,
            started_at: self.world.clock.now(),
            phases: Phases::default(),
            subscription_version: Sequence(1),
            address: None,
            body_sha256: String::new(),
            answer: Answer::Response { status, headers: vec![], body: String::new(), truncated: false },
        })
    }

    async fn append(&self, batch: Batch) {
        let ledger: &dyn Ledger = &*self.ledger;
        ledger.append_one(batch).await.unwrap().unwrap();
        self.settle().await;
    }

    pub(crate) async fn dead(&self) -> Made {
        let made = self.waiting().await;
        self.append(self.death(&made)).await;
        made
    }

    async fn retry(&self, id: DeliveryId) -> Result<app::Changed, Error<Refusal>> {
        self.world.app.retry_delivery(&self.world.admin(), id).await
    }

    async fn cancel(&self, id: DeliveryId) -> Result<app::Changed, Error<Refusal>> {
        self.world.app.cancel_delivery(&self.world.admin(), id, note("enough")).await
    }

    async fn retry_many(&self, filter: &DeliveryFilter, after: Option<DeliveryId>, limit: usize) -> Retried {
        self.settle().await;
        self.world.app.retry_deliveries(&self.world.admin(), filter, after, limit).await.unwrap()
    }

    async fn delete_subscription(&self) {
        self.world.app.delete_subscription(&self.world.admin(), self.subscription, None).await.unwrap();
        self.settle().await;
    }

    /// What is recorded of a delivery.
    async fn past(&self, id: DeliveryId) -> Vec<Event> {
        let history = self.world.app.delivery_history(&self.world.admin(), id, Sequence::NONE, 100).await;
        history.unwrap().unwrap().entries.into_iter().map(|entry| entry.what).collect()
    }
}

fn is(answer: Result<impl std::fmt::Debug, Error<Refusal>>, expected: &Refusal) {
    match answer {
        Err(Error::Refused(refusal)) => assert_eq!(&refusal, expected),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_dead_letter_is_attempted_again_for_whoever_asks() {
    let watched = Watched::new().await;
    let made = watched.dead().await;
    let changed = watched.retry(made.id).await.unwrap();
    assert_eq!(changed.version, Sequence(4));
    let record = watched.world.last().await;
    assert_eq!(record.position, changed.position);
    assert_eq!(record.parse_metadata().unwrap().actor, watched.world.admin().caller().actor);
    let at = watched.world.clock.now();
    let asked = Event::RetryRequested { origin: made.origin, attempts: 1, at };
    assert_eq!(watched.past(made.id).await.last(), Some(&asked));
}

#[tokio::test]
async fn asking_twice_is_asking_once() {
    let watched = Watched::new().await;
    let made = watched.dead().await;
    let first = watched.retry(made.id).await.unwrap();
    assert_eq!(watched.retry(made.id).await.unwrap(), first);
    assert_eq!(watched.ledger.head(), first.position);
}

#[tokio::test]
async fn what_waits_for_its_first_attempt_need_not_be_asked_for() {
    let watched = Watched::new().await;
    let made = watched.waiting().await;
    let agreed = watched.retry(made.id).await.unwrap();
    assert_eq!((agreed.version, agreed.position), (Sequence::NONE, made.origin.event_position));
    assert_eq!(watched.past(made.id).await, []);
}

#[tokio::test]
async fn what_waits_for_later_or_was_delivered_can_be_asked_for_now() {
    let watched = Watched::new().await;
    let (later, delivered) = (watched.waiting().await, watched.waiting().await);
    watched.append(watched.setback(&later)).await;
    watched.append(watched.success(&delivered)).await;
    assert_eq!(watched.retry(later.id).await.unwrap().version, Sequence(3));
    assert_eq!(watched.retry(delivered.id).await.unwrap().version, Sequence(2));
}

#[tokio::test]
async fn nothing_is_attempted_again_for_a_deleted_subscription() {
    let watched = Watched::new().await;
    let (dead, waiting) = (watched.dead().await, watched.waiting().await);
    watched.delete_subscription().await;
    is(watched.retry(dead.id).await, &Refusal::SubscriptionDeleted);
    is(watched.retry(waiting.id).await, &Refusal::SubscriptionDeleted);
    let head = watched.ledger.head();
    watched.cancel(waiting.id).await.unwrap();
    assert_eq!(watched.ledger.head(), head, "it is cancelled already");
}

#[tokio::test]
async fn what_waits_for_its_first_attempt_is_cancelled_with_what_it_was() {
    let watched = Watched::new().await;
    let made = watched.waiting().await;
    let changed = watched.cancel(made.id).await.unwrap();
    assert_eq!(changed.version, Sequence(2));
    let reason = CancelReason::Requested { note: note("enough") };
    let cancelled = Event::Cancelled { subscription: watched.subscription, reason };
    assert_eq!(watched.past(made.id).await, [watched.scheduled(&made), cancelled]);
    assert_eq!(watched.cancel(made.id).await.unwrap(), changed);
}

#[tokio::test]
async fn what_waits_for_another_attempt_is_cancelled() {
    let watched = Watched::new().await;
    let made = watched.waiting().await;
    watched.append(watched.setback(&made)).await;
    assert_eq!(watched.cancel(made.id).await.unwrap().version, Sequence(3));
    assert_eq!(watched.retry(made.id).await.unwrap().version, Sequence(4));
}

#[tokio::test]
async fn what_was_delivered_cannot_be_cancelled() {
    let watched = Watched::new().await;
    let delivered = watched.waiting().await;
    watched.append(watched.success(&delivered)).await;
    is(watched.cancel(delivered.id).await, &Refusal::Rule(delivery::Refusal::AlreadyDelivered));
}

#[tokio::test]
async fn a_dead_letter_is_discarded_by_cancelling_it() {
    let watched = Watched::new().await;
    let dead = watched.dead().await;
    let before = watched.past(dead.id).await.len();
    watched.cancel(dead.id).await.unwrap();
    let past = watched.past(dead.id).await;
    assert_eq!(past.len(), before + 1);
    assert!(matches!(past.last(), Some(Event::Cancelled { .. })));
}

#[tokio::test]
async fn whoever_comes_after_the_engine_decides_again() {
    let watched = Watched::new().await;
    let (first, second) = (watched.waiting().await, watched.waiting().await);
    watched.ledger.plan([Mischief::First(watched.success(&first))]);
    is(watched.cancel(first.id).await, &Refusal::Rule(delivery::Refusal::AlreadyDelivered));
    watched.ledger.plan([Mischief::First(watched.setback(&second))]);
    assert_eq!(watched.cancel(second.id).await.unwrap().version, Sequence(3));
}

#[tokio::test]
async fn an_answer_that_the_store_loses_is_asked_for_again() {
    let watched = Watched::new().await;
    let made = watched.dead().await;
    watched.ledger.plan([Mischief::AnswerLost]);
    assert_eq!(watched.retry(made.id).await.unwrap().version, Sequence(4));
    assert_eq!(watched.past(made.id).await.len(), 4);
}

#[tokio::test]
async fn a_busy_ledger_says_when_to_come_back() {
    let watched = Watched::new().await;
    let made = watched.dead().await;
    watched.ledger.plan([Mischief::Overloaded]);
    assert!(matches!(watched.retry(made.id).await, Err(Error::Overloaded { .. })));
    watched.ledger.plan([Mischief::Overloaded]);
    let all = DeliveryFilter::default();
    let busy = watched.world.app.retry_deliveries(&watched.world.admin(), &all, None, 10).await;
    assert!(matches!(busy, Err(Error::Overloaded { .. })));
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let watched = Watched::new().await;
    let absent = DeliveryId::from_uuid(Uuid::max());
    is(watched.retry(absent).await, &Refusal::NotFound);
    is(watched.cancel(absent).await, &Refusal::NotFound);
    let history = watched.world.app.delivery_history(&watched.world.admin(), absent, Sequence::NONE, 1).await;
    assert_eq!(history.unwrap(), None);
}

#[tokio::test]
async fn the_history_of_a_delivery_shows_its_attempts_and_who_asked_for_more() {
    let watched = Watched::new().await;
    let made = watched.dead().await;
    watched.retry(made.id).await.unwrap();
    let (app, admin) = (&watched.world.app, watched.world.admin());
    let history = app.delivery_history(&admin, made.id, Sequence::NONE, 10).await.unwrap().unwrap();
    let attempts: Vec<_> = history.entries.iter().filter_map(|entry| entry.attempt()).collect();
    assert_eq!(attempts, [&*watched.attempt(500)]);
    let actors: Vec<_> = history.entries.iter().map(|entry| &entry.actor).collect();
    assert_eq!(actors[..3], [&Actor::Engine; 3]);
    assert_eq!(actors[3], &admin.caller().actor);
}

#[tokio::test]
async fn dead_letters_are_retried_together_and_counted_before() {
    let watched = Watched::new().await;
    let dead = [watched.dead().await, watched.dead().await];
    let delivered = watched.waiting().await;
    watched.append(watched.success(&delivered)).await;
    watched.waiting().await;
    let filter = DeliveryFilter::default();
    assert_eq!(watched.world.app.preview_retry(&watched.world.admin(), &filter).await.unwrap(), 2);
    let done = watched.retry_many(&filter, None, 10).await;
    assert_eq!((done.matched, done.retried, done.skipped, done.remaining, done.next), (2, 2, 0, 0, None));
    assert_eq!(done.position, Some(watched.ledger.head()));
    for made in dead {
        assert!(matches!(watched.past(made.id).await.last(), Some(Event::RetryRequested { .. })));
    }
    assert_eq!(watched.past(delivered.id).await.len(), 1);
    assert_eq!(watched.retry_many(&filter, None, 10).await.matched, 0);
}

#[tokio::test]
async fn each_call_retries_as_many_as_it_may_and_says_where_to_go_on() {
    let watched = Watched::new().await;
    for _ in 0..5 {
        watched.dead().await;
    }
    let filter = DeliveryFilter { subscription: Some(watched.subscription), ..DeliveryFilter::default() };
    let first = watched.retry_many(&filter, None, 2).await;
    assert_eq!((first.matched, first.retried, first.remaining), (5, 2, 3));
    // The views may not have seen the first two yet: going on after them looks at neither again.
    let second =
        watched.world.app.retry_deliveries(&watched.world.admin(), &filter, first.next, 2).await.unwrap();
    assert_eq!((second.retried, second.skipped), (2, 0));
    let third = watched.retry_many(&filter, second.next, 2).await;
    assert_eq!((third.retried, third.remaining, third.next), (1, 0, None));
}

#[tokio::test]
async fn whatever_is_asked_for_already_or_has_nowhere_to_go_is_skipped() {
    let watched = Watched::new().await;
    let (asked, _other) = (watched.dead().await, watched.dead().await);
    watched.retry(asked.id).await.unwrap();
    watched.settle().await;
    let states = vec![DeliveryState::DeadLettered, DeliveryState::Retrying, DeliveryState::Waiting];
    let filter = DeliveryFilter { states, ..DeliveryFilter::default() };
    let done = watched.retry_many(&filter, None, 10).await;
    assert_eq!((done.matched, done.retried, done.skipped), (2, 1, 1));
    watched.dead().await;
    watched.delete_subscription().await;
    let done = watched.retry_many(&DeliveryFilter::default(), None, 10).await;
    assert_eq!((done.matched, done.retried, done.skipped, done.position), (1, 0, 1, None));
}

#[tokio::test]
async fn what_the_engine_changes_meanwhile_is_decided_again() {
    let watched = Watched::new().await;
    let (first, second) = (watched.waiting().await, watched.waiting().await);
    watched.append(watched.setback(&first)).await;
    watched.append(watched.setback(&second)).await;
    let dead = Event::DeadLettered { reason: DeadLetterReason::Exhausted };
    let failed = Event::AttemptFailed { attempt: watched.attempt(500), retry_at: None };
    watched.ledger.plan([Mischief::First(watched.by_engine(&first, 2, vec![failed, dead]))]);
    let filter = DeliveryFilter { states: vec![DeliveryState::Retrying], ..DeliveryFilter::default() };
    let done = watched.world.app.retry_deliveries(&watched.world.admin(), &filter, None, 10).await.unwrap();
    assert_eq!((done.retried, done.skipped), (2, 0));
    assert_eq!(watched.past(first.id).await.len(), 5);
}

#[tokio::test]
async fn a_call_retries_at_least_one_and_at_most_its_bound() {
    let watched = Watched::bounded(Bounds { retries_per_call: 3, ..Bounds::default() }).await;
    for limit in [0, 4] {
        let (admin, filter) = (watched.world.admin(), DeliveryFilter::default());
        let answer = watched.world.app.retry_deliveries(&admin, &filter, None, limit).await;
        is(answer, &Refusal::Limit { found: limit, max: 3 });
    }
}

#[tokio::test]
async fn a_page_of_the_views_is_no_bound_of_a_call() {
    let watched = Watched::new().await;
    let mut made = Vec::new();
    for _ in 0..projections::LIMIT_MAX + 5 {
        let accepted = watched.world.publish(event("{}")).await;
        let at = watched.world.clock.now();
        let origin = Origin {
            event: accepted.id,
            event_position: accepted.position,
            event_type: crate::world::kind(crate::world::TYPE),
            subscription: watched.subscription,
        };
        made.push(Made { id: DeliveryId::of(accepted.id, at, watched.subscription), origin });
    }
    let ledger: &dyn Ledger = &*watched.ledger;
    for made in &made {
        ledger.append_one(watched.death(made)).await.unwrap().unwrap();
    }
    let done = watched.retry_many(&DeliveryFilter::default(), None, 1_000).await;
    assert_eq!((done.retried, done.remaining, done.next), (made.len() as u64, 0, None));
}

#[tokio::test]
async fn touching_deliveries_needs_the_scope_to_manage_and_looking_the_one_to_read() {
    let watched = Watched::new().await;
    let id = watched.dead().await.id;
    let (app, reader) = (&watched.world.app, scoped(watched.world.acme, &[Scope::Read]));
    let filter = DeliveryFilter::default();
    let answers = [
        app.retry_delivery(&reader, id).await.map(drop),
        app.cancel_delivery(&reader, id, note("")).await.map(drop),
        app.retry_deliveries(&reader, &filter, None, 1).await.map(drop),
    ];
    for answer in answers {
        assert!(matches!(answer, Err(Error::Forbidden { needed: Scope::Manage })));
    }
    let preview = app.preview_retry(&reader, &filter).await;
    assert!(matches!(preview, Err(Error::Forbidden { needed: Scope::Manage })));
    let manager = scoped(watched.world.acme, &[Scope::Manage]);
    let history = app.delivery_history(&manager, id, Sequence::NONE, 1).await;
    assert!(matches!(history, Err(Error::Forbidden { needed: Scope::Read })));
}
