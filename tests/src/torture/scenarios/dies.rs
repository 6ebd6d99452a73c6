//! The server dies at a point.

use anyhow::{Context as _, Result, bail, ensure};
use failpoints::Point;
use rand::RngExt as _;

use crate::torture::check;
use crate::torture::world::{World, armed, settled};
use crate::{Launch, Server};

/// Enough to fill some pages of the ledger, so that making a view again has several steps.
const PAGES_OF_RECORDS: usize = 2_500;

/// On an empty folder, once. What it left must be enough to go on; a key that was recorded and never shown is
/// replaced by another, as an operator would.
pub(crate) async fn at_first_start(world: &mut World, point: Point, passes: u64) -> Result<Server> {
    let pass = world.rng.random_range(1..=passes);
    let server = world.launch(&armed(point, pass));
    world.wait_for_death(server, point).await?;
    let mut server = world.launch(&Launch::default());
    let ready = server.ready_or_ended().await;
    ensure!(ready.is_ok(), "the second start failed: {}", server.output().text());
    if server.shown_token().is_none() {
        world.stop(server).await;
        world.give_token(another_key(world)?);
        server = world.launch(&Launch::default());
        ensure!(server.ready_or_ended().await.is_ok(), "the third start failed: {}", server.output().text());
    }
    world.serve(&mut server).await?;
    world.wait_for_progress(world.steps_for_some_load()).await;
    Ok(server)
}

fn another_key(world: &World) -> Result<String> {
    let scopes = "publish,manage,read,audit,operate";
    let made = world.home.command(&["key", "create", "--name", "another", "--scope", scopes]).output()?;
    let text = String::from_utf8_lossy(&made.stdout).into_owned();
    let key = text.split_whitespace().find(|word| word.starts_with("hk_"));
    key.map(str::to_owned)
        .with_context(|| format!("no key was made: {}", String::from_utf8_lossy(&made.stderr)))
}

/// While it publishes and delivers, several times.
pub(crate) async fn under_load(
    world: &mut World,
    point: Point,
    passes: u64,
    deaths: usize,
) -> Result<Server> {
    let server = world.start(&Launch::default()).await?;
    world.wait_for_progress(world.steps_for_some_load()).await;
    world.stop(server).await;
    for _ in 0..deaths {
        let pass = world.rng.random_range(1..=passes);
        let mut server = world.launch(&armed(point, pass));
        if server.ready_or_ended().await.is_ok() {
            world.serve(&mut server).await?;
        }
        world.wait_for_death(server, point).await?;
    }
    finishing(world).await
}

/// While it stops, several times.
pub(crate) async fn at_stop(world: &mut World, point: Point, deaths: usize) -> Result<Server> {
    for _ in 0..deaths {
        let server = world.start(&armed(point, 1)).await?;
        let steps = world.steps();
        world.wait_for_progress(steps).await;
        server.interrupt();
        world.wait_for_death(server, point).await?;
    }
    finishing(world).await
}

/// While all views are made again, several times; the server goes on with what that left.
pub(crate) async fn at_rebuild(
    world: &mut World,
    point: Point,
    passes: u64,
    deaths: usize,
) -> Result<Server> {
    let server = world.start(&Launch::default()).await?;
    while world.desk.acknowledged() + world.posts[0].receiver.count() < PAGES_OF_RECORDS {
        world.wait_for_progress(1).await;
    }
    world.desk.close();
    settled(&server.api()).await;
    world.stop(server).await;
    for _ in 0..deaths {
        let pass = world.rng.random_range(1..=passes);
        let order = armed(point, pass);
        let mut command = world.home.command_of(&order, &["rebuild"]);
        let ended = command.output()?;
        let told =
            String::from_utf8_lossy(&ended.stderr).contains(&format!("failpoint {} passed", point.name()));
        if ended.status.success() || !told {
            bail!("the rebuild did not die: {} {}", ended.status, String::from_utf8_lossy(&ended.stderr));
        }
        world.command_died();
        let head = check::head(&world.data())?;
        let server = world.start(&Launch::default()).await?;
        let steps = world.steps();
        world.wait_for_progress(steps).await;
        world.stop(server).await;
        ensure!(check::head(&world.data())? > head, "nothing was recorded after the rebuild died");
    }
    finishing(world).await
}

/// A sound server, after some load.
pub(crate) async fn finishing(world: &mut World) -> Result<Server> {
    let server = world.start(&Launch::default()).await?;
    world.wait_for_progress(world.steps_for_some_load()).await;
    Ok(server)
}
