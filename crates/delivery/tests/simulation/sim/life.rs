//! One life of the engine: the core, and what the shell around it has under way. A crash ends it.

use std::collections::{BTreeMap, HashMap, VecDeque};

use domain::delivery::{Answer, Event};
use domain::subscription::Command;
use domain::{DeliveryId, Position, Sequence, SubscriptionId, TenantId, Timestamp};
use hookledger_delivery::core::{Bounds, Core, Job, Page, QueueId, Wanted};

use super::lanes::Held;
use super::ledger::BatchId;
use super::truth::Subscriptions;

/// Names a request that was made, over all lives.
pub(crate) type RequestId = usize;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is on the network, or its outcome on the way into the ledger.
    UnderWay,
    /// The ledger has its attempt.
    Recorded,
    /// The engine died before.
    Lost,
    /// The engine died before, which the ledger has.
    Interrupted,
}

/// What the engine has under way.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) core: Core,
    pub(crate) bounds: Bounds,
    /// The subscriptions as of the last record that the core was given.
    pub(crate) followed: Subscriptions,
    pub(crate) watched: BTreeMap<SubscriptionId, Watched>,
    pub(crate) flights: Vec<Flight>,
    /// Outcomes that were told to the core, until they are recorded.
    pub(crate) outcomes: HashMap<DeliveryId, Outcome>,
    pub(crate) appends: Vec<Pending>,
    pub(crate) loads: Vec<Load>,
    /// How many records of a delivery the core was told of, besides those that it follows.
    pub(crate) told: HashMap<DeliveryId, Sequence>,
    /// Whether the clock was set back in this life: what is remembered by time is not comparable then.
    pub(crate) set_back: bool,
    /// What is to be recorded of subscriptions.
    pub(crate) notes: Vec<(TenantId, SubscriptionId, Command)>,
    /// What it knows of its lanes.
    pub(crate) held: Held,
}

/// What the model remembers of a subscription, to judge the core by.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// No attempt may start before this.
    pub(crate) blocked_until: Timestamp,
    /// When the last attempts started.
    pub(crate) starts: VecDeque<Timestamp>,
    /// Requests on the network.
    pub(crate) in_flight: u32,
    /// The event of the last first attempt.
    pub(crate) first: Position,
    /// For which queue a page is on its way.
    pub(crate) loading: Option<QueueId>,
    /// Whether something that may wait is being recorded of it.
    pub(crate) noting: bool,
    /// How many requests have ended since nothing was known of it.
    pub(crate) outcomes: u32,
    /// Failures since the last answer that was none, and when the first of them came.
    pub(crate) streak: Option<(Timestamp, u32)>,
    /// When it last answered with 2xx.
    pub(crate) success_at: Option<Timestamp>,
    /// Whether its breaker is open.
    pub(crate) open: Option<Open>,
    /// Since when it is taken back slowly.
    pub(crate) ramp_since: Option<Timestamp>,
}

/// An open breaker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    /// When it opened last.
    pub(crate) since: Timestamp,
    /// The attempt that goes to see.
    pub(crate) probe: Option<DeliveryId>,
}

impl Watched {
    /// Its lane is given up: what is under way is all that is left.
    pub(crate) fn hand_over(&mut self) {
        *self = Self { in_flight: self.in_flight, ..Self::default() };
    }

    /// Starts over: it is another endpoint, or its owner says that it is mended.
    pub(crate) fn forget(&mut self) {
        (self.outcomes, self.streak, self.success_at) = (0, None, None);
        (self.open, self.ramp_since, self.noting) = (None, None, false);
    }
}

/// A request on the network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flight {
    pub(crate) request: RequestId,
    pub(crate) subscription: SubscriptionId,
    pub(crate) delivery: DeliveryId,
    pub(crate) version: Sequence,
    pub(crate) by_hand: bool,
    pub(crate) sent_at: Timestamp,
    /// The same, by a clock that was never set back since.
    pub(crate) under_way_since: Timestamp,
    /// Whether its node lost the lane since.
    pub(crate) bereaved: bool,
}

/// What came of a request.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) request: RequestId,
    pub(crate) answer: Answer,
    pub(crate) at: Timestamp,
    pub(crate) not_before: Option<Timestamp>,
}

/// An outcome on its way into the ledger.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) batch: BatchId,
    pub(crate) tenant: TenantId,
    pub(crate) subscription: SubscriptionId,
    pub(crate) delivery: DeliveryId,
    pub(crate) expected: Sequence,
    pub(crate) events: Vec<Event>,
    pub(crate) state: Append,
}

/// How far it got.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Append {
    /// The ledger has not said anything yet.
    Queued,
    /// It is in the ledger, and the core does not know it yet.
    Committed(Position),
    /// Somebody else was first; what the delivery was then, unless it is read later.
    Conflicted(Option<Job>),
}

/// A page that was asked for.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) subscription: SubscriptionId,
    pub(crate) queue: QueueId,
    pub(crate) wanted: Wanted,
    pub(crate) limit: usize,
    pub(crate) at_least: Position,
    /// The page, and in which step it was read.
    pub(crate) read: Option<(Page, u64)>,
}

impl Life {
    /// The life of `core`, whose subscriptions are `followed`.
    pub(crate) fn new(core: Core, bounds: Bounds, followed: Subscriptions) -> Self {
        Self {
            core,
            bounds,
            followed,
            watched: BTreeMap::new(),
            flights: Vec::new(),
            outcomes: HashMap::new(),
            appends: Vec::new(),
            loads: Vec::new(),
            told: HashMap::new(),
            set_back: false,
            notes: Vec::new(),
            held: Held::default(),
        }
    }

    /// What is remembered of a subscription.
    pub(crate) fn watch(&mut self, subscription: SubscriptionId) -> &mut Watched {
        self.watched.entry(subscription).or_default()
    }
}
