//! The shell around the core: reads the ledger, makes the requests, appends the outcomes, keeps the time.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::delivery::State;
use domain::subscription;
use domain::{DeliveryId, Position, StreamKind, SubscriptionId, TenantId, Timestamp};
use failpoints::Point;
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use hashbrown::HashMap;
use ledger::Control;
use rand::RngExt;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::attempt::{self, Order};
use crate::content::{Sight, content, event_type};
use crate::core::{
    Action, Core, Job, Lane, LaneSet, Load, Page, QueueId, Recorded, Report, Survey, SurveyId, Wanted, Whose,
};
use crate::desk::{Assignment, Orders};
use crate::engine::{Config, Health, Parts};
use crate::feed;
use crate::journal::Slots;
use crate::leave;
use crate::ledger_io::{Outcome, Scribe, Settled};
use crate::mark::Marks;
use crate::notice::Notary;
use crate::outbound::Outbound;

/// Something that was asked for has come back.
enum Back {
    Settled(Vec<(SubscriptionId, DeliveryId, Settled)>),
    Loaded(SubscriptionId, QueueId, Option<Page>),
    Surveyed(SurveyId, Option<Survey>),
    Noted(SubscriptionId),
}

type Pending = Pin<Box<dyn Future<Output = Back> + Send>>;

/// How many reports are taken at once, and so how many outcomes are appended at once.
const REPORTS_AT_ONCE: usize = 256;
/// How many prepared subscriptions are kept.
const OUTBOUND_MAX: usize = 10_000;
/// The longest sleep: a clock that is set forward is noticed within it.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// A clock that goes back by less is not worth a look at everything that waits.
const SET_BACK_MIN: Duration = Duration::from_secs(1);
/// How long after a failed read of the view it is tried again.
const LOAD_PAUSE: Duration = Duration::from_millis(500);

pub(crate) struct Shell {
    parts: Parts,
    config: Config,
    core: Core,
    scribe: Scribe,
    notary: Notary,
    pages: mpsc::Receiver<ledger::Page>,
    reports: (mpsc::Sender<Sent>, mpsc::Receiver<Sent>),
    pending: FuturesUnordered<Pending>,
    outbound: HashMap<SubscriptionId, Arc<Outbound>>,
    meters: attempt::Meters,
    slots: Slots,
    /// What the engine is told of lanes; none if it is alone.
    orders: Option<Orders>,
    marks: Marks,
    /// Lanes that were given up, and of which something may be under way.
    settling: LaneSet,
    last_now: Timestamp,
    sends: TaskTracker,
    stopping: CancellationToken,
    /// Ends requests that have not finished when the time for it is over.
    hard_stop: CancellationToken,
    health: watch::Sender<Health>,
}

struct Sent {
    subscription: SubscriptionId,
    delivery: DeliveryId,
    /// None if there was no request: its lane is somebody else's.
    report: Option<Report>,
}

