//! Others take every connection.

use anyhow::Result;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};
use tokio::task::JoinHandle;

use super::outages::{OURS, ended};
use crate::torture::world::World;
use crate::wait;

/// Whether there is none left.
const TAKEN: &str = "SELECT count(*) >= current_setting('max_connections')::integer FROM pg_stat_activity \
                     WHERE backend_type = 'client backend'";

/// At first the node keeps those that it has, and everything goes on. Then it loses them, gets none, and puts publishers
/// off until the others go.
pub(super) async fn taken(world: &mut World) -> Result<()> {
    let mut superuser = world.site().connect().await?;
    let hog = Hog::on(world.site().options());
    wait::until_true("all connections to be taken", async || {
        superuser.fetch_one(TAKEN).await.is_ok_and(|row| row.get(0))
    })
    .await;
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

/// Somebody who takes every connection as soon as it becomes free.
struct Hog(JoinHandle<()>);

impl Hog {
    fn on(options: PgConnectOptions) -> Self {
        Self(tokio::spawn(async move {
            let mut connections = Vec::new();
            loop {
                match PgConnection::connect_with(&options).await {
                    Ok(connection) => connections.push(connection),
                    // None is free.
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        }))
    }

    async fn goes(self) {
        self.0.abort();
        let _ = self.0.await;
    }
}
