//! The database is hurt while a node works with it, and is well again: the node goes on by itself, as the same process. Or one
//! of two nodes is killed, or frozen, and the other goes on.

mod both;
mod connections;
mod disk;
mod locks;
mod nodes;
mod outages;
mod promotion;

use anyhow::{Result, ensure};

use crate::torture::fault::Blow;
use crate::torture::world::World;
use crate::{Launch, Server};

/// So many blows under load.
pub(crate) async fn hurt(world: &mut World, blow: Blow, times: usize) -> Result<Server> {
    match blow {
        Blow::NodeKilled => return nodes::killed_in_turn(world, times).await,
        Blow::NodeFrozen => return nodes::frozen_in_turn(world, times).await,
        Blow::NodesLackStandby => return both::lack_the_standby(world, times).await,
        _ => {}
    }
    let mut server = world.start(&Launch::default()).await?;
    for time in 0..times {
        let steps = world.steps();
        world.wait_for_progress(steps).await;
        match blow {
            Blow::Restart => outages::restart(world).await,
            Blow::CutAtCommit => outages::cuts(world).await?,
            Blow::Listener => outages::end(world, outages::LISTENER).await?,
            Blow::Sessions => outages::end(world, outages::OURS).await?,
            Blow::Promotion => promotion::of_standby(world, time % 2 == 1).await?,
            Blow::StandbyAway => promotion::standby_away(world, time % 2 == 1).await?,
            Blow::Locks => locks::held(world).await?,
            Blow::Refusals => locks::refused(world).await?,
            Blow::Connections => connections::taken(world).await?,
            Blow::DiskFull => disk::full(world).await?,
            Blow::NodeKilled | Blow::NodeFrozen | Blow::NodesLackStandby => {}
        }
        ensure!(server.has_ended().is_none(), "the server ended: {}", server.output().text());
    }
    Ok(server)
}
