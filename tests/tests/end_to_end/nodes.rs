//! Several nodes on one database: every one publishes and answers questions, one folds the views, and lanes of deliveries are
//! divided among them. Nodes die, freeze and come back.

use std::time::Duration;

use hookledger_tests::api::{Api, Subscription};
use hookledger_tests::{Home, Launch, Receiver, Server, clock, wait};
use serde_json::json;
use tokio::task::JoinSet;

use super::graphql_ws::Client;
use super::load::{self, CONCURRENCY, Desk, Phase};

/// How long a lease lasts here, and so about how long it takes until another node goes on.
const LEASE_SECONDS: u64 = 2;
/// How many lanes there are.
const LANES: usize = 16;
/// Until other nodes deliver: the lease, and the beats of those who ask for its lanes.
const TAKEOVER_MAX: Duration = Duration::from_secs(LEASE_SECONDS + 10);
/// How many subscriptions there are, each in a lane of chance.
const SUBSCRIPTIONS: usize = 3;

/// What all nodes share: the master key above all.
fn launch() -> Launch {
    let variable = |name: &str, value: &str| (format!("HOOKLEDGER_{name}"), value.to_owned());
    let environment = vec![
        variable("MASTER_KEY", "hkmk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        variable("STORE_LEASE_SECONDS", &LEASE_SECONDS.to_string()),
    ];
    Launch { environment, ..Launch::default() }
}

/// Starts a node, with the key that the first one showed.
pub(crate) async fn start(home: &Home, token: &mut Option<String>) -> Server {
    let mut server = home.launch(&launch());
    assert!(server.ready_or_ended().await.is_ok(), "it starts");
    let token = token.get_or_insert_with(|| server.shown_token().expect("the first start shows a key"));
    server.use_token(token);
    server
}

/// Receivers, each with a subscription of its own.
pub(crate) struct Crowd(Vec<(Receiver, Subscription)>);

impl Crowd {
    pub(crate) async fn subscribed(api: &Api) -> Self {
        let mut all = Vec::new();
        for _ in 0..SUBSCRIPTIONS {
            let receiver = Receiver::start().await;
            // Slow enough that something is always under way.
            receiver.answer_slowly(Duration::from_millis(20));
            let subscription = load::subscribe(api, &receiver).await;
            all.push((receiver, subscription));
        }
        Self(all)
    }

    pub(crate) fn one(&self) -> &Receiver {
        &self.0[0].0
    }

    /// Waits until every receiver got so many more requests.
    pub(crate) async fn get_more(&self, requests: usize) {
        let counts = || self.0.iter().map(|(receiver, _)| receiver.count());
        let before: Vec<_> = counts().collect();
        wait::until_within(TAKEOVER_MAX, "every receiver to get more", async || {
            counts().zip(&before).all(|(now, before)| now >= before + requests).then_some(())
        })
        .await;
    }

    /// Ends publishing. What was acknowledged has arrived at every receiver, and more than once only if a blow excuses it.
    pub(crate) async fn check(&self, desk: &Desk, publishers: JoinSet<()>, blows: &[u64]) {
        desk.close(publishers, self.0.iter().map(|(receiver, _)| receiver)).await;
        let acknowledged = desk.acknowledged();
        for (receiver, subscription) in &self.0 {
            let requests = receiver.requests();
            load::check_receipts(&requests, &acknowledged, &subscription.secret);
            load::check_repeats(&requests, blows);
        }
    }
}

/// Two nodes that share the lanes, and receivers.
struct Scene {
    first: (Home, Server),
    second: (Home, Server),
    token: Option<String>,
    crowd: Crowd,
}

impl Scene {
    async fn set() -> Option<Self> {
        let home = Home::in_database().await?;
        let mut token = None;
        let server = start(&home, &mut token).await;
        let other = home.beside();
        let second = start(&other, &mut token).await;
        let crowd = Crowd::subscribed(&server.api()).await;
        share(&[&server, &second]).await;
        knows(&second.api(), &crowd.0[SUBSCRIPTIONS - 1].1).await;
        Some(Self { first: (home, server), second: (other, second), token, crowd })
    }
}

/// How many lanes a node has.
pub(crate) async fn lanes(server: &Server) -> usize {
    let metrics = server.api().get("/metrics").send().await.unwrap().text().await.unwrap();
    let held = metrics.lines().find_map(|line| line.strip_prefix("hookledger_lanes_held "));
    held.map_or(0, |held| held.parse().unwrap())
}

/// Waits until the lanes are divided evenly among these nodes, and no others.
pub(crate) async fn share(servers: &[&Server]) {
    wait::until_within(TAKEOVER_MAX, "the lanes to be divided evenly", async || {
        let mut held = Vec::new();
        for server in servers {
            held.push(lanes(server).await);
        }
        let even = held.iter().all(|held| held.abs_diff(LANES / servers.len()) <= 1);
        (even && held.iter().sum::<usize>() == LANES).then_some(())
    })
    .await;
}

/// Waits until a node has heard of what another one was told.
pub(crate) async fn knows(api: &Api, subscription: &Subscription) {
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
    let Some(Scene { mut first, mut second, mut token, crowd }) = Scene::set().await else { return };
    let (desk, publishers) = load::staffed(second.1.api());
    let mut kills = Vec::new();
    for _ in 0..3 {
        crowd.get_more(100).await;
        first.1.kill();
        kills.push(clock::unix_micros());
        share(&[&second.1]).await;
        crowd.get_more(2 * CONCURRENCY).await;
        let again = start(&first.0, &mut token).await;
        share(&[&again, &second.1]).await;
        // The one that came back is the next to be spoken to, and the other one the next to die.
        desk.set(Phase::Open(again.api()));
        first.1 = again;
        std::mem::swap(&mut first, &mut second);
    }
    crowd.check(&desk, publishers, &kills).await;
    first.1.stop().await;
    second.1.stop().await;
}

#[tokio::test]
async fn a_node_that_freezes_beyond_its_lease_and_comes_back_repeats_no_more_than_what_was_under_way() {
    let Some(Scene { first, second, token: _, crowd }) = Scene::set().await else { return };
    let (desk, publishers) = load::staffed(second.1.api());
    crowd.get_more(100).await;
    first.1.freeze().await;
    let frozen_at = clock::unix_micros();
    share(&[&second.1]).await;
    crowd.get_more(100).await;
    first.1.thaw();
    wait::until_true("the node that froze to see that it was replaced", async || {
        first.1.output().text().contains("another node has taken over lanes")
    })
    .await;
    share(&[&first.1, &second.1]).await;
    crowd.get_more(100).await;
    crowd.check(&desk, publishers, &[frozen_at]).await;
    load::settled_deliveries(&first.1.api()).await;
    // A node that stops gives its lanes back at once.
    let arrived = crowd.one().count();
    second.1.stop().await;
    share(&[&first.1]).await;
    first.1.api().publish(load::TYPE, r#"{"number":0,"score":1.10}"#).await;
    wait::until_true("the first node to deliver alone", async || crowd.one().count() > arrived).await;
    first.1.stop().await;
}

#[tokio::test]
async fn a_live_feed_of_a_node_shows_what_another_one_delivers() {
    let Some(Scene { first, second, crowd, .. }) = Scene::set().await else { return };
    let filter = json!({ "eventType": load::TYPE, "states": ["DELIVERED"] });
    let mut client = Client::follow(&second.1, second.1.token(), &filter, 2);
    wait::until_true("two results", async || {
        first.1.api().publish(load::TYPE, r#"{"number":0,"score":1.10}"#).await;
        client.results().len() >= 2
    })
    .await;
    assert!(client.ended_well().await);
    assert!(crowd.one().count() >= 2);
    second.1.stop().await;
    first.1.stop().await;
}
