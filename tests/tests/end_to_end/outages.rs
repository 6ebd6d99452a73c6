//! The database goes away under load, in several ways, and comes back: nothing acknowledged is lost, and everything goes on
//! without anybody's help.

use std::sync::Arc;
use std::time::Duration;

use hookledger_tests::api::Subscription;
use hookledger_tests::{Hog, Home, Receiver, Server, http_client, wait};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use test_postgres::Version;
use tokio::task::JoinSet;

use super::load::{self, Desk};

/// How long after the database takes connections again publishing and delivering may take to go on.
const RECOVERY_MAX: Duration = Duration::from_secs(10);
/// How often something is done to it in one test.
const BLOWS: usize = 3;

/// A server under load, and a database that the test may hurt.
struct Scene {
    desk: Arc<Desk>,
    publishers: JoinSet<()>,
    receiver: Receiver,
    subscription: Subscription,
    server: Server,
    home: Home,
}

impl Scene {
    async fn set(settings: &[&str]) -> Option<Self> {
        let postgres = Version::Eighteen.server_of_its_own(settings)?;
        let home = Home::on(postgres.empty_database().await);
        let (server, receiver) = (home.start().await, Receiver::start().await);
        let subscription = load::subscribe(&server.api(), &receiver).await;
        let (desk, publishers) = load::staffed(server.api());
        desk.wait_for_progress(&receiver, 200).await;
        Some(Self { desk, publishers, receiver, subscription, server, home })
    }

    /// Waits, for no longer than it may take, until an event that is published now is acknowledged and one arrives.
    async fn recovers(&self) {
        let (acknowledged, arrived) = (self.desk.count(), self.receiver.count());
        wait::until_within(RECOVERY_MAX, "publishing and delivering to go on", async || {
            (self.desk.count() > acknowledged && self.receiver.count() > arrived).then_some(())
        })
        .await;
    }

    /// What the server says of itself.
    async fn readiness(&self) -> (u16, Value) {
        let answer = http_client().get(format!("{}/readyz", self.server.address())).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Ends the load, and checks what arrived. The process lived, so that nothing was asked for twice.
    async fn check(self) {
        let Self { desk, publishers, receiver, subscription, mut server, home } = self;
        desk.close(publishers, [&receiver]).await;
        assert!(server.has_ended().is_none(), "it is still the same process");
        let deliveries = load::settled_deliveries(&server.api()).await;
        assert_eq!(deliveries.len(), receiver.webhook_ids().len());
        server.stop().await;
        let repeats = load::check_receipts(&receiver.requests(), &desk.acknowledged(), &subscription.secret);
        assert_eq!(repeats, 0);
        drop(home);
    }
}

#[tokio::test]
async fn a_database_that_crashes_under_load_is_waited_for() {
    let Some(scene) = Scene::set(&[]).await else { return };
    for _ in 0..BLOWS {
        scene.home.database().server().crash().await;
        scene.recovers().await;
        scene.desk.wait_for_progress(&scene.receiver, 200).await;
    }
    scene.check().await;
}

/// All sessions of ours: that which writes, that which listens, those that read, fold and hold leases.
const OURS: &str = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                    AND application_name LIKE 'hookledger%'";

async fn superuser(home: &Home) -> PgConnection {
    PgConnection::connect_with(&home.database().options()).await.unwrap()
}

async fn cut_ours(connection: &mut PgConnection) -> i64 {
    let cut = format!("SELECT count(pg_terminate_backend(pid)) {OURS}");
    connection.fetch_one(AssertSqlSafe(cut.as_str())).await.unwrap().get(0)
}

#[tokio::test]
async fn sessions_that_are_cut_off_under_load_are_made_again() {
    let Some(scene) = Scene::set(&[]).await else { return };
    let mut superuser = superuser(&scene.home).await;
    for _ in 0..2 * BLOWS {
        assert!(cut_ours(&mut superuser).await > 0);
        scene.recovers().await;
        scene.desk.wait_for_progress(&scene.receiver, 100).await;
    }
    scene.check().await;
}

#[tokio::test]
async fn while_others_have_all_connections_what_runs_goes_on_and_what_cannot_is_refused_with_the_time_to_come_again()
 {
    let Some(scene) = Scene::set(&["max_connections=40"]).await else { return };
    let mut superuser = superuser(&scene.home).await;
    let hog = Hog::takes_all(scene.home.database().options(), &mut superuser).await;
    // It has what it needs to publish and to deliver.
    scene.desk.wait_for_progress(&scene.receiver, 200).await;
    assert_eq!(scene.readiness().await.0, 200);

    wait::until_true("it to be without any connection and to say why", async || {
        cut_ours(&mut superuser).await;
        let (status, said) = scene.readiness().await;
        status == 503 && said.to_string().contains("53300")
    })
    .await;
    let before = scene.desk.turned_away();
    wait::until_true("publishers to be turned away", async || scene.desk.turned_away() > before).await;
    let body = format!(r#"{{"type":"{}","source":"/load","data":{{"number":0,"score":1.10}}}}"#, load::TYPE);
    let answer = scene.server.api().post("/v1/events", body).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));

    hog.goes().await;
    scene.recovers().await;
    wait::until_true("it to be ready", async || scene.readiness().await.0 == 200).await;
    scene.check().await;
}
