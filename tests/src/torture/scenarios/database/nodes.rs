//! Two nodes on one database: one of them is killed, or stands still, and the other takes over.

use anyhow::{Result, ensure};
use sqlx::{PgConnection, Row as _};

use crate::api::Api;
use crate::torture::check::{Freeze, Lease};
use crate::torture::desk::TYPES;
use crate::torture::world::World;
use crate::{Home, Launch, Server, clock, wait};

/// What nodes share.
pub(super) const MASTER_KEY: &str = "hkmk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// How long a lease lasts where a node is killed, and where one is frozen: as by default.
const LEASE_SECONDS: [&str; 2] = ["2", "5"];
/// What a node holds.
const HELD: &str = "SELECT lane, epoch FROM hookledger.lanes WHERE holder = $1";
/// How many lanes there are.
const LANES: usize = 16;

/// A process and its folder.
pub(super) struct Node {
    pub(super) home: Home,
    pub(super) server: Server,
    pub(super) started_at: u64,
}

/// Publishers speak to one of the two while the other is killed; then the two change places.
pub(super) async fn killed_in_turn(world: &mut World, times: usize) -> Result<Server> {
    let (mut victim, mut survivor) = two(world, LEASE_SECONDS[0]).await?;
    for _ in 0..times {
        let steps = world.steps_for_some_load();
        world.wait_for_progress(steps).await;
        let home = killed(world, victim).await;
        victim = survivor;
        survivor = start(world, home).await?;
        world.wait_for_deliveries(50).await;
    }
    Ok(one_stays(world, victim, survivor).await)
}

/// Publishers speak to one of the two while the other stands still, for longer than its lease, and goes on; then the two
/// change places.
pub(super) async fn frozen_in_turn(world: &mut World, times: usize) -> Result<Server> {
    let (mut victim, mut survivor) = two(world, LEASE_SECONDS[1]).await?;
    let mut superuser = world.site().connect().await?;
    for _ in 0..times {
        share(&mut superuser, [&victim, &survivor]).await;
        let steps = world.steps() + world.steps_for_some_load();
        world.wait_for_progress(steps).await;
        let freeze = frozen(world, &victim, &mut superuser).await?;
        world.froze(freeze);
        std::mem::swap(&mut victim, &mut survivor);
        world.desk.open(survivor.server.api());
        world.wait_for_deliveries(50).await;
    }
    share(&mut superuser, [&victim, &survivor]).await;
    Ok(one_stays(world, victim, survivor).await)
}

async fn two(world: &mut World, lease_seconds: &str) -> Result<(Node, Node)> {
    world.shares("HOOKLEDGER_MASTER_KEY", MASTER_KEY);
    world.shares("HOOKLEDGER_STORE_LEASE_SECONDS", lease_seconds);
    let (one, other) = (world.home.beside(), world.home.beside());
    Ok((start(world, one).await?, start(world, other).await?))
}

/// The one goes, and the other finishes.
async fn one_stays(world: &mut World, goes: Node, stays: Node) -> Server {
    world.desk.open(stays.server.api());
    goes.server.stop().await;
    world.lived(goes.started_at, clock::unix_micros(), false);
    world.continues(stays.started_at);
    world.home = stays.home;
    stays.server
}

/// Stops a node until others deliver everything, and lets it go on.
async fn frozen(world: &mut World, victim: &Node, superuser: &mut PgConnection) -> Result<Freeze> {
    victim.server.freeze().await;
    let from = clock::unix_micros();
    let leases = held(superuser, victim).await?;
    let head: i64 =
        sqlx::query_scalar("SELECT max(position) FROM hookledger.records").fetch_one(&mut *superuser).await?;
    ensure!(!leases.is_empty(), "a node without a lane stopped");
    world.is_taken_over(from).await;
    wait::until_true("its leases to be taken", async || {
        held(superuser, victim).await.is_ok_and(|held| held.is_empty())
    })
    .await;
    let steps = world.steps();
    world.wait_for_progress(steps).await;
    let to = clock::unix_micros();
    victim.server.thaw();
    Ok(Freeze { from, to, head: head.unsigned_abs(), leases })
}

/// The leases of a node.
async fn held(superuser: &mut PgConnection, node: &Node) -> Result<Vec<Lease>> {
    let name: uuid::Uuid = std::fs::read_to_string(node.home.data().join("node.id"))?.trim().parse()?;
    let rows = sqlx::query(HELD).bind(name).fetch_all(superuser).await?;
    let lease = |row: &sqlx::postgres::PgRow| {
        Ok(Lease { lane: u8::try_from(row.try_get::<i16, _>(0)?)?, epoch: row.try_get(1)? })
    };
    rows.iter().map(lease).collect()
}

/// Waits until two nodes have half of the lanes each.
async fn share(superuser: &mut PgConnection, nodes: [&Node; 2]) {
    wait::until_true("the lanes to be divided", async || {
        let mut even = true;
        for node in nodes {
            even &= held(superuser, node).await.is_ok_and(|held| held.len() == LANES / nodes.len());
        }
        even
    })
    .await;
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
