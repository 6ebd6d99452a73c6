//! Several engines over one ledger: who holds which lane, how lanes move, and what must hold of that.
//!
//! A lane moves in an orderly way, given up and settled first, or by force: then its former holder is told late, and
//! what it has under way goes on. It sends nothing more, for its shell knows when its lease is over.

use std::collections::HashMap;

use domain::delivery::Event;
use domain::{DeliveryId, Position, Sequence, SubscriptionId, Timestamp};
use hookledger_delivery::core::{LANES, Lane, LaneSet, Survey, SurveyId, Whose};

use super::ledger::{BatchId, Entry};
use super::life::Life;
use super::trail::Kind;
use super::world::World;

/// Counts how often a lane was taken: what is recorded under an older number is a former holder's.
pub(crate) type Tenure = u64;

/// Who holds a lane.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lease {
    pub(crate) holder: Option<usize>,
    tenure: Tenure,
}

/// What all nodes have in common.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    pub(crate) leases: [Lease; LANES as usize],
    /// Under which tenure of which lane batches were appended, and by which life.
    marks: HashMap<BatchId, (Whose, Tenure)>,
    /// How often an attempt was made as of a record of its delivery, and how often it may be once more because its node
    /// lost it.
    sent: HashMap<(DeliveryId, Sequence), (u32, u32)>,
    /// When attempts of a subscription started, on whichever node.
    pub(crate) starts: HashMap<SubscriptionId, Vec<Timestamp>>,
}

/// What a node knows of its lanes.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// Under which tenure it last had each.
    tenures: [Tenure; LANES as usize],
    /// Given up in an orderly way, and not settled yet.
    leaving: LaneSet,
    /// Lost, which the core does not know.
    lost: LaneSet,
    /// Requests that the core wanted and that were not made.
    withdrawn: Vec<(SubscriptionId, DeliveryId)>,
    /// Questions to the view, and the answer if it was read.
    surveys: Vec<(SurveyId, Position, Option<Survey>)>,
    /// As of which record each delivery that is under way was sent.
    pub(crate) as_of: HashMap<DeliveryId, (SubscriptionId, Sequence)>,
}

impl Held {
    /// How many requests the core believes in that were not made.
    pub(crate) const fn withdrawn(&self) -> usize {
        self.withdrawn.len()
    }

    /// Whether nothing of its own is to be told to the core.
    pub(crate) const fn is_quiet(&self) -> bool {
        self.withdrawn.is_empty()
            && self.surveys.is_empty()
            && self.lost.is_empty()
            && self.leaving.is_empty()
    }
}

impl World {
    pub(crate) const fn is_shared(&self) -> bool {
        self.profile.nodes > 1
    }

    /// Goes on with the life of another node.
    pub(crate) fn switch(&mut self, to: usize) {
        if to != self.here {
            for place in [self.here, to] {
                let (life, journal) = &mut self.elsewhere[place];
                std::mem::swap(&mut self.life, life);
                std::mem::swap(&mut self.journal, journal);
            }
            self.here = to;
        }
    }

    /// Does something on every node.
    pub(crate) fn everywhere(&mut self, mut what: impl FnMut(&mut Self)) {
        let here = self.here;
        for node in 0..self.profile.nodes {
            self.switch(node);
            what(self);
        }
        self.switch(here);
    }

    fn life_of(&self, node: usize) -> &Life {
        if node == self.here { &self.life } else { &self.elsewhere[node].0 }
    }

    /// Whether a node may take a lane: it has nothing to do with it at present.
    fn can_take(&self, node: usize, lane: Lane) -> bool {
        let life = self.life_of(node);
        let known = life.held.leaving.with(life.held.lost).with(life.core.lanes()).with(life.core.arriving());
        !known.contains(lane) && life.core.is_settled(lane)
    }

