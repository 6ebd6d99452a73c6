//! `analytics`, `Subscription.sparkline`.

use std::time::Duration;

use domain::Timestamp;
use serde_json::{Value, json};

use crate::support::{Server, answered, app, failed};

const SERIES: &str = "query($from: DateTime!, $to: DateTime!, $interval: AnalyticsInterval!, $subscription: ID, $type: String) { \
    analytics(from: $from, to: $to, interval: $interval, subscriptionId: $subscription, eventType: $type) { \
      from to interval total { ...counts } points { at counts { ...counts } } } } \
    fragment counts on AnalyticsCounts { published matched delivered deadLettered attempts successRate \
      answers { success redirect clientError serverError noResponse } latency { p50Ms p95Ms p99Ms maxMs } }";

/// An hour around now, in minutes.
fn around(now: Timestamp) -> Value {
    let from = Timestamp::from_micros(now.as_micros() - 30 * 60_000_000);
    json!({ "from": from.to_string(), "to": now.after(Duration::from_secs(1)).to_string(), "interval": "MINUTE" })
}

fn with(mut variables: Value, name: &str, value: impl Into<Value>) -> Value {
    variables[name] = value.into();
    variables
}

async fn refused(server: &Server, variables: Value) -> Value {
    server.ask(SERIES, variables).await["errors"][0].take()
}

async fn series(server: &Server, variables: Value) -> Value {
    server.data(SERIES, variables).await["analytics"].take()
}

/// Three events: one delivered, one that nobody answered, one that nobody wants.
async fn history(server: &Server) -> String {
    server.register(&["a", "b", "c"]).await;
    let subscription = server.subscribe(&["a", "b"]).await;
    let (good, bad) = (server.event("a", "1").await, server.event("b", "2").await);
    server.event("c", "3").await;
    answered(server, &good, &subscription, 200).await;
    failed(server, &bad, &subscription, "connect_refused").await;
    subscription
}

#[tokio::test]
async fn what_happened_is_counted_and_gaps_are_filled() {
    let server = app().await;
    history(&server).await;
    let found = series(&server, around(server.now())).await;
    assert_eq!(
        found["total"],
        json!({
            "published": 3, "matched": 2, "delivered": 1, "deadLettered": 1, "attempts": 2, "successRate": 0.5,
            "answers": { "success": 1, "redirect": 0, "clientError": 0, "serverError": 0, "noResponse": 1 },
            // 20.25 ms, but for the width of a bucket.
            "latency": { "p50Ms": 20.224, "p95Ms": 20.224, "p99Ms": 20.224, "maxMs": 20.25 },
        })
    );
    let points = found["points"].as_array().unwrap();
    assert_eq!(points.len(), 31);
    assert_eq!(points[30]["counts"], found["total"]);
    assert_eq!(points[0]["counts"]["attempts"], 0);
    assert_eq!(points[0]["counts"]["successRate"], Value::Null);
    assert_eq!((&points[0]["at"], points[0]["counts"]["latency"].is_null()), (&found["from"], true));
}

#[tokio::test]
async fn a_subscription_and_a_type_have_their_own_numbers() {
    let server = app().await;
    let subscription = history(&server).await;
    let of_type = series(&server, with(around(server.now()), "type", "b")).await;
    assert_eq!(of_type["total"]["published"], 1);
    assert_eq!(of_type["total"]["answers"]["noResponse"], 1);
    let mine = series(&server, with(around(server.now()), "subscription", subscription.as_str())).await;
    assert_eq!((&mine["total"]["published"], &mine["total"]["matched"]), (&json!(0), &json!(2)));
    let hours = with(with(around(server.now()), "interval", "HOUR"), "type", "a");
    let both = series(&server, with(hours, "subscription", subscription.as_str())).await;
    assert_eq!((&both["total"]["delivered"], &both["total"]["attempts"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn minutes_that_are_over_are_still_there_and_add_up_to_longer_buckets() {
    let server = app().await;
    history(&server).await;
    for _ in 0..7 {
        server.clock.advance(Duration::from_mins(1));
        server.event("c", "4").await;
    }
    server.settle().await;
    let minutes = series(&server, around(server.now())).await;
    let fives = series(&server, with(around(server.now()), "interval", "FIVE_MINUTES")).await;
    let days = series(&server, with(around(server.now()), "interval", "DAY")).await;
    assert_eq!(minutes["total"]["published"], 10);
    assert_eq!(minutes["total"], fives["total"]);
    assert_eq!(minutes["total"], days["total"]);
    assert_eq!(days["points"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn spans_that_make_no_sense_or_are_too_long_are_refused_with_the_bound() {
    let server = app().await;
    let now = server.now();
    let span = |from: i64, interval: &str| {
        let from = Timestamp::from_micros(now.as_micros() - from * 60_000_000);
        json!({ "from": from.to_string(), "to": now.to_string(), "interval": interval })
    };
    let too_long = refused(&server, span(1_600, "MINUTE")).await;
    assert_eq!(too_long["extensions"]["code"], "BAD_USER_INPUT");
    assert!(too_long["message"].as_str().unwrap().contains("1500"), "{too_long}");
    server.data(SERIES, span(1_600, "HOUR")).await;
    let backwards = refused(&server, span(-5, "HOUR")).await;
    assert!(backwards["message"].as_str().unwrap().contains("before"), "{backwards}");
    let ages = json!({ "from": "1970-01-01T00:00:00Z", "to": "9999-01-01T00:00:00Z", "interval": "DAY" });
    refused(&server, ages).await;
    let both = with(with(span(5, "MINUTE"), "type", "a"), "subscription", "sub_01h2xcejqtf2nbrexx3vqjhp41");
    assert!(refused(&server, both).await["message"].as_str().unwrap().contains("hours and days"));
}

#[tokio::test]
async fn another_tenant_sees_nothing_of_it() {
    let server = app().await;
    let subscription = history(&server).await;
    let (_, other) = server.other_tenant().await;
    let mut variables = around(server.now());
    variables["subscription"] = subscription.into();
    let found = server.ask_as(&other, SERIES, variables).await["data"]["analytics"].take();
    assert_eq!(found["total"]["matched"], 0);
    let found = server.ask_as(&other, SERIES, around(server.now())).await["data"]["analytics"].take();
    assert_eq!((&found["total"]["published"], &found["total"]["attempts"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn each_subscription_of_a_list_has_its_sparkline() {
    let server = app().await;
    let subscription = history(&server).await;
    let idle = server.subscribe(&["z"]).await;
    server.settle().await;
    let all =
        server.data("{ subscriptions { nodes { id sparkline { at delivered failed } } } }", json!({})).await;
    let nodes = all["subscriptions"]["nodes"].as_array().unwrap();
    assert_eq!((&nodes[0]["id"], &nodes[1]["id"]), (&json!(idle), &json!(subscription)));
    let last = |node: &Value| {
        let points = node["sparkline"].as_array().unwrap();
        assert_eq!(points.len(), 24);
        (points[23]["delivered"].clone(), points[23]["failed"].clone())
    };
    assert_eq!(last(&nodes[0]), (json!(0), json!(0)));
    assert_eq!(last(&nodes[1]), (json!(1), json!(1)));
}
