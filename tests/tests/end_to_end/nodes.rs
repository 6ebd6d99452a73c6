//! Several nodes on one database: every one publishes and answers questions, one folds the views, one delivers. Nodes die,
//! freeze and come back.

use std::process::Command;
use std::time::Duration;

use hookledger_tests::api::{Api, Subscription};
use hookledger_tests::{Home, Launch, Receiver, Server, clock, wait};
use serde_json::json;

use super::graphql_ws::Client;
use super::load::{self, CONCURRENCY, Phase};

/// How long a lease lasts here, and so about how long it takes until another node goes on.
const LEASE_SECONDS: u64 = 2;
/// Until another node delivers: the lease, the node that asks for it once in a while, and the start of its engine.
const TAKEOVER_MAX: Duration = Duration::from_secs(LEASE_SECONDS + 10);

/// What all nodes share: the master key above all.
fn launch() -> Launch {
    let variable = |name: &str, value: &str| (format!("HOOKLEDGER_{name}"), value.to_owned());
    let environment = vec![
        variable("MASTER_KEY", "hkmk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        variable("STORE_LEASE_SECONDS", &LEASE_SECONDS.to_string()),
    ];
    Launch { environment, ..Launch::default() }
}

async fn start(home: &Home, token: &mut Option<String>) -> Server {
    let mut server = home.launch(&launch());
    assert!(server.ready_or_ended().await.is_ok(), "it starts");
    let token = token.get_or_insert_with(|| server.shown_token().expect("the first start shows a key"));
    server.use_token(token);
    server
}

/// Two nodes, the first of which delivers, and a receiver.
struct Scene {
    first: (Home, Server),
    second: (Home, Server),
    token: Option<String>,
    receiver: Receiver,
    subscription: Subscription,
}

impl Scene {
    async fn set() -> Option<Self> {
        let home = Home::in_database().await?;
        let mut token = None;
        let server = start(&home, &mut token).await;
        delivers(&server).await;
        let other = home.beside();
        let second = start(&other, &mut token).await;
        let receiver = Receiver::start().await;
        let subscription = load::subscribe(&server.api(), &receiver).await;
        knows(&second.api(), &subscription).await;
        Some(Self { first: (home, server), second: (other, second), token, receiver, subscription })
    }
}

/// Waits until it is the node's turn to deliver.
async fn delivers(server: &Server) {
    wait::until_true("the node to deliver", async || {
        let metrics = server.api().get("/metrics").send().await.unwrap().text().await.unwrap();
        metrics.lines().any(|line| line == r#"hookledger_turn_held{turn="deliveries"} 1"#)
    })
    .await;
}

/// Waits until a node has heard of what another one was told.
async fn knows(api: &Api, subscription: &Subscription) {
    wait::until_true("the other node to hear of it", async || {
        !api.subscription(&subscription.id, "id").await.is_null()
            && api
                .publish_body(&format!(
                    r#"{{"type":"{}","source":"/load","data":{{"number":0,"score":1.10}}}}"#,
                    load::TYPE
                ))
                .await
                .is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_node_that_is_killed_is_replaced_within_the_lease_and_nothing_is_lost() {
    let Some(Scene { mut first, mut second, mut token, receiver, subscription }) = Scene::set().await else {
        return;
    };
    // Everybody speaks to the node that does not deliver.
    let (desk, publishers) = load::staffed(second.1.api());
    let mut kills = Vec::new();
    for _ in 0..3 {
        desk.wait_for_progress(&receiver, 300).await;
        let arrived = receiver.count();
        first.1.kill();
        kills.push(clock::unix_micros());
        wait::until_within(TAKEOVER_MAX, "the other node to deliver", async || {
            (receiver.count() > arrived + 2 * CONCURRENCY).then_some(())
        })
        .await;
        desk.wait_for_progress(&receiver, 300).await;
        let again = start(&first.0, &mut token).await;
        // The one that came back is the next to be spoken to; the one that delivers is the next to die.
        desk.set(Phase::Open(again.api()));
        first.1 = again;
        std::mem::swap(&mut first, &mut second);
    }
    desk.close(publishers, &receiver).await;
    load::settled_deliveries(&second.1.api()).await;
    let requests = receiver.requests();
    load::check_receipts(&requests, &desk.acknowledged(), &subscription.secret);
    load::check_repeats(&requests, &kills);
    first.1.stop().await;
    second.1.stop().await;
}

fn signal(server: &Server, signal: &str) {
    let sent = Command::new("kill").args([signal, &server.pid().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[tokio::test]
async fn a_node_that_freezes_beyond_its_lease_and_comes_back_repeats_no_more_than_what_was_under_way() {
    let Some(Scene { first, second, token: _, receiver, subscription }) = Scene::set().await else { return };
    // Slow enough that something is always under way.
    receiver.answer_slowly(Duration::from_millis(20));
    let (desk, publishers) = load::staffed(second.1.api());
    desk.wait_for_progress(&receiver, 300).await;
    signal(&first.1, "-STOP");
    let frozen_at = clock::unix_micros();
    delivers(&second.1).await;
    desk.wait_for_progress(&receiver, 300).await;
    signal(&first.1, "-CONT");
    wait::until_true("the node that froze to see that it was replaced", async || {
        first.1.output().text().contains("another node has taken over")
    })
    .await;
    desk.wait_for_progress(&receiver, 300).await;
    desk.close(publishers, &receiver).await;
    let deliveries = load::settled_deliveries(&first.1.api()).await;
    assert_eq!(deliveries.len(), receiver.webhook_ids().len());
    assert!(deliveries.iter().all(|delivery| delivery["state"] == "DELIVERED"));
    let requests = receiver.requests();
    load::check_receipts(&requests, &desk.acknowledged(), &subscription.secret);
    load::check_repeats(&requests, &[frozen_at]);
    // A node that stops gives its turn back at once.
    let arrived = receiver.count();
    second.1.stop().await;
    delivers(&first.1).await;
    first.1.api().publish(load::TYPE, r#"{"number":0,"score":1.10}"#).await;
    wait::until_true("the first node to deliver again", async || receiver.count() > arrived).await;
    first.1.stop().await;
}

#[tokio::test]
async fn a_live_feed_of_a_node_shows_what_another_one_delivers() {
    let Some(Scene { first, second, receiver, .. }) = Scene::set().await else { return };
    let filter = json!({ "eventType": load::TYPE, "states": ["DELIVERED"] });
    let mut client = Client::follow(&second.1, second.1.token(), &filter, 2);
    wait::until_true("two results", async || {
        first.1.api().publish(load::TYPE, r#"{"number":0,"score":1.10}"#).await;
        client.results().len() >= 2
    })
    .await;
    assert!(client.ended_well().await);
    assert!(receiver.count() >= 2);
    second.1.stop().await;
    first.1.stop().await;
}