    fn lanes_to(&self, kind: Kind) -> Vec<Lane> {
        let (here, held) = (self.here, &self.life.held);
        let lanes = (0..LANES).filter_map(Lane::new);
        let holder = |lane: Lane| self.cluster.leases[usize::from(lane.number())].holder;
        let of_core = self.life.core.lanes().with(self.life.core.arriving()).without(held.lost);
        lanes
            .filter(|lane| match kind {
                Kind::LaneTaken => holder(*lane).is_none() && self.can_take(here, *lane),
                Kind::LaneForced => {
                    holder(*lane).is_some_and(|holder| holder != here) && self.can_take(here, *lane)
                }
                Kind::LaneYielded => of_core.contains(*lane),
                Kind::LaneFreed => held.leaving.contains(*lane) && self.life.core.is_settled(*lane),
                _ => false,
            })
            .collect()
    }

    /// Whether something can happen to the lanes of this node.
    pub(crate) fn lanes_can(&self, kind: Kind) -> bool {
        let held = &self.life.held;
        self.is_shared()
            && match kind {
                Kind::LossTold => !held.lost.is_empty() || !held.withdrawn.is_empty(),
                Kind::SurveyRead => held.surveys.iter().any(|survey| self.can_answer(survey)),
                Kind::SurveyTold => held.surveys.iter().any(|(.., answer)| answer.is_some()),
                Kind::SurveyFailed => !held.surveys.is_empty(),
                kind => !self.lanes_to(kind).is_empty(),
            }
    }

    fn can_answer(&self, (_, at_least, answer): &(SurveyId, Position, Option<Survey>)) -> bool {
        answer.is_none() && self.view.position() >= *at_least
    }

    /// Lets it happen.
    pub(crate) fn lanes_happen(&mut self, kind: Kind) {
        match kind {
            Kind::LossTold => self.tell_losses(),
            Kind::SurveyRead => self.read_survey(),
            Kind::SurveyTold => self.tell_survey(),
            Kind::SurveyFailed => {
                let place = self.chance.index(self.life.held.surveys.len());
                let (id, ..) = self.life.held.surveys.swap_remove(place);
                self.note(kind, id);
                self.life.core.surveyed(id, None, self.now);
            }
            kind => {
                let lanes = self.lanes_to(kind);
                // Rather one to which something is delivered.
                let used: Vec<_> = self.truth.subscriptions.alive().map(|(id, ..)| Lane::of(id)).collect();
                let busy: Vec<_> = lanes.iter().copied().filter(|lane| used.contains(lane)).collect();
                let from = if busy.is_empty() || self.chance.one_in(8) { lanes } else { busy };
                let lane = self.chance.pick(&from);
                self.move_lane(kind, lane);
            }
        }
    }

    fn move_lane(&mut self, kind: Kind, lane: Lane) {
        self.note(kind, u64::from(lane.number()));
        match kind {
            Kind::LaneTaken => self.take(lane),
            Kind::LaneForced => {
                self.bereave(lane);
                self.take(lane);
            }
            Kind::LaneYielded => {
                self.life.held.leaving = self.life.held.leaving.with(LaneSet::of(lane));
                self.give_up(LaneSet::of(lane));
            }
            Kind::LaneFreed => self.free(lane),
            other => unreachable!("{} moves no lane", other.text()),
        }
    }

    fn take(&mut self, lane: Lane) {
        let lease = &mut self.cluster.leases[usize::from(lane.number())];
        lease.tenure += 1;
        lease.holder = Some(self.here);
        self.life.held.tenures[usize::from(lane.number())] = lease.tenure;
        self.life.core.gain(LaneSet::of(lane), self.ledger.head());
    }

    fn free(&mut self, lane: Lane) {
        self.life.held.leaving = self.life.held.leaving.without(LaneSet::of(lane));
        self.cluster.leases[usize::from(lane.number())].holder = None;
    }

