//! The disk of the database is full.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;

use crate::torture::world::World;
use crate::wait;

/// Bytes that are written at once, the last of which do not fit.
const PIECE: usize = 1 << 13;

/// Something else fills the disk, to the last byte and as often as there is room again; then it goes. What the server does
/// meanwhile is up to it: refuse to write, or end and not come up.
pub(super) async fn full(world: &mut World) -> Result<()> {
    let ballast = world.site().server.data().join("ballast");
    let put_off = world.desk.put_off();
    wait::until_true("publishers to be put off", async || {
        fill(&ballast).is_ok() && world.desk.put_off() > put_off
    })
    .await;
    world.wait_until_put_off().await;
    fs::remove_file(&ballast)?;
    world.recovers().await;
    Ok(())
}

fn fill(ballast: &Path) -> io::Result<()> {
    let mut file = File::options().create(true).append(true).open(ballast)?;
    loop {
        match file.write_all(&[7; PIECE]) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(()),
            written => written?,
        }
    }
}
