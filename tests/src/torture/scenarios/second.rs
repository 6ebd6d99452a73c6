//! Others are started on a folder that is in use.

use anyhow::Result;

use super::dies::finishing;
use crate::torture::world::World;
use crate::{Launch, Server};

/// What each of them must say.
const REFUSAL: &str = "is in use by process";

/// Under load; all of them are refused, and the first server does not notice.
pub(crate) async fn process(world: &mut World, times: usize) -> Result<Server> {
    let server = world.start(&Launch::default()).await?;
    for _ in 0..times {
        let steps = world.steps();
        world.wait_for_progress(steps).await;
        let mut second = world.home.launch(&Launch::default());
        let ended = second.wait_for_end().await;
        let said = second.output().text();
        if ended.success() || !said.contains(REFUSAL) {
            world.violate(format!("a second server ended with {ended}: {said}"));
        }
        for arguments in [&["rebuild"][..], &["key", "list"]] {
            let output = world.home.command(arguments).output()?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.success() || !said.contains(REFUSAL) {
                world.violate(format!("`hookledger {}` beside a server: {said}", arguments.join(" ")));
            }
        }
        world.wait_for_deliveries(50).await;
    }
    world.kill(server);
    finishing(world).await
}