    /// Takes a lane away from its holder, who is told later.
    fn bereave(&mut self, lane: Lane) {
        let (here, one) = (self.here, LaneSet::of(lane));
        let holder = self.cluster.leases[usize::from(lane.number())].holder.expect("it has a holder");
        self.switch(holder);
        self.excuse(|subscription| Lane::of(subscription) == lane);
        let held = &mut self.life.held;
        if held.leaving.contains(lane) {
            // The core knows; it has only not settled.
            held.leaving = held.leaving.without(one);
        } else {
            held.lost = held.lost.with(one);
        }
        self.switch(here);
    }

    /// What this node has under way of some subscriptions may be made once more.
    pub(crate) fn excuse(&mut self, of: impl Fn(SubscriptionId) -> bool) {
        for (delivery, (subscription, sequence)) in &self.life.held.as_of {
            if of(*subscription) {
                self.cluster.sent.entry((*delivery, *sequence)).or_default().1 += 1;
            }
        }
        for flight in self.life.flights.iter_mut().filter(|flight| of(flight.subscription)) {
            flight.bereaved = true;
        }
    }

    /// The node died, and its leases ran out.
    pub(crate) fn expire(&mut self) {
        self.excuse(|_| true);
        if !self.is_shared() {
            // An engine that is alone starts at once, and remembers nothing.
            self.cluster.starts.clear();
        }
        for lease in &mut self.cluster.leases {
            lease.holder = lease.holder.filter(|holder| *holder != self.here);
        }
    }

    fn tell_losses(&mut self) {
        let lost = std::mem::take(&mut self.life.held.lost);
        self.note(Kind::LossTold, lost.len() as u64);
        if !lost.is_empty() {
            self.give_up(lost);
        }
        for (subscription, delivery) in std::mem::take(&mut self.life.held.withdrawn) {
            self.life.core.withdrawn(subscription, delivery);
        }
    }

    fn give_up(&mut self, lanes: LaneSet) {
        self.life.core.give_up(lanes);
        for (id, watched) in &mut self.life.watched {
            if lanes.contains(Lane::of(*id)) {
                watched.hand_over();
            }
        }
    }

    /// The core wants to know which subscriptions have something waiting.
    pub(crate) fn wants_survey(&mut self, id: SurveyId, at_least: Position) {
        assert!(at_least >= self.life.core.folded(), "a survey older than what was followed is wanted");
        self.life.held.surveys.push((id, at_least, None));
    }

    fn read_survey(&mut self) {
        let place = self.life.held.surveys.iter().position(|survey| self.can_answer(survey));
        let place = place.expect("one can be answered");
        let survey = self.view.survey();
        self.note(Kind::SurveyRead, survey.waiting.len() as u64);
        self.life.held.surveys[place].2 = Some(survey);
    }

    fn tell_survey(&mut self) {
        let place = self.life.held.surveys.iter().position(|(.., answer)| answer.is_some());
        let (id, _, answer) = self.life.held.surveys.swap_remove(place.expect("one was answered"));
        let as_of = answer.as_ref().map_or(Position::START, |survey| survey.as_of);
        let folded = self.life.core.folded();
        self.note(Kind::SurveyTold, as_of.0);
        if as_of < folded {
            self.note(Kind::SurveyBehind, folded.0 - as_of.0);
        }
        self.life.core.surveyed(id, answer, self.now);
    }

    /// Whether the shell lets a request go out; it is remembered if not.
    pub(crate) fn is_let_out(&mut self, subscription: SubscriptionId, delivery: DeliveryId) -> bool {
        if self.life.held.lost.contains(Lane::of(subscription)) {
            self.life.held.withdrawn.push((subscription, delivery));
            self.note(Kind::Withdrawn, (subscription, delivery, 0));
            return false;
        }
        true
    }

