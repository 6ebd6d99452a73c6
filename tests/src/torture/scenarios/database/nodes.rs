//! Two nodes on one database: one of them is killed, and the other takes over.

use anyhow::{Result, ensure};

use crate::api::Api;
use crate::torture::desk::TYPES;
use crate::torture::world::World;
use crate::{Home, Launch, Server, clock, wait};

/// What nodes share.
pub(super) const MASTER_KEY: &str = "hkmk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// How long a lease lasts here.
const LEASE_SECONDS: &str = "2";

/// A process and its folder.
pub(super) struct Node {
    pub(super) home: Home,
    pub(super) server: Server,
    pub(super) started_at: u64,
}

/// Publishers speak to one of the two while the other is killed; then the two change places.
pub(super) async fn killed_in_turn(world: &mut World, times: usize) -> Result<Server> {
    world.shares("HOOKLEDGER_MASTER_KEY", MASTER_KEY);
    world.shares("HOOKLEDGER_STORE_LEASE_SECONDS", LEASE_SECONDS);
    let (one, other) = (world.home.beside(), world.home.beside());
    let mut victim = start(world, one).await?;
    let mut survivor = start(world, other).await?;
    for _ in 0..times {
        let steps = world.steps_for_some_load();
        world.wait_for_progress(steps).await;
        let home = killed(world, victim).await;
        victim = survivor;
        survivor = start(world, home).await?;
        world.wait_for_deliveries(50).await;
    }
    world.desk.open(survivor.server.api());
    victim.server.stop().await;
    world.lived(victim.started_at, clock::unix_micros(), false);
    world.continues(survivor.started_at);
    world.home = survivor.home;
    Ok(survivor.server)
}

pub(super) async fn start(world: &mut World, home: Home) -> Result<Node> {
    let started_at = clock::unix_micros();
    let mut server = home.launch(&world.led(&Launch::default()));
    ensure!(server.ready_or_ended().await.is_ok(), "a node did not start: {}", server.output().text());
    if let Some(token) = world.token() {
        server.use_token(token);
        knows(&server.api()).await;
    }
    world.serve(&mut server).await?;
    Ok(Node { home, server, started_at })
}

/// Waits until a node has heard of what others were told.
async fn knows(api: &Api) {
    let body = format!(r#"{{"type":"{}","source":"/torture/nodes","data":{{"number":0}}}}"#, TYPES[0]);
    wait::until_true("the node to hear of types", async || {
        matches!(api.try_publish_body(&body).await, Ok(Ok(_)))
    })
    .await;
}

async fn killed(world: &mut World, victim: Node) -> Home {
    victim.server.kill();
    let at = clock::unix_micros();
    world.lived(victim.started_at, at, true);
    world.is_taken_over(at).await;
    victim.home
}
