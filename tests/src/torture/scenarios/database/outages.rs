//! The server, or sessions of ours, are gone from one moment to the next.

use anyhow::{Result, ensure};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use crate::torture::way::Cut;
use crate::torture::world::World;
use crate::wait;

/// All sessions of a node: that which writes, that which listens, those that read, fold and hold leases.
pub(super) const OURS: &str = "application_name LIKE 'hookledger%'";
/// That which listens.
pub(super) const LISTENER: &str = "application_name = 'hookledger' AND query LIKE 'LISTEN%'";

/// The server ends as `pg_ctl stop -m immediate` ends it, and is started again.
pub(super) async fn restart(world: &mut World) {
    world.site().server.crash().await;
    world.recovers().await;
}

/// The sessions that the condition names are ended.
pub(super) async fn end(world: &mut World, which: &str) -> Result<()> {
    let mut superuser = world.site().connect().await?;
    ensure!(ended(&mut superuser, which).await? > 0, "there is no session where {which}");
    world.recovers().await;
    Ok(())
}

/// Ends sessions; says how many.
pub(super) async fn ended(superuser: &mut sqlx::PgConnection, which: &str) -> Result<i64> {
    let end = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND {which}"
    );
    Ok(superuser.fetch_one(AssertSqlSafe(end.as_str())).await?.try_get(0)?)
}

/// The connection that writes is cut in every way there is.
pub(super) async fn cuts(world: &mut World) -> Result<()> {
    for cut in [Cut::Request, Cut::Between, Cut::Answer] {
        world.way().arm(cut);
        wait::until_true("a commit to be cut off", async || world.way().has_cut()).await;
        world.recovers().await;
    }
    Ok(())
}
