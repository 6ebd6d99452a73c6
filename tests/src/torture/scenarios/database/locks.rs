//! Somebody is in the way of the writer: by a lock, or by what a busy server answers.

use anyhow::Result;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};

use crate::torture::world::World;
use crate::{clock, wait};

/// The lock by which whoever writes takes turns.
const TURN: &str = "1212894279";
/// What must not be changed under those who read or write.
const TABLE: &str = "LOCK TABLE hookledger.records IN ACCESS EXCLUSIVE MODE";
/// Serialization failure, deadlock, lock not available, statement cancelled, out of memory, too many connections.
const REASONS: [&str; 6] = ["40001", "40P01", "55P03", "57014", "53200", "53300"];

/// The turn is held, the whole table is, and a deadlock is made of both.
pub(super) async fn held(world: &mut World) -> Result<()> {
    for order in [format!("SELECT pg_advisory_xact_lock({TURN})"), TABLE.to_owned()] {
        let mut other = world.site().connect().await?;
        other.execute(AssertSqlSafe(format!("BEGIN; {order}"))).await?;
        let from = clock::unix_micros();
        world.wait_until_put_off().await;
        world.silence(from, clock::unix_micros());
        other.execute("ROLLBACK").await?;
        world.recovers().await;
    }
    deadlock(world).await
}

/// Takes the turn, waits until the writer waits for it, then wants the table, which the writer has. The server ends such a
/// thing at the cost of the one who looks first, and that is not us.
async fn deadlock(world: &mut World) -> Result<()> {
    const WAITS: &str =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = ";
    let mut other = world.site().connect().await?;
    let put_off = world.desk.put_off();
    other
        .execute(AssertSqlSafe(format!("SET deadlock_timeout = '1min'; SELECT pg_advisory_lock({TURN})")))
        .await?;
    let waits = format!("{WAITS}{TURN}");
    wait::until_true("the writer to wait", async || {
        other.fetch_one(AssertSqlSafe(waits.as_str())).await.is_ok_and(|row| row.get::<i64, _>(0) > 0)
    })
    .await;
    other.execute(AssertSqlSafe(format!("BEGIN; {TABLE}"))).await?;
    wait::until_true("the writer to be the victim", async || world.desk.put_off() > put_off).await;
    other.execute("ROLLBACK").await?;
    other.close().await?;
    world.recovers().await;
    Ok(())
}

/// The server refuses every record for a while, for each of the reasons.
pub(super) async fn refused(world: &mut World) -> Result<()> {
    let mut superuser = world.site().connect().await?;
    for reason in REASONS {
        refuse(&mut superuser, reason).await?;
        let from = clock::unix_micros();
        world.wait_until_put_off().await;
        world.silence(from, clock::unix_micros());
        superuser.execute("DROP TRIGGER a_refusal ON hookledger.records").await?;
        world.recovers().await;
    }
    Ok(())
}

async fn refuse(superuser: &mut PgConnection, reason: &str) -> Result<()> {
    const MAKE: &str = "CREATE OR REPLACE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ \
                        BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = TG_ARGV[0]; END $$";
    superuser.execute(MAKE).await?;
    let trigger = format!(
        "CREATE TRIGGER a_refusal BEFORE INSERT ON hookledger.records \
         FOR EACH STATEMENT EXECUTE FUNCTION public.refuse('{reason}')"
    );
    superuser.execute(AssertSqlSafe(trigger.as_str())).await?;
    Ok(())
}
