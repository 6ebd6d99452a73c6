//! Others take every connection.

use anyhow::Result;

use super::outages::{OURS, ended};
use crate::torture::world::World;
use crate::{Hog, wait};

/// At first the node keeps those that it has, and everything goes on. Then it loses them, gets none, and puts publishers
/// off until the others go.
pub(super) async fn taken(world: &mut World) -> Result<()> {
    let mut superuser = world.site().connect().await?;
    let hog = Hog::takes_all(world.site().options(), &mut superuser).await;
    world.goes_on().await;
    let put_off = world.desk.put_off();
    wait::until_true("publishers to be put off", async || {
        ended(&mut superuser, OURS).await.is_ok() && world.desk.put_off() > put_off
    })
    .await;
    world.wait_until_put_off().await;
    hog.goes().await;
    world.recovers().await;
    Ok(())
}
