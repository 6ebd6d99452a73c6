//! Lanes: leases of shares of the deliveries, divided evenly among the nodes that live.
//!
//! A node *beats* several times in a term: in one statement it says that it lives, holds on to its lanes, gives some back and
//! takes free ones, up to its share. Each time a lane is taken it has a new *epoch*.
//!
//! Nodes of a version that knew no lanes deliver under the lease `deliveries`. Behind the *gate*, which is that lease taken for
//! good, none of them does.

use sqlx::Row;

use super::leases::Leases;
use crate::outcome::SharedError;

const CLOSE_GATE: &str = include_str!("queries/close_gate.sql");
const FORGET_NODES: &str = include_str!("queries/forget_nodes.sql");
const BEAT: &str = include_str!("queries/beat.sql");
const LET_GO: &str = include_str!("queries/let_go_of_lanes.sql");

/// How many lanes there are, from 0 on; the schema has a row for each.
pub const LANES: u8 = 16;

/// A lane that this node holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneLease {
    /// Which.
    pub lane: u8,
    /// How often it was taken.
    pub epoch: i64,
}

/// What a node wants in a beat.
#[derive(Debug, Clone, Default)]
pub struct Beat {
    /// What it holds and goes on holding.
    pub keep: Vec<LaneLease>,
    /// What it holds and gives back.
    pub let_go: Vec<LaneLease>,
    /// Lanes that it does not want at present, though they may be free.
    pub spare: Vec<u8>,
    /// Whether it takes what is free.
    pub take: bool,
}

/// What came of a beat.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beaten {
    /// What it holds now. Of what it wanted to keep, others have taken what is missing here.
    pub held: Vec<LaneLease>,
    /// How many it should hold: all of them divided by the nodes that live.
    pub share: usize,
}

impl Leases {
    /// Sees to it that no node of a version before lanes delivers any more. False while one does.
    pub async fn close_gate(&self) -> Result<bool, SharedError> {
        let closed = self.rows(sqlx::query(CLOSE_GATE).bind(self.holder())).await?;
        if !closed.is_empty() {
            self.rows(sqlx::query(FORGET_NODES)).await?;
        }
        Ok(!closed.is_empty())
    }

    /// Says that this node lives, and holds, gives back and takes lanes. The gate must be closed.
    pub async fn beat(&self, beat: &Beat) -> Result<Beaten, SharedError> {
        let all = || beat.keep.iter().chain(&beat.let_go);
        let lanes: Vec<i16> = all().map(|lease| i16::from(lease.lane)).collect();
        let epochs: Vec<i64> = all().map(|lease| lease.epoch).collect();
        let let_go: Vec<bool> = (0..lanes.len()).map(|nth| nth >= beat.keep.len()).collect();
        let spare: Vec<i16> = beat.spare.iter().copied().map(i16::from).collect();
        let query = sqlx::query(BEAT).bind(self.holder()).bind(self.micros());
        let query = query.bind(lanes).bind(epochs).bind(let_go).bind(spare).bind(beat.take);
        let rows = self.rows(query).await?;
        let mut beaten = Beaten::default();
        for row in &rows {
            let read = || {
                let lane: Option<i16> = row.try_get(1)?;
                Ok::<_, sqlx::Error>((row.try_get::<i16, _>(0)?, lane, row.try_get::<Option<i64>, _>(2)?))
            };
            let (lanes, lane, epoch) = read().map_err(|error| std::sync::Arc::new(error) as SharedError)?;
            beaten.share = usize::try_from(lanes).unwrap_or(0);
            if let (Some(Ok(lane)), Some(epoch)) = (lane.map(u8::try_from), epoch) {
                beaten.held.push(LaneLease { lane, epoch });
            }
        }
        beaten.held.sort_unstable_by_key(|lease| lease.lane);
        Ok(beaten)
    }

    /// Gives back every lane that this node holds, and is not counted any more.
    pub async fn let_go_of_lanes(&self) -> Result<(), SharedError> {
        self.rows(sqlx::query(LET_GO).bind(self.holder())).await.map(drop)
    }
}
