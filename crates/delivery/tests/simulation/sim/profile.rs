//! What kind of world a seed makes: how big, how busy, and which faults happen in it how often.
//!
//! Each world has a character of its own: a fault that happens in every world at the same rate hides what only happens
//! where it is frequent, or absent.

use std::time::Duration;

use hookledger_delivery::core::{Bounds, HealthPolicy};

use super::chance::Chance;
use super::trail::Kind;

/// The character of a world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile {
    pub(crate) bounds: Bounds,
    pub(crate) health: HealthPolicy,
    pub(crate) tenants: u64,
    pub(crate) subscriptions_max: usize,
    /// How many deliveries wait before no more is published.
    pub(crate) waiting_max: usize,
    /// How many of a hundred answers are 2xx.
    pub(crate) success_percent: u64,
    /// What can happen, and how often.
    pub(crate) steps: [(Kind, u64); STEPS.len()],
    /// How many steps go by before everything is drained.
    pub(crate) round: u64,
    /// How many engines share the ledger.
    pub(crate) nodes: usize,
}

/// What can happen in a step, how often, and whether some worlds do without it; without the rest nothing goes on, which
/// only differs in speed.
const STEPS: [(Kind, u64, bool); 43] = [
    (Kind::Published, 10, false),
    (Kind::Burst, 12, true),
    (Kind::Created, 4, false),
    (Kind::Paused, 6, true),
    (Kind::Resumed, 3, false),
    (Kind::Disabled, 4, true),
    (Kind::Activated, 3, false),
    (Kind::Rotated, 2, true),
    (Kind::EndpointChanged, 2, true),
    (Kind::TypesChanged, 2, true),
    (Kind::FilterChanged, 2, true),
    (Kind::PolicyChanged, 4, true),
    (Kind::LimitsChanged, 6, true),
    (Kind::Deleted, 2, true),
    (Kind::Redriven, 20, true),
    (Kind::RetriedEarly, 16, true),
    (Kind::Cancelled, 8, true),
    (Kind::Followed, 10, false),
    (Kind::ViewFolded, 10, false),
    (Kind::Success, 12, false),
    (Kind::Committed, 12, false),
    (Kind::ResultLost, 10, true),
    (Kind::Settled, 12, false),
    (Kind::PageRead, 6, false),
    (Kind::PageFailed, 6, true),
    (Kind::PageTold, 6, false),
    (Kind::NotedByEngine, 3, false),
    (Kind::NoteLost, 4, true),
    (Kind::TimePassed, 6, false),
    (Kind::AlarmKept, 4, false),
    (Kind::AlarmLate, 10, true),
    (Kind::ClockForward, 2, true),
    (Kind::ClockBack, 2, true),
    (Kind::Crashed, 3, true),
    (Kind::Stopped, 1, true),
    (Kind::LaneTaken, 12, false),
    (Kind::LaneForced, 4, true),
    (Kind::LaneYielded, 4, true),
    (Kind::LaneFreed, 8, false),
    (Kind::LossTold, 6, false),
    (Kind::SurveyRead, 10, false),
    (Kind::SurveyTold, 10, false),
    (Kind::SurveyFailed, 4, true),
];

/// How many of them are there only where there are several nodes.
const STEPS_OF_LANES: usize = 8;

impl Profile {
    /// The same world with several engines, in two of three worlds.
    pub(crate) fn with_nodes(mut self, mut chance: Chance) -> Self {
        self.nodes = chance.pick(&[1, 2, 3]);
        for (place, (_, weight, varies)) in STEPS.into_iter().enumerate().skip(STEPS.len() - STEPS_OF_LANES) {
            let factor = if varies { chance.pick(&[0, 1, 1, 4]) } else { chance.pick(&[4, 20, 40, 40]) };
            self.steps[place].1 = weight * factor;
        }
        self
    }

    /// A character of this chance's choice.
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let window_max = chance.pick(&[2, 3, 4, 8, 12]);
        let bounds = Bounds {
            in_flight_max: chance.pick(&[1, 3, 8, 32]),
            settling_max: chance.pick(&[1, 4, 32]),
            held_max: chance.pick(&[2, 6, 16, 1_000]),
            window_max,
            window_min: window_max.min(chance.pick(&[1, 2, 3])),
        };
        let mut character = |(kind, weight, varies): (Kind, u64, bool)| {
            let factor = if varies { chance.pick(&[0, 1, 1, 4]) } else { chance.pick(&[4, 20, 40, 40]) };
            (kind, weight * factor)
        };
        let mut steps = STEPS.map(|(kind, ..)| (kind, 0));
        for (step, of) in steps.iter_mut().zip(STEPS).take(STEPS.len() - STEPS_OF_LANES) {
            *step = character(of);
        }
        let seconds = |seconds| Duration::from_secs(seconds);
        let health = HealthPolicy {
            failures_min: chance.pick(&[2, 4, 10]),
            share_percent: chance.pick(&[50, 90]),
            pause_min: seconds(chance.pick(&[1, 5])),
            pause_max: seconds(chance.pick(&[10, 300])),
            warn_after: seconds(chance.pick(&[5, 600])),
            disable_after: seconds(chance.pick(&[30, 3_600])),
        };
        Self {
            bounds,
            health,
            tenants: chance.between(1, 3),
            subscriptions_max: chance.pick(&[1, 2, 5, 9]),
            waiting_max: chance.pick(&[4, 16, 48]),
            success_percent: chance.pick(&[5, 40, 80]),
            steps,
            round: chance.pick(&[60, 200, 600]),
            nodes: 1,
        }
    }
}
