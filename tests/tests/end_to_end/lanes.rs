//! Lanes that move between nodes in order: nothing is sent twice, and what a subscription allows holds over all nodes.

use std::time::Duration;

use hookledger_tests::api::{Api, Subscription};
use hookledger_tests::{Home, Receiver, wait};
use serde_json::json;
use test_postgres::Version;

use super::load;
use super::nodes::{Crowd, knows, share, start};

#[tokio::test]
async fn nodes_that_join_and_leave_get_an_even_share_and_nothing_is_sent_twice() {
    join_and_leave(Version::Eighteen).await;
}

#[tokio::test]
async fn nodes_that_join_and_leave_do_so_on_the_oldest_postgres_too() {
    join_and_leave(Version::Fifteen).await;
}

async fn join_and_leave(version: Version) {
    let Some(home) = Home::in_database_of(version).await else { return };
    let mut token = None;
    let one = start(&home, &mut token).await;
    let crowd = Crowd::subscribed(&one.api()).await;
    share(&[&one]).await;
    let (desk, publishers) = load::staffed(one.api());
    crowd.get_more(50).await;
    let (other_home, third_home) = (home.beside(), home.beside());
    let other = start(&other_home, &mut token).await;
    share(&[&one, &other]).await;
    crowd.get_more(50).await;
    let third = start(&third_home, &mut token).await;
    share(&[&one, &other, &third]).await;
    crowd.get_more(50).await;
    desk.set(load::Phase::Open(third.api()));
    one.stop().await;
    share(&[&other, &third]).await;
    crowd.get_more(50).await;
    let one = start(&home, &mut token).await;
    share(&[&one, &other, &third]).await;
    other.stop().await;
    share(&[&one, &third]).await;
    crowd.get_more(50).await;
    crowd.check(&desk, publishers, &[]).await;
    one.stop().await;
    third.stop().await;
}

/// How many events are published at once, and so how many wait for each subscription.
const EVENTS: usize = 400;
/// What a subscription allows in a second.
const RATE: usize = 40;
/// How many more may arrive in a second, since not all take the same time on the way: far from what two nodes would send.
const UNEVEN: usize = RATE / 4;
/// How long an answer of a receiver takes that allows one request at a time.
const ANSWER: Duration = Duration::from_millis(25);

async fn limited(api: &Api, limits: serde_json::Value) -> (Receiver, Subscription) {
    let receiver = Receiver::start().await;
    receiver.answer_slowly(ANSWER);
    let wish = json!({ "endpoint": receiver.url(), "eventTypes": [load::TYPE], "limits": limits });
    let subscription = api.subscribe(wish).await;
    (receiver, subscription)
}

/// When requests arrived, in microseconds, in order.
fn arrivals(receiver: &Receiver) -> Vec<u64> {
    let mut arrivals: Vec<_> = receiver.requests().iter().map(|request| request.at_micros).collect();
    arrivals.sort_unstable();
    arrivals
}

#[tokio::test]
async fn the_limits_of_a_subscription_hold_while_its_lane_moves() {
    let Some(home) = Home::in_database().await else { return };
    let mut token = None;
    let one = start(&home, &mut token).await;
    let api = one.api();
    api.register([load::TYPE]).await;
    let (mut single, mut rated) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        single.push(limited(&api, json!({ "concurrency": 1 })).await);
        rated.push(limited(&api, json!({ "ratePerSecond": RATE })).await);
    }
    share(&[&one]).await;
    let all = || single.iter().chain(&rated).map(|(receiver, _)| receiver);
    let get_more = async |requests: usize| {
        let before: Vec<_> = all().map(Receiver::count).collect();
        wait::until_true("every receiver to get more", async || {
            let enough =
                |(receiver, before): (&Receiver, &usize)| receiver.count() >= (before + requests).min(EVENTS);
            all().zip(&before).all(enough)
        })
        .await;
    };
    for number in 0..EVENTS {
        let data = format!(r#"{{"number":{number},"score":1.10}}"#);
        api.publish(load::TYPE, &data).await;
    }
    get_more(10).await;
    // Every lane moves: half of them to the second node, all others when the first one stops, and all back in the end.
    let other_home = home.beside();
    let other = start(&other_home, &mut token).await;
    share(&[&one, &other]).await;
    get_more(10).await;
    one.stop().await;
    share(&[&other]).await;
    get_more(10).await;
    let one = start(&home, &mut token).await;
    share(&[&one, &other]).await;
    knows(&one.api(), &rated[0].1).await;
    get_more(10).await;
    other.kill();
    share(&[&one]).await;
    wait::until_true("everything to arrive", async || {
        all().all(|receiver| receiver.webhook_ids().len() > EVENTS)
    })
    .await;
    for (receiver, _) in &single {
        let arrivals = arrivals(receiver);
        let between = arrivals.windows(2).map(|pair| u128::from(pair[1] - pair[0])).min().unwrap();
        assert!(
            between >= ANSWER.as_micros(),
            "a request came {between} us after another, which was not answered"
        );
    }
    for (receiver, _) in &rated {
        let arrivals = arrivals(receiver);
        for (place, start) in arrivals.iter().enumerate() {
            let within = arrivals[place..].iter().take_while(|at| **at - start < 1_000_000).count();
            assert!(within <= RATE + UNEVEN, "{within} requests came within a second");
        }
    }
    one.stop().await;
}
