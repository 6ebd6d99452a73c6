//! The shell around the core: reads the ledger, makes the requests, appends the outcomes, keeps the time.

mod asking;
mod folding;
mod lanes;
mod sending;

use std::sync::Arc;
use std::time::Duration;

use domain::{SubscriptionId, Timestamp};
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use hashbrown::HashMap;
use ledger::Control;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::asking::{Back, Pending};
use self::sending::Sent;
use crate::attempt;
use crate::core::{Action, Core, LaneSet, Load};
use crate::desk::Orders;
use crate::engine::{Config, Health, Parts};
use crate::feed;
use crate::journal::Slots;
use crate::leave;
use crate::ledger_io::{Outcome, Scribe, Settled};
use crate::mark::Marks;
use crate::notice::Notary;
use crate::outbound::Outbound;

/// How many reports are taken at once, and so how many outcomes are appended at once.
const REPORTS_AT_ONCE: usize = 256;
/// The longest sleep: a clock that is set forward is noticed within it.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// A clock that goes back by less is not worth a look at everything that waits.
const SET_BACK_MIN: Duration = Duration::from_secs(1);

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
                order = lanes::next(self.orders.as_mut()) => self.obey(order),
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
}
