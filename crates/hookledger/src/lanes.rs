//! Keeping lanes: a node beats, and its engine gains and gives up lanes as the beats tell.
//!
//! A lane that another node should have is given up first, in the engine, and let go of in the database when nothing of it is under
//! way any more. A lane that was lost is not taken again before the engine has settled what it had under way of it.
//! While the database cannot be reached no lane is lost, for nobody else can take it; but nothing is sent once the time
//! is over, until the lease is renewed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery::core::{LANES, Lane, LaneSet};
use delivery::{Epoch, Lanes};
use ledger::Ledger;
use ledger::postgres::{Beat, Beaten, LaneLease, Leases};
use tokio_util::sync::CancellationToken;

use crate::backing::Backing;
use crate::hold::Hold;

const _: () =
    assert!(LANES == ledger::postgres::LANES, "engine and schema agree on how many lanes there are");

/// How often in its term a node beats.
const BEATS: u32 = 5;
/// How often one does that waits for lanes which others are to give up.
const BEATS_WAITING: u32 = 20;

/// Keeps the lanes of a node.
pub(crate) struct Keeper {
    leases: Arc<Leases>,
    backing: Backing,
    ledger: Arc<dyn Ledger>,
    engine: Lanes,
    hold: Arc<Hold>,
    /// The leases of this node.
    held: BTreeMap<Lane, Epoch>,
    /// Those of them that the engine was not told of yet.
    fresh: LaneSet,
    /// Those of them that the engine gives up.
    leaving: LaneSet,
    /// Those of them of which nothing is under way any more: they can go.
    settled: LaneSet,
    /// What others hold now, and the engine has not settled yet.
    lost: LaneSet,
}

impl Keeper {
    pub(crate) fn new(
        leases: Arc<Leases>,
        backing: Backing,
        ledger: Arc<dyn Ledger>,
        engine: Lanes,
        hold: Arc<Hold>,
    ) -> Self {
        let none = LaneSet::NONE;
        Self {
            leases,
            backing,
            ledger,
            engine,
            hold,
            held: BTreeMap::new(),
            fresh: none,
            leaving: none,
            settled: none,
            lost: none,
        }
    }

