//! One run of one fault.

use std::sync::Arc;

use anyhow::Result;

use super::fault::{Fault, Kind, Stage};
use super::scenarios;
use super::world::{Verdict, World};

/// How much is done in one run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How often a server dies, or is hurt otherwise.
    pub blows: usize,
    /// How often it is killed at random.
    pub kills: usize,
}

impl Plan {
    /// For every change.
    pub const SHORT: Self = Self { blows: 1, kills: 8 };
    /// For a proof.
    pub const LONG: Self = Self { blows: 3, kills: 25 };
}

/// Plays the fault and checks. An error, or a panic, says that the run could not be played to its end. None if it needs
/// what is not on this machine and need not be.
pub async fn run(fault: Fault, plan: Plan, seed: u64) -> Result<Option<Verdict>> {
    let Some(mut world) = World::for_kind(fault.kind, seed).await? else { return Ok(None) };
    let mut copies = Vec::new();
    let server = match fault.kind {
        Kind::Dies(Stage::FirstStart, point, passes) => {
            scenarios::dies::at_first_start(&mut world, point, passes).await?
        }
        Kind::Dies(Stage::Load, point, passes) => {
            scenarios::dies::under_load(&mut world, point, passes, plan.blows).await?
        }
        Kind::Dies(Stage::Stop, point, _) => scenarios::dies::at_stop(&mut world, point, plan.blows).await?,
        Kind::Dies(Stage::Rebuild, point, passes) => {
            scenarios::dies::at_rebuild(&mut world, point, passes, plan.blows).await?
        }
        Kind::Kills => scenarios::kills::at_random(&mut world, plan.kills).await?,
        Kind::DiskFull => scenarios::disk::full(&mut world, plan.blows).await?,
        Kind::SyncFails => scenarios::disk::sync_fails(&mut world, plan.blows).await?,
        Kind::SyncSlow => scenarios::disk::sync_slow(&mut world, plan.blows).await?,
        Kind::UnsyncedLost => scenarios::disk::unsynced_lost(&mut world, plan.blows).await?,
        Kind::LogCut | Kind::LogTorn => {
            scenarios::log::damage(&mut world, fault.kind, plan.blows, &mut copies).await?
        }
        Kind::Second => scenarios::second::process(&mut world, plan.blows).await?,
        Kind::Clock => scenarios::clock::set(&mut world, plan.blows).await?,
        Kind::Database(blow) => scenarios::database::hurt(&mut world, blow, plan.blows).await?,
    };
    let token = server.token().to_owned();
    let desk = world.desk.clone();
    // Copies deliver to the same receivers, which must not be gone by then.
    let receivers: Vec<_> = world.posts.iter().map(|post| Arc::clone(&post.receiver)).collect();
    let mut verdict = world.finish(server).await?;
    for copy in copies {
        scenarios::log::check_copy(copy, &token, &desk.log(), &mut verdict).await?;
    }
    drop(receivers);
    Ok(Some(verdict))
}
