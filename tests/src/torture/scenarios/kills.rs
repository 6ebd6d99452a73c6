//! The server is killed at random moments.

use std::time::Duration;

use anyhow::{Result, ensure};
use rand::RngExt as _;

use super::dies::finishing;
use crate::torture::world::World;
use crate::{Launch, Server};

/// A start takes about so long; some kills fall into it.
const STARTING: Duration = Duration::from_millis(400);
/// One kill of so many falls into a start.
const STARTS_HIT: u32 = 4;

/// Again and again: most while it works, some while it starts.
pub(crate) async fn at_random(world: &mut World, kills: usize) -> Result<Server> {
    let server = world.start(&Launch::default()).await?;
    world.wait_for_progress(1).await;
    world.kill(server);
    for _ in 1..kills {
        let mut server = world.launch(&Launch::default());
        if world.rng.random_ratio(1, STARTS_HIT) {
            // The moment is what is tested: there is no condition to wait for.
            tokio::time::sleep(STARTING.mul_f64(world.rng.random())).await;
        } else {
            ensure!(server.ready_or_ended().await.is_ok(), "it did not start: {}", server.output().text());
            world.serve(&mut server).await?;
            let steps = world.steps();
            world.wait_for_progress(steps).await;
        }
        world.kill(server);
    }
    finishing(world).await
}