impl Shell {
    pub(crate) fn new(
        parts: Parts,
        config: Config,
        core: Core,
        orders: Option<Orders>,
        stopping: CancellationToken,
        health: watch::Sender<Health>,
    ) -> Self {
        let hard_stop = CancellationToken::new();
        Self {
            scribe: Scribe::new(parts.ledger.clone(), parts.ids.clone(), hard_stop.clone()),
            notary: Notary {
                ledger: parts.ledger.clone(),
                control: Arc::new(Control::new(parts.ledger.clone(), parts.clock.clone(), parts.ids.clone())),
                clock: parts.clock.clone(),
                ids: parts.ids.clone(),
            },
            pages: feed::start(parts.ledger.clone(), core.folded()),
            // As many reports as there can be requests: a send never waits for the engine.
            reports: mpsc::channel(config.bounds.in_flight_max.max(1)),
            pending: FuturesUnordered::new(),
            outbound: HashMap::new(),
            meters: attempt::Meters::new(),
            slots: Slots::new(config.bounds.under_way_max()),
            orders,
            marks: Marks::new(),
            settling: LaneSet::NONE,
            last_now: parts.clock.now(),
            sends: TaskTracker::new(),
            parts,
            config,
            core,
            stopping,
            hard_stop,
            health,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut sent = Vec::with_capacity(REPORTS_AT_ONCE);
        let stopping = self.stopping.clone();
        loop {
            self.work();
            let sleep = self.sleep();
            tokio::select! {
                page = self.pages.recv() => match page {
                    Some(page) => self.fold(&page),
                    None => break,
                },
                _ = self.reports.1.recv_many(&mut sent, REPORTS_AT_ONCE) => {
                    self.gather(&mut sent).await;
                    self.reported(&mut sent);
                }
                Some(back) = self.pending.next(), if !self.pending.is_empty() => self.back(back),
                order = next(self.orders.as_mut()) => self.obey(order),
                () = tokio::time::sleep(sleep) => {}
                () = stopping.cancelled() => break,
            }
        }
        self.drain().await;
        self.health.send_modify(|health| health.running = false);
    }

    /// Lets those requests report that have ended by now. The runtime runs this task right after the first of them: without
    /// a pause each outcome would be appended by itself, which costs as much as appending ten.
    async fn gather(&mut self, sent: &mut Vec<Sent>) {
        tokio::task::yield_now().await;
        while sent.len() < REPORTS_AT_ONCE
            && let Ok(more) = self.reports.1.try_recv()
        {
            sent.push(more);
        }
    }

    /// Lets what is under way finish, and records it.
    async fn drain(&mut self) {
        let deadline = tokio::time::sleep(self.config.drain);
        tokio::pin!(deadline);
        let mut sent = Vec::new();
        loop {
            let Load { in_flight, settling, .. } = self.core.load();
            if in_flight == 0 && settling == 0 {
                break;
            }
            tokio::select! {
                _ = self.reports.1.recv_many(&mut sent, REPORTS_AT_ONCE) => self.reported(&mut sent),
                Some(back) = self.pending.next(), if !self.pending.is_empty() => self.back(back),
                () = &mut deadline => {
                    tracing::warn!(in_flight, settling, "stopping before all requests have finished; they will be made again");
                    break;
                }
            }
        }
        self.hard_stop.cancel();
        self.sends.close();
        self.sends.wait().await;
    }

    /// Notices a clock that was set back, before anything is done by the new time.
    fn watch_clock(&mut self) {
        let now = self.parts.clock.now();
        if self.last_now > now.after(SET_BACK_MIN) {
            let by = self.last_now.since(now);
            tracing::warn!(seconds = by.as_secs(), "the clock was set back");
            self.core.set_back(by);
        }
        self.last_now = now;
    }

    fn obey(&mut self, order: Assignment) {
        match order {
            Assignment::Gain(lanes, head) => {
                for (lane, epoch) in &lanes {
                    self.marks.set(*lane, *epoch);
                }
                self.core.gain(lanes.into_iter().map(|(lane, _)| lane).collect(), head);
            }
            Assignment::GiveUp(lanes) => {
                self.core.give_up(lanes);
                self.settling = self.settling.with(lanes);
            }
        }
    }

    /// Tells of lanes that were given up once nothing of them is under way.
    fn tell_settled(&mut self) {
        let Some(orders) = self.orders.as_ref().filter(|_| !self.settling.is_empty()) else { return };
        for lane in self.settling.iter() {
            if self.core.is_settled(lane) && orders.settled.try_send(lane).is_ok() {
                self.settling = self.settling.without(LaneSet::of(lane));
            }
        }
    }

    fn work(&mut self) {
        self.watch_clock();
        self.tell_settled();
        if self.parts.leave.is_given() {
            let mut actions = Vec::new();
            self.core.dispatch(self.parts.clock.now(), &mut actions);
            self.perform(actions);
        }
        let health = Health {
            running: true,
            folded: self.core.folded(),
            catching_up: self.core.is_catching_up(),
            load: self.core.load(),
            lanes: self.core.lanes(),
        };
        self.health.send_if_modified(|now| std::mem::replace(now, health) != health);
    }

    fn sleep(&self) -> Duration {
        if !self.parts.leave.is_given() {
            return leave::PAUSE;
        }
        let now = self.parts.clock.now();
        // A millisecond more than asked for, so that a timer which fires early does not spin.
        self.core.next_alarm().map_or(SLEEP_MAX, |at| at.since(now) + Duration::from_millis(1)).min(SLEEP_MAX)
    }

    fn fold(&mut self, page: &ledger::Page) {
        for record in &page.records {
            let source = self.source(record);
            if source == Source::Passed {
                continue;
            }
            let recorded = |fact| Recorded {
                position: record.position,
                sequence: record.sequence,
                stream: record.stream.uuid,
                tenant: record.tenant,
                fact,
            };
            match (record.fact(), source) {
                (Ok(fact), Source::Other(whose)) => self.core.record_of_other(recorded(fact), whose),
                (Ok(fact), _) => self.core.record(recorded(fact)),
                (Err(error), _) => {
                    tracing::error!(position = record.position.0, %error, "a record is passed over by the delivery engine");
                }
            }
        }
        self.core.advance(page.upto);
        failpoints::reach(Point::AfterMatch);
    }

    /// What a record is to this engine.
    fn source(&self, record: &ledger::Record) -> Source {
        let delivery = record.stream.kind == StreamKind::Delivery;
        if !delivery || is_news(&record.record_type) || self.core.is_catching_up() {
            return Source::News;
        }
        // What the engine recorded itself it knows, and need not read again.
        if self.orders.is_none() {
            return Source::Passed;
        }
        let lanes = self.core.lanes().with(self.core.arriving());
        let concerns = |whose: &Whose| whose.lane.is_none_or(|lane| lanes.contains(lane));
        self.marks.whose(&record.metadata).filter(concerns).map_or(Source::Passed, Source::Other)
    }

    fn reported(&mut self, sent: &mut Vec<Sent>) {
        self.watch_clock();
        let mut actions = Vec::new();
        for Sent { subscription, delivery, report } in sent.drain(..) {
            let Some(report) = report else {
                self.slots.release(delivery);
                self.core.withdrawn(subscription, delivery);
                continue;
            };
            self.meters.count(&report);
            self.core.completed(subscription, delivery, report, &mut actions);
        }
        self.perform(actions);
    }

    fn back(&mut self, back: Back) {
        let mut actions = Vec::new();
        match back {
            Back::Settled(settled) => {
                for (subscription, delivery, what) in settled {
                    match what {
                        Settled::Appended(position) => {
                            self.slots.release(delivery);
                            self.core.appended(subscription, delivery, position, &mut actions);
                        }
                        Settled::Conflicted(found) => {
                            self.core.conflicted(subscription, delivery, found, &mut actions);
                        }
                        // Its slot is not: it has no record.
                        Settled::Abandoned => self.core.abandoned(subscription, delivery),
                    }
                }
            }
            Back::Loaded(subscription, asked, page) => self.core.loaded(subscription, asked, page),
            Back::Surveyed(id, survey) => self.core.surveyed(id, survey, self.parts.clock.now()),
            Back::Noted(subscription) => self.core.noted(subscription),
        }
        self.perform(actions);
    }

    fn perform(&mut self, actions: Vec<Action>) {
        let mut outcomes = Vec::new();
        for action in actions {
            match action {
                Action::Send { subscription, job } => self.send(subscription, job),
                Action::Append { tenant, subscription, delivery, expected, events } => {
                    let metadata = self.marks.of(subscription, &events);
                    outcomes.push(Outcome { tenant, subscription, delivery, expected, events, metadata });
                }
                Action::Load { subscription, queue, wanted, limit, at_least } => {
                    self.load((subscription, queue), wanted, limit, at_least);
                }
                Action::Survey { id, at_least } => self.survey(id, at_least),
                Action::Note { tenant, subscription, command } => self.note(tenant, subscription, command),
            }
        }
        if !outcomes.is_empty() {
            let append = self.scribe.clone().append(outcomes, self.parts.clock.now());
            self.pending.push(Box::pin(append.map(Back::Settled)));
        }
    }

    fn send(&mut self, subscription: SubscriptionId, job: Job) {
        let now = self.parts.clock.now();
        let by_hand = matches!(job.progress.state, State::Waiting { by_hand: true, .. });
        let chance = self.parts.rng.random();
        let prepared = self.prepare(subscription, now);
        let (ledger, transport, clock) =
            (self.parts.ledger.clone(), self.parts.transport.clone(), self.parts.clock.clone());
        let leave = self.parts.leave.clone();
        let (reports, hard_stop) = (self.reports.0.clone(), self.hard_stop.clone());
        let (delivery, versions) = (job.delivery, self.core.versions().clone());
        let slot = self.slots.take(delivery, &self.parts.journal);
        let attempt = async move {
            let outbound = match prepared {
                Ok(outbound) => outbound,
                Err(message) => {
                    let event_type = event_type(&*ledger, job.event_position).await?;
                    let report = attempt::unsent(event_type, now, chance, "not_sendable", &message);
                    return Some(Sent { subscription, delivery, report: Some(report) });
                }
            };
            let sight = Sight { wanted: outbound.wanted.clone(), versions, format: outbound.format };
            let content = content(&*ledger, job.event_position, &sight).await?;
            // A process that was stopped goes on here long after it began.
            if !leave::to_send(&*leave, Lane::of(subscription)).await {
                return Some(Sent { subscription, delivery, report: None });
            }
            let report = match content.message {
                Ok(message) => {
                    let order = Order { subscription, job, by_hand, slot, outbound, started_at: now, chance };
                    let event_type = content.event_type.clone();
                    let content = (content.event_type, message);
                    let perform = attempt::perform(order, content, &*transport, || clock.now());
                    AssertUnwindSafe(perform).catch_unwind().await.unwrap_or_else(|_| {
                        tracing::error!(delivery.id = %delivery, "an attempt panicked");
                        attempt::unsent(
                            event_type,
                            now,
                            chance,
                            "internal_error",
                            "The request could not be made because of a fault in Hookledger.",
                        )
                    })
                }
                Err(refused) => attempt::unsent(
                    content.event_type,
                    now,
                    chance,
                    domain::delivery::Answer::NOT_CASTABLE,
                    &refused.to_string(),
                ),
            };
            Some(Sent { subscription, delivery, report: Some(report) })
        };
        self.sends.spawn(async move {
            tokio::select! {
                sent = attempt => {
                    if let Some(sent) = sent {
                        // The engine is gone if nobody listens; the delivery waits in the view.
                        let _ = reports.send(sent).await;
                    }
                }
                () = hard_stop.cancelled() => {}
            }
        });
    }

    /// What requests to the subscription need, from the last time if that still serves.
    fn prepare(&mut self, subscription: SubscriptionId, now: Timestamp) -> Result<Arc<Outbound>, String> {
        let (live, version) = self.core.live(subscription).ok_or("The subscription is gone.")?;
        if let Some(outbound) =
            self.outbound.get(&subscription).filter(|outbound| outbound.serves(version, now))
        {
            return Ok(outbound.clone());
        }
        let tenant = self.core.tenant(subscription).ok_or("The subscription is gone.")?;
        let prepared = Outbound::prepare(
            tenant,
            subscription,
            (live, version),
            now,
            &self.parts.vault,
            (&self.parts.urls, &self.parts.origin),
        );
        let outbound = Arc::new(prepared.map_err(|error| {
            tracing::warn!(subscription.id = %subscription, error = &error as &dyn std::error::Error, "requests cannot be made");
            error.to_string()
        })?);
        if self.outbound.len() >= OUTBOUND_MAX {
            self.outbound.clear();
        }
        self.outbound.insert(subscription, outbound.clone());
        Ok(outbound)
    }

    fn survey(&self, id: SurveyId, at_least: Position) {
        let backlog = self.parts.backlog.clone();
        self.pending.push(Box::pin(async move {
            match backlog.survey(at_least).await {
                Ok(survey) => Back::Surveyed(id, Some(survey)),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "it could not be read for whom something waits"
                    );
                    tokio::time::sleep(LOAD_PAUSE).await;
                    Back::Surveyed(id, None)
                }
            }
        }));
    }

    fn load(
        &self,
        (subscription, asked): (SubscriptionId, QueueId),
        wanted: Wanted,
        limit: usize,
        at_least: Position,
    ) {
        let backlog = self.parts.backlog.clone();
        self.pending.push(Box::pin(async move {
            match backlog.page(subscription, wanted, limit, at_least).await {
                Ok(page) => Back::Loaded(subscription, asked, Some(page)),
                Err(error) => {
                    tracing::warn!(subscription.id = %subscription, error = &error as &dyn std::error::Error, "what waits could not be read");
                    tokio::time::sleep(LOAD_PAUSE).await;
                    Back::Loaded(subscription, asked, None)
                }
            }
        }));
    }

    fn note(&self, tenant: TenantId, subscription: SubscriptionId, command: subscription::Command) {
        let notary = self.notary.clone();
        self.pending.push(Box::pin(async move {
            match notary.note(tenant, subscription, command).await {
                Ok(events) => {
                    for event in events {
                        tracing::info!(subscription.id = %subscription, "{}", event.record_type());
                    }
                }
                // A later outcome leads here again.
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(subscription.id = %subscription, error, "how it fares could not be recorded");
                }
            }
            Back::Noted(subscription)
        }));
    }
}

/// What a record of the ledger is to an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Something that happened, or that an earlier life recorded.
    News,
    /// What another engine recorded of a delivery.
    Other(Whose),
    /// Its own, or none of its business.
    Passed,
}

/// The next order; there is none for an engine that is alone, or whose master is gone.
async fn next(orders: Option<&mut Orders>) -> Assignment {
    let order = match orders {
        Some(orders) => orders.given.recv().await,
        None => None,
    };
    match order {
        Some(order) => order,
        None => std::future::pending().await,
    }
}

/// Whether records of this type in a delivery's stream are somebody else's.
fn is_news(record_type: &str) -> bool {
    matches!(record_type, "delivery.retry_requested" | "delivery.cancelled")
}
