//! What happened: counted by kind, and the last of it remembered for a failure to show.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};

use domain::{DeliveryId, SubscriptionId, Timestamp};

macro_rules! kinds {
    ($($name:ident = $text:literal,)+) => {
        /// What can happen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind { $($name,)+ }

        impl Kind {
            /// Every kind.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];

            /// In words.
            pub(crate) const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

kinds! {
    Published = "event published",
    Burst = "burst of events",
    Created = "subscription created",
    Paused = "subscription paused",
    Resumed = "subscription resumed",
    Disabled = "subscription disabled by hand",
    Activated = "subscription activated",
    Rotated = "secret rotated",
    EndpointChanged = "endpoint changed",
    TypesChanged = "event types changed",
    FilterChanged = "filter changed",
    PolicyChanged = "retry policy changed",
    LimitsChanged = "limits changed",
    Deleted = "subscription deleted",
    Redriven = "dead letter retried by hand",
    RetriedEarly = "delivery that waits or ended retried by hand",
    Cancelled = "delivery cancelled",
    Followed = "ledger followed",
    ViewFolded = "view folded",
    SentFirst = "first attempt sent",
    SentRetry = "retry sent",
    SentByHand = "attempt asked for by hand sent",
    SentBlind = "attempt sent though something newer was recorded",
    AtConcurrency = "last attempt sent that concurrency allows",
    AtRate = "last attempt sent that the rate allows",
    Success = "answer 2xx",
    Failure = "answer 4xx or 5xx",
    Final = "answer with a final status",
    Gone = "answer 410",
    SlowDown = "answer 429 or 503",
    SlowDownUntil = "answer 429 or 503 with Retry-After",
    RetryAfter = "other answer with Retry-After",
    NoAnswer = "no answer: timeout or refused",
    LateAnswer = "answer after more than a minute",
    RetryPlanned = "retry recorded",
    Exhausted = "dead letter: exhausted",
    FinalStatus = "dead letter: final status",
    EndpointGone = "dead letter: endpoint gone",
    AfterEnd = "outcome recorded of a delivery that had ended",
    Committed = "outcome committed",
    Conflict = "outcome refused for a conflict",
    ResultLost = "outcome committed, result lost and asked again",
    Settled = "result of an outcome told",
    PageWanted = "page wanted",
    PageRead = "page read",
    PageFailed = "page failed",
    PageTold = "page told",
    PageLate = "page told long after it was read",
    PageBehind = "page told that is behind the engine",
    PageAhead = "page told that is ahead of the engine",
    NotedByEngine = "engine's note on a subscription carried out",
    NoteLost = "engine's note on a subscription lost",
    WishedFailing = "subscription found failing",
    WishedWarning = "owner to be warned",
    WishedRecovered = "subscription found recovered",
    WishedDisabled = "subscription to be disabled for failing",
    WishedGone = "subscription to be disabled for 410",
    Noticed = "notice published",
    BreakerOpened = "breaker opened",
    BreakerReopened = "breaker opened again after a look",
    BreakerClosed = "breaker closed",
    Probed = "attempt sent to see",
    SentOnRamp = "attempt sent on the ramp",
    TimePassed = "time passed",
    AlarmKept = "timer fired",
    AlarmLate = "timer fired late",
    ClockForward = "clock set forward",
    ClockBack = "clock set back",
    Crashed = "crash",
    CrashedInFlight = "request lost in a crash",
    CrashedCommitted = "outcome committed in a crash",
    CrashedUncommitted = "outcome lost in a crash",
    Stopped = "outcome abandoned at a stop",
    CrashedRecovering = "crash before everything that was under way was recorded",
    Interrupted = "interrupted request recorded",
    CrashedCatchingUp = "crash before the tail of earlier lives was folded",
    ViewBehindAtStart = "start with a view behind the head",
    WaitedAtStart = "start with deliveries waiting",
    MoreAtStart = "start with more waiting than fits into memory",
    OwnRecordMet = "record of an earlier life folded",
    LaneTaken = "free lane taken",
    LaneForced = "lane taken by force",
    LaneYielded = "lane given up",
    LaneFreed = "lane settled and free",
    LossTold = "node told of a lane that it lost",
    SurveyRead = "survey of what waits read",
    SurveyTold = "survey told",
    SurveyBehind = "survey told that is behind the engine",
    SurveyFailed = "survey failed",
    Withdrawn = "request not made for a lane that was lost",
    SentAgain = "request made again that a node lost",
    ZombieRecorded = "outcome recorded by a former holder",
    OthersRecordMet = "record of a former holder folded",
    Drained = "everything drained",
}

const KINDS: usize = Kind::ALL.len();

/// How often each kind happened.
#[derive(Debug, Clone)]
pub(crate) struct Counts([u64; KINDS]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; KINDS])
    }
}

