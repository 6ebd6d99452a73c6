//! The clock is set.

use anyhow::Result;

use crate::torture::control::Control;
use crate::torture::world::World;
use crate::{Launch, Server};

/// An hour, in seconds.
const HOUR: i64 = 3_600;

/// Forward by an hour, back, back by another, and forward again: deliveries go on each time. In the end it stands
/// past everything that was ever planned, so that all retries are due.
pub(crate) async fn set(world: &mut World, times: usize) -> Result<Server> {
    world.one_clock = false;
    let control = Control::new(world.home.path())?;
    let server = world.start(&Launch { program: None, environment: control.environment()? }).await?;
    for _ in 0..times {
        for hours in [1, 0, -1, 0] {
            let steps = world.steps();
            world.wait_for_progress(steps).await;
            control.set_clock(hours * HOUR)?;
            world.wait_for_deliveries(100).await;
        }
    }
    control.set_clock(2 * HOUR)?;
    Ok(server)
}
