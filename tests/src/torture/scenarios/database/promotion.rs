//! The primary is gone for good, and its synchronous standby takes its place. The node is led there by what stands between:
//! a virtual address, a proxy, a name.

use std::time::Duration;

use anyhow::Result;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

use test_postgres::Server;

use crate::torture::world::World;
use crate::{clock, wait};

/// What the standby calls itself to the primary.
const NAME: &str = "standby";
/// How long it may take until a commit that hangs was looked up and is refused.
const DOUBTS: Duration = Duration::from_mins(1);
/// How many answers may be on their way when the standby goes.
const ON_THEIR_WAY: usize = 16;

/// The primary is ended, and its standby promoted. `silently`: the node's connections are not closed, but nothing comes over
/// them any more, as when a machine has lost its power.
pub(super) async fn of_standby(world: &mut World, silently: bool) -> Result<()> {
    let standby = synchronous(world).await?;
    let steps = world.steps_for_some_load();
    world.wait_for_progress(steps).await;
    world.way().sever(silently);
    world.site().server.goes_down();
    takes_over(world, standby).await;
    Ok(())
}

/// The standby goes, and so nothing may be acknowledged: what the primary has committed is nowhere else. It comes back, or
/// (`as_primary`) comes back in place of the primary, and everything goes on without what nobody was told.
pub(super) async fn standby_away(world: &mut World, as_primary: bool) -> Result<()> {
    let away = Away::begins(world).await?;
    is_put_off(world).await;
    away.ends(world, as_primary).await
}

/// A synchronous standby that is away.
pub(super) struct Away {
    standby: Server,
    superuser: PgConnection,
    /// Since when, in microseconds since the Unix epoch.
    from: u64,
}

impl Away {
    /// Lets a standby follow, under load, and go.
    pub(super) async fn begins(world: &mut World) -> Result<Self> {
        let standby = synchronous(world).await?;
        let steps = world.steps_for_some_load();
        world.wait_for_progress(steps).await;
        standby.goes_down();
        let mut superuser = world.site().connect().await?;
        follows(&mut superuser, "true", 0).await;
        Ok(Self { standby, superuser, from: clock::unix_micros() })
    }

    /// It comes back as what it was, or in place of the primary. Nothing was acknowledged meanwhile.
    pub(super) async fn ends(mut self, world: &mut World, as_primary: bool) -> Result<()> {
        world.silence(self.from, clock::unix_micros());
        if as_primary {
            world.way().sever(false);
            world.site().server.goes_down();
            self.standby.comes_back().await;
            takes_over(world, self.standby).await;
        } else {
            self.standby.comes_back().await;
            world.recovers().await;
            self.superuser.execute("ALTER SYSTEM RESET synchronous_standby_names").await?;
            self.superuser.execute("SELECT pg_reload_conf()").await?;
            self.standby.end();
        }
        Ok(())
    }
}

/// Waits until publishers are answered, and not well.
pub(super) async fn is_put_off(world: &World) {
    let (put_off, told) = (world.desk.put_off(), world.desk.acknowledged());
    wait::until_within(DOUBTS, "something to be answered", async || {
        // A few answers may have been on their way.
        let answered = world.desk.put_off() > put_off || world.desk.acknowledged() > told + ON_THEIR_WAY;
        answered.then_some(())
    })
    .await;
}

/// A standby that every commit waits for.
async fn synchronous(world: &mut World) -> Result<Server> {
    let standby = world.site().server.standby(NAME, &[]).await;
    let mut superuser = world.site().connect().await?;
    follows(&mut superuser, "state = 'streaming'", 1).await;
    superuser
        .execute(AssertSqlSafe(format!("ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")))
        .await?;
    superuser.execute("SELECT pg_reload_conf()").await?;
    follows(&mut superuser, "sync_state = 'sync'", 1).await;
    Ok(standby)
}

/// The standby becomes the primary, and the node is led to it.
async fn takes_over(world: &mut World, standby: Server) {
    standby.promote().await;
    world.way().lead_to(&standby);
    let former = std::mem::replace(&mut world.site().server, standby);
    former.end();
    world.recovers().await;
}

/// Waits until so many standbys of the name are as told.
async fn follows(superuser: &mut PgConnection, condition: &str, standbys: i64) {
    let sql =
        format!("SELECT count(*) FROM pg_stat_replication WHERE application_name = '{NAME}' AND {condition}");
    wait::until_true("the standby to be as told", async || {
        let found = superuser.fetch_one(AssertSqlSafe(sql.as_str())).await;
        found.is_ok_and(|row| row.get::<i64, _>(0) == standbys)
    })
    .await;
}
