//! Two nodes that both write, and the synchronous standby that every commit waits for is away.
//!
//! The primary has then what the standby lacks. A node that looks a commit up makes it seen on the primary, for the other
//! node as well. Neither may show it, acknowledge it or build on it: when the standby takes over it has never been.

use anyhow::{Result, ensure};
use sqlx::{Executor as _, Row as _};

use super::nodes::{MASTER_KEY, Node, start};
use super::promotion::{Away, is_put_off};
use crate::torture::world::World;
use crate::{Server, clock, wait};

/// As long as can be: this is not about lanes that move.
const LEASE_SECONDS: &str = "60";
/// Whether both nodes deliver.
const SHARED: &str = "SELECT count(DISTINCT holder) = 2 FROM hookledger.lanes";

/// Publishers turn from the one to the other with what was not acknowledged. Then the standby takes over, or (every other
/// time) comes back, and both go on.
pub(super) async fn lack_the_standby(world: &mut World, times: usize) -> Result<Server> {
    world.shares("HOOKLEDGER_MASTER_KEY", MASTER_KEY);
    world.shares("HOOKLEDGER_STORE_LEASE_SECONDS", LEASE_SECONDS);
    let (home, beside) = (world.home.beside(), world.home.beside());
    let mut nodes = [start(world, home).await?, start(world, beside).await?];
    let mut superuser = world.site().connect().await?;
    wait::until_true("both nodes to deliver", async || {
        superuser.fetch_one(SHARED).await.is_ok_and(|row| row.get(0))
    })
    .await;
    for time in 0..times {
        let away = Away::begins(world).await?;
        for node in &nodes {
            world.desk.open(node.server.api());
            is_put_off(world).await;
        }
        away.ends(world, time % 2 == 0).await?;
        for node in &mut nodes {
            world.desk.open(node.server.api());
            world.recovers().await;
            ensure!(node.server.has_ended().is_none(), "a node ended: {}", node.server.output().text());
        }
    }
    let [Node { home, server, started_at }, goes] = nodes;
    world.desk.open(server.api());
    goes.server.stop().await;
    world.lived(goes.started_at, clock::unix_micros(), false);
    world.continues(started_at);
    world.home = home;
    Ok(server)
}