    /// An attempt is made: as of a record of its delivery no more than once, but for what a node lost while it was under way.
    pub(crate) fn count_request(
        &mut self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        sequence: Sequence,
    ) {
        self.life.held.as_of.insert(delivery, (subscription, sequence));
        let (count, excuses) = self.cluster.sent.entry((delivery, sequence)).or_default();
        *count += 1;
        let (count, excuses) = (*count, *excuses);
        assert!(
            count <= 1 + excuses,
            "bounded repeats: {delivery} is sent {count} times as of record {sequence}, {excuses} were lost"
        );
        if count > 1 {
            self.note(Kind::SentAgain, (subscription, delivery, sequence.0));
        }
        if self.is_shared() {
            let lane = Lane::of(subscription);
            let holder = self.cluster.leases[usize::from(lane.number())].holder;
            assert_eq!(holder, Some(self.here), "isolation: sent by a node that does not hold the lane");
            for node in (0..self.profile.nodes).filter(|node| *node != self.here) {
                let mut flights = self.life_of(node).flights.iter();
                let other = flights.find(|flight| flight.subscription == subscription && !flight.bereaved);
                assert!(other.is_none(), "limits: a lane is sent for by two nodes at once");
            }
        }
    }

    /// Marks a batch that this node appends, as the shell does.
    pub(crate) fn mark(&mut self, batch: BatchId, subscription: SubscriptionId, events: &[Event]) {
        if self.is_shared() {
            let lane = Lane::of(subscription);
            let tenure = self.life.held.tenures[usize::from(lane.number())];
            let failed = events.iter().any(|event| matches!(event, Event::AttemptFailed { .. }));
            let whose = Whose { lane: Some(lane), subscription: failed.then_some(subscription) };
            self.cluster.marks.insert(batch, (whose, tenure));
        }
    }

    /// Marks what was just recorded of an interrupted request.
    pub(crate) fn mark_interrupted(&mut self, subscription: SubscriptionId) {
        let whose = Whose { lane: None, subscription: Some(subscription) };
        self.cluster.marks.insert(self.ledger.last_batch(), (whose, 0));
    }

    /// Notes that an outcome was recorded, if it is one of a lane that somebody else has by now.
    pub(crate) fn note_zombie(&mut self, subscription: SubscriptionId, delivery: DeliveryId) {
        let holder = self.cluster.leases[usize::from(Lane::of(subscription).number())].holder;
        if self.is_shared() && holder.is_some_and(|holder| holder != self.here) {
            self.note(Kind::ZombieRecorded, (subscription, delivery, 0));
        }
    }

    /// Whether an outcome that is met in the ledger is another engine's, or an earlier life's, and what it tells of itself;
    /// `None` if it is this one's, or of a lane that is none of its business.
    pub(crate) fn is_of_other(&self, entry: &Entry) -> Option<Whose> {
        let (whose, tenure) = self.cluster.marks.get(&entry.batch).copied().unwrap_or_default();
        let Some(lane) = whose.lane else { return Some(whose) };
        let own = self.life.held.tenures[usize::from(lane.number())] == tenure;
        let lanes = self.life.core.lanes().with(self.life.core.arriving());
        (!own && lanes.contains(lane)).then_some(whose)
    }

    /// Everything about lanes comes to its end. Says whether anything was left to do on this node.
    pub(crate) fn finish_lanes(&mut self) -> bool {
        let mut busy = false;
        for kind in [Kind::LossTold, Kind::SurveyRead, Kind::SurveyTold, Kind::LaneFreed] {
            while self.lanes_can(kind) {
                self.lanes_happen(kind);
                busy = true;
            }
        }
        busy
    }

    /// Every lane gets a holder. Says whether one had none.
    pub(crate) fn assign_lanes(&mut self) -> bool {
        let mut assigned = false;
        for lane in (0..LANES).filter_map(Lane::new) {
            let node = self.chance.index(self.profile.nodes);
            let free = self.cluster.leases[usize::from(lane.number())].holder.is_none();
            if free && self.can_take(node, lane) {
                self.switch(node);
                self.move_lane(Kind::LaneTaken, lane);
                assigned = true;
            }
        }
        assigned
    }
}