    /// Keeps lanes until `end`, and then gives them back. From `stopping` on it takes none.
    pub(crate) async fn keep(mut self, stopping: CancellationToken, end: CancellationToken) {
        if !self.close_gate(&end).await {
            return;
        }
        loop {
            let pause = self.beat(!stopping.is_cancelled()).await;
            self.tell_of_fresh().await;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                lane = self.engine.settled() => self.has_settled(lane),
                () = end.cancelled() => break,
            }
        }
        if let Err(error) = self.leases.let_go_of_lanes().await {
            tracing::debug!(error = &*error as &dyn std::error::Error, "the leases run out by themselves");
        }
    }

    /// Waits until no node of a version before lanes delivers any more; false if the end comes first.
    async fn close_gate(&self, end: &CancellationToken) -> bool {
        let mut told = false;
        loop {
            match self.leases.close_gate().await {
                Ok(true) => return true,
                Ok(false) if !told => {
                    tracing::info!(
                        "a node of an older version delivers; this one waits until that is stopped"
                    );
                    told = true;
                }
                Ok(false) => {}
                Err(error) => tracing::debug!(error = &*error as &dyn std::error::Error, "no leases"),
            }
            let pause = tokio::time::sleep(self.leases.term() / BEATS);
            if end.run_until_cancelled(pause).await.is_none() {
                return false;
            }
        }
    }

    /// Beats once, and says how long to wait before the next beat.
    async fn beat(&mut self, take: bool) -> Duration {
        let of = |lanes: LaneSet| {
            let held = self.held.iter().filter(move |(lane, _)| lanes.contains(**lane));
            held.map(|(lane, epoch)| LaneLease { lane: lane.number(), epoch: *epoch }).collect()
        };
        let beat = Beat {
            keep: of(LaneSet::ALL.without(self.settled)),
            let_go: of(self.settled),
            spare: self.lost.iter().map(Lane::number).collect(),
            take,
        };
        let (asked, term) = (Instant::now(), self.leases.term());
        match self.leases.beat(&beat).await {
            Ok(beaten) => {
                self.learn(&beaten, asked).await;
                if take && self.remaining().len() > beaten.share {
                    self.give_up_beyond(beaten.share).await;
                }
                let waits = take && self.remaining().len() < beaten.share;
                term / if waits { BEATS_WAITING } else { BEATS }
            }
            Err(error) => {
                let error = &*error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    lanes = self.held.len(),
                    "the leases of lanes could not be renewed, trying again"
                );
                term / BEATS
            }
        }
    }

    /// What is held and goes on being held.
    fn remaining(&self) -> LaneSet {
        self.held.keys().copied().collect::<LaneSet>().without(self.leaving)
    }

    /// Takes what the database says.
    async fn learn(&mut self, beaten: &Beaten, asked: Instant) {
        let now: BTreeMap<_, _> =
            beaten.held.iter().filter_map(|lease| Some((Lane::new(lease.lane)?, lease.epoch))).collect();
        let before: LaneSet = self.held.keys().copied().collect();
        let same = |lane: &Lane| self.held.get(lane) == now.get(lane);
        let same: LaneSet = before.iter().filter(same).collect();
        let held: LaneSet = now.keys().copied().collect();
        // One that was lost and taken again since: what is under way of it is of a tenure that is over.
        let again = held.and(before).without(same).without(self.fresh);
        self.hold.set(held.without(again), asked, self.leases.term());
        let (lost, taken) = (before.without(same).without(self.settled), held.without(before));
        let known = lost.without(self.fresh).without(self.leaving);
        self.lost = self.lost.with(lost.without(self.fresh)).without(again);
        self.fresh = self.fresh.and(held).with(taken);
        self.settled = LaneSet::NONE;
        self.leaving = self.leaving.and(same).with(again);
        self.held = now;
        if !known.is_empty() {
            self.engine.give_up(known).await;
        }
        self.tell("lost", lost);
        self.tell("taken", taken);
    }

    fn tell(&self, what: &'static str, lanes: LaneSet) {
        metrics::gauge!("hookledger_lanes_held").set(f64::from(u32::try_from(self.held.len()).unwrap_or(0)));
        if lanes.is_empty() {
            return;
        }
        metrics::counter!("hookledger_lane_moves_total", "how" => what).increment(lanes.len() as u64);
        let (lanes, held) = (numbers(lanes), self.held.len());
        match what {
            "lost" => tracing::warn!(lanes, held, "another node has taken over lanes"),
            what => tracing::info!(lanes, held, "lanes {what}"),
        }
    }

    /// Gives up what is beyond the share of this node: those first of which the engine does not know.
    async fn give_up_beyond(&mut self, share: usize) {
        let remaining = self.remaining();
        let unknown = remaining.and(self.fresh);
        let order = unknown.iter().chain(remaining.without(unknown).iter());
        let lanes: LaneSet = order.take(remaining.len().saturating_sub(share)).collect();
        self.leaving = self.leaving.with(lanes);
        self.settled = self.settled.with(lanes.and(self.fresh));
        let known = lanes.without(self.fresh);
        self.fresh = self.fresh.without(lanes);
        self.tell("given_up", lanes);
        if !known.is_empty() {
            self.engine.give_up(known).await;
        }
    }

    /// Has the engine deliver what was taken, behind everything that others recorded before.
    async fn tell_of_fresh(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        match tokio::time::timeout(self.leases.term() / 2, self.backing.catch_up()).await {
            Ok(Ok(())) => {
                let lanes = self.fresh.iter().filter_map(|lane| Some((lane, *self.held.get(&lane)?)));
                self.engine.gain(lanes.collect(), self.ledger.head()).await;
                self.fresh = LaneSet::NONE;
            }
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "lanes have to wait until the ledger can be read");
            }
            Err(_) => tracing::warn!("lanes have to wait until the ledger is read to its end"),
        }
    }

    fn has_settled(&mut self, lane: Lane) {
        let lane = LaneSet::of(lane);
        self.settled = self.settled.with(lane.and(self.leaving));
        self.lost = self.lost.without(lane);
    }
}

fn numbers(lanes: LaneSet) -> String {
    lanes.iter().map(|lane| lane.number().to_string()).collect::<Vec<_>>().join(" ")
}
