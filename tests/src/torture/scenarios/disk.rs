//! The disk is full, or does not do what it is asked to.

use std::time::Duration;

use anyhow::{Result, ensure};
use rand::RngExt as _;

use super::dies::finishing;
use crate::torture::control::Control;
use crate::torture::wal;
use crate::torture::world::World;
use crate::{Launch, Server, clock, wait};

/// How long each sync takes on a slow disk, in microseconds.
const SLOW_US: i64 = 40_000;
/// What the server says when it has reopened the ledger.
const REOPENED: &str = "the ledger can be written again";

async fn under_control(world: &mut World) -> Result<(Control, Launch)> {
    let control = Control::new(world.home.path())?;
    let launch = Launch { program: None, environment: control.environment()? };
    let server = world.start(&launch).await?;
    world.wait_for_progress(world.steps_for_some_load()).await;
    world.stop(server).await;
    Ok((control, launch))
}

/// Nothing can be written for a while: nothing is acknowledged meanwhile, everything goes on afterwards by itself.
/// The last time it is killed while the disk is full.
pub(crate) async fn full(world: &mut World, times: usize) -> Result<Server> {
    let (control, launch) = under_control(world).await?;
    let mut server = world.start(&launch).await?;
    for _ in 0..times {
        let steps = world.steps();
        world.wait_for_progress(steps).await;
        broken(world, &control, |control| control.fill_disk(true), |control| control.fill_disk(false))
            .await?;
        world.wait_for_deliveries(50).await;
    }
    control.fill_disk(true)?;
    let put_off = world.desk.put_off();
    wait::until_true("calls to be put off", async || world.desk.put_off() > put_off).await;
    world.kill(server);
    control.fill_disk(false)?;
    server = finishing(world).await?;
    Ok(server)
}

/// Has so many syncs fail.
type Fail = fn(&Control, i64) -> std::io::Result<()>;

/// Syncs fail for a while, or one of them, or one of moving the log: nothing is acknowledged until the ledger was reopened.
/// Then the power is cut: what was written before a sync that failed, and not again, becomes noise.
pub(crate) async fn sync_fails(world: &mut World, times: usize) -> Result<Server> {
    let (control, launch) = under_control(world).await?;
    for _ in 0..times {
        let server = world.start(&launch).await?;
        let steps = world.steps();
        world.wait_for_progress(steps).await;
        broken(world, &control, |control| control.fail_syncs(-1), |control| control.fail_syncs(0)).await?;
        world.wait_for_deliveries(50).await;
        ensure_reopened(world, &server, 1).await;

        for (reopened, fail_one) in [(2, Control::fail_syncs as Fail), (3, Control::fail_main_syncs)] {
            control.forget_failures()?;
            fail_one(&control, 1)?;
            wait::until_true("one sync to fail", async || control.failed().is_ok_and(|failed| failed >= 1))
                .await;
            let failed_at = control.failed_at()?;
            ensure_reopened(world, &server, reopened).await;
            let reopened_at = clock::unix_micros();
            world.silence(failed_at, reopened_at.min(failed_at + 500_000));
            world.wait_for_deliveries(50).await;
        }
        world.kill(server);
        cut_power(world, &control)?;
    }
    finishing(world).await
}

/// What was not synced becomes noise, in the log and in the main file. Says how many bytes of the log.
fn cut_power(world: &mut World, control: &Control) -> Result<u64> {
    let synced = control.log_synced()?;
    let pages = control.unsynced_pages()?;
    wal::scramble(&world.data(), synced, &mut world.rng)?;
    wal::scramble_pages(&world.data(), &pages, &mut world.rng)?;
    Ok(control.log_written()?.saturating_sub(synced))
}

async fn ensure_reopened(world: &World, server: &Server, times: usize) {
    let _ = world;
    wait::until_true("the ledger to be reopened", async || {
        server.output().lines().iter().filter(|line| line.contains(REOPENED)).count() >= times
    })
    .await;
}

/// Breaks the disk until calls were put off, then mends it.
async fn broken(
    world: &mut World,
    control: &Control,
    break_it: impl Fn(&Control) -> std::io::Result<()>,
    mend_it: impl Fn(&Control) -> std::io::Result<()>,
) -> Result<()> {
    control.forget_failures()?;
    break_it(control)?;
    wait::until_true("something to fail", async || control.failed().is_ok_and(|failed| failed > 0)).await;
    world.wait_until_put_off().await;
    let (failed_at, mended_at) = (control.failed_at()?, clock::unix_micros());
    mend_it(control)?;
    world.silence(failed_at, mended_at);
    let acknowledged = world.desk.acknowledged();
    wait::until_true("events to be accepted again", async || world.desk.acknowledged() > acknowledged).await;
    Ok(())
}

/// Syncs are slow, and it is killed in the middle of them.
pub(crate) async fn sync_slow(world: &mut World, times: usize) -> Result<Server> {
    let (control, launch) = under_control(world).await?;
    for _ in 0..times {
        let server = world.start(&launch).await?;
        control.slow_syncs(SLOW_US)?;
        let steps = world.steps();
        world.wait_for_progress(steps).await;
        world.kill(server);
        control.slow_syncs(0)?;
    }
    finishing(world).await
}

/// It is killed in the middle of a sync, and what was not synced becomes noise, as after a power cut.
pub(crate) async fn unsynced_lost(world: &mut World, times: usize) -> Result<Server> {
    let (control, launch) = under_control(world).await?;
    let mut lost = 0;
    for _ in 0..times {
        let server = world.start(&launch).await?;
        control.slow_syncs(SLOW_US)?;
        let steps = world.steps();
        world.wait_for_progress(steps).await;
        // Some kills hit while a transaction lies written and unsynced; wait for such a moment.
        let unsynced =
            || Ok::<_, std::io::Error>(control.log_written()?.saturating_sub(control.log_synced()?));
        wait::until_true("something to be unsynced", async || unsynced().is_ok_and(|bytes| bytes > 0)).await;
        tokio::time::sleep(Duration::from_micros(world.rng.random_range(0..1_000))).await;
        world.kill(server);
        control.slow_syncs(0)?;
        lost += cut_power(world, &control)?;
    }
    ensure!(lost > 0, "everything was synced at every kill: nothing was tested");
    finishing(world).await
}