impl Counts {
    const fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    /// What never happened.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        Kind::ALL.iter().filter(|kind| self.of(**kind) == 0).map(|kind| kind.text()).collect()
    }

    /// Adds those of another run.
    pub(crate) fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for kind in Kind::ALL {
            writeln!(f, "{:>12}  {}", self.of(*kind), kind.text())?;
        }
        Ok(())
    }
}

/// One thing that happened.
#[derive(Debug, Clone, Copy)]
struct Happened {
    step: u64,
    now: Timestamp,
    kind: Kind,
    about: About,
}

/// What it is about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About {
    /// The subscription.
    pub(crate) subscription: Option<SubscriptionId>,
    /// The delivery.
    pub(crate) delivery: Option<DeliveryId>,
    /// A number that belongs to it: a position, a status, a count.
    pub(crate) number: u64,
}

impl From<SubscriptionId> for About {
    fn from(id: SubscriptionId) -> Self {
        Self { subscription: Some(id), ..Self::default() }
    }
}

impl From<(SubscriptionId, u64)> for About {
    fn from((id, number): (SubscriptionId, u64)) -> Self {
        Self { subscription: Some(id), number, ..Self::default() }
    }
}

impl From<(SubscriptionId, DeliveryId, u64)> for About {
    fn from((subscription, delivery, number): (SubscriptionId, DeliveryId, u64)) -> Self {
        Self { subscription: Some(subscription), delivery: Some(delivery), number }
    }
}

impl From<u64> for About {
    fn from(number: u64) -> Self {
        Self { number, ..Self::default() }
    }
}

/// Counts, and the end of the story.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    pub(crate) counts: Counts,
    last: VecDeque<Happened>,
}

impl Trail {
    /// How many steps a failure shows.
    pub(crate) const STEPS_SHOWN: u64 = 30;
    /// How many happenings are remembered for it at most.
    const HAPPENINGS_MAX: usize = 256;

    /// Notes that something happened.
    pub(crate) fn note(&mut self, step: u64, now: Timestamp, kind: Kind, about: impl Into<About>) {
        self.counts.0[kind as usize] += 1;
        if self.last.len() == Self::HAPPENINGS_MAX {
            self.last.pop_front();
        }
        self.last.push_back(Happened { step, now, kind, about: about.into() });
    }

    /// The last steps, one line for each thing that happened.
    pub(crate) fn story(&self, step: u64) -> String {
        let mut story = String::new();
        let shown = self.last.iter().filter(|happened| happened.step + Self::STEPS_SHOWN > step);
        for Happened { step, now, kind, about } in shown {
            let _ = write!(story, "  {step:>6}  {now}  {}", kind.text());
            if let Some(id) = about.subscription {
                let _ = write!(story, "  subscription {}", id.uuid().as_u128());
            }
            if let Some(id) = about.delivery {
                let _ = write!(story, "  {id}");
            }
            let _ = writeln!(story, "  [{}]", about.number);
        }
        story
    }
}
