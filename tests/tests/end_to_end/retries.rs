//! What happens when a receiver does not say yes: retries, dead letters, and what people can do about them.

use std::time::{Duration, UNIX_EPOCH};

use hookledger_tests::api::{Api, Subscription};
use hookledger_tests::{Answer, Home, Received, Receiver, Server, clock, wait};
use serde_json::{Value, json};
use signature::Rejection;

/// A server, a receiver, and a subscription of that receiver with these settings beside.
struct Scene {
    api: Api,
    receiver: Receiver,
    subscription: Subscription,
    _server: Server,
    _home: Home,
}

impl Scene {
    async fn set(settings: Value) -> Self {
        Self::at(Home::new(), settings).await
    }

    async fn at(home: Home, settings: Value) -> Self {
        let server = home.start().await;
        let (api, receiver) = (server.api(), Receiver::start().await);
        api.register(["retry.tested"]).await;
        let mut input = json!({ "endpoint": receiver.url(), "eventTypes": ["retry.*"] });
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let subscription = api.subscribe(input).await;
        Self { api, receiver, subscription, _server: server, _home: home }
    }

    async fn publish(&self, number: u64) {
        self.api.publish_number("retry.tested", number).await;
    }

    /// The id of the only delivery.
    async fn delivery(&self) -> String {
        let deliveries = self.deliveries(json!({}), 1).await;
        deliveries[0]["id"].as_str().unwrap().to_owned()
    }

    /// Waits until a filter selects this many deliveries.
    async fn deliveries(&self, filter: Value, count: usize) -> Vec<Value> {
        wait::until(&format!("{count} deliveries of {filter}"), async || {
            let deliveries = self.api.deliveries(filter.clone()).await;
            (deliveries.len() == count).then_some(deliveries)
        })
        .await
    }

    /// Changes the subscription.
    async fn change(&self, mutation: &str, input_type: &str, more: Value) -> Value {
        let mut input = json!({ "id": self.subscription.id });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.api.done(mutation, input_type, input, "version").await
    }

    async fn state(&self) -> Value {
        self.api.subscription(&self.subscription.id, "state").await["state"].take()
    }
}

/// Waits this many milliseconds before each retry; chance adds nothing.
fn retrying(delays_ms: &[u32]) -> Value {
    json!({ "retryPolicy": { "backoff": { "delaysMs": delays_ms }, "jitterPercent": 0 } })
}

on_each_store!(
    what_fails_is_tried_again_until_it_is_a_dead_letter_that_a_person_can_deliver,
    many_dead_letters_are_counted_first_and_then_tried_again,
    a_cancelled_delivery_is_attempted_no_more,
    a_paused_subscription_keeps_what_comes_and_delivers_it_when_resumed,
    while_a_secret_is_rotated_both_sign_and_once_revoked_the_old_one_does_not,
    an_endpoint_that_is_gone_is_disabled_and_what_comes_later_does_not_match,
);

fn at(request: &Received) -> Duration {
    Duration::from_micros(request.at_micros)
}

async fn what_fails_is_tried_again_until_it_is_a_dead_letter_that_a_person_can_deliver(home: Home) {
    let scene = Scene::at(home, retrying(&[30, 60])).await;
    scene.receiver.answer_always(Answer::status(500).body("no"));
    scene.publish(1).await;
    let id = scene.delivery().await;

    let dead = scene.api.wait_for_delivery(&id, "DEAD_LETTERED").await;
    assert_eq!((&dead["deadLetterReason"], &dead["attemptCount"]), (&json!("EXHAUSTED"), &json!(3)));
    for attempt in dead["attempts"].as_array().unwrap() {
        assert_eq!(
            (&attempt["response"]["status"], &attempt["response"]["body"]),
            (&json!(500), &json!("no"))
        );
    }
    scene.receiver.answer_always(Answer::status(204));
    scene.api.done("retryDelivery", "RetryDeliveryInput", json!({ "id": id }), "").await;
    let delivered = scene.api.wait_for_delivery(&id, "DELIVERED").await;
    assert_eq!(delivered["attempts"][3]["trigger"], "MANUAL");

    let requests = scene.receiver.requests();
    assert_eq!(requests.len(), 4, "each attempt is one request, and each request an attempt");
    assert!(at(&requests[1]) >= at(&requests[0]) + Duration::from_millis(30));
    assert!(at(&requests[2]) >= at(&requests[1]) + Duration::from_millis(60));
    for request in &requests {
        assert_eq!((request.webhook_id(), &request.body), (id.as_str(), &requests[0].body));
        request.verify(&scene.subscription.secret).unwrap();
    }
}

async fn many_dead_letters_are_counted_first_and_then_tried_again(home: Home) {
    let scene = Scene::at(home, retrying(&[])).await;
    scene.receiver.answer_always(Answer::status(503));
    for number in 0..5 {
        scene.publish(number).await;
    }
    let dead = json!({ "states": ["DEAD_LETTERED"], "statusClass": "SERVER_ERROR" });
    scene.deliveries(dead.clone(), 5).await;

    let preview = "query ($filter: DeliveryFilterInput!) { retryPreview(filter: $filter) }";
    let count = scene.api.graphql(preview, json!({ "filter": dead })).await;
    assert_eq!(count["retryPreview"], 5);
    scene.receiver.answer_always(Answer::status(200));
    let input = json!({ "filter": dead, "limit": 3 });
    let done =
        scene.api.done("retryDeliveries", "RetryDeliveriesInput", input, "matched retried remaining").await;
    assert_eq!((&done["matched"], &done["retried"], &done["remaining"]), (&json!(5), &json!(3), &json!(2)));
    scene.deliveries(json!({ "states": ["DELIVERED"] }), 3).await;
    scene.deliveries(dead, 2).await;
}

#[tokio::test]
async fn a_receiver_may_ask_for_time_in_seconds() {
    let scene = Scene::set(retrying(&[10])).await;
    scene.receiver.answer_next([Answer::status(503).header("retry-after", "2")]);
    scene.publish(1).await;
    let requests = scene.receiver.wait_for(2).await;
    assert!(at(&requests[1]) >= at(&requests[0]) + Duration::from_secs(2));
}

#[tokio::test]
async fn a_receiver_may_ask_for_time_with_a_date() {
    let scene = Scene::set(retrying(&[10])).await;
    let asked = Duration::from_secs(clock::unix_seconds() + 3);
    let date = httpdate::fmt_http_date(UNIX_EPOCH + asked);
    scene.receiver.answer_next([Answer::status(429).header("retry-after", &date)]);
    scene.publish(1).await;
    let requests = scene.receiver.wait_for(2).await;
    assert!(at(&requests[1]) >= asked, "asked for {asked:?}, came {:?}", at(&requests[1]));
}

async fn a_cancelled_delivery_is_attempted_no_more(home: Home) {
    let scene = Scene::at(home, retrying(&[300])).await;
    scene.receiver.answer_always(Answer::status(500));
    scene.publish(1).await;
    let id = scene.delivery().await;
    scene.api.wait_for_delivery(&id, "RETRYING").await;
    let input = json!({ "id": id, "note": "no longer wanted" });
    scene.api.done("cancelDelivery", "CancelDeliveryInput", input, "").await;
    let cancelled = scene.api.wait_for_delivery(&id, "CANCELLED").await;
    assert_eq!(cancelled["nextAttemptAt"], Value::Null);
    let refused =
        scene.api.refused("cancelDelivery", "CancelDeliveryInput", json!({ "id": "dlv_nonsense" })).await;
    assert_eq!(refused[0].field.as_deref(), Some("input.id"));

    // The next event is attempted after the cancelled one would have been.
    scene.publish(2).await;
    scene.receiver.wait_for(3).await;
    let again = scene.receiver.requests().iter().filter(|request| request.webhook_id() == id).count();
    assert_eq!(again, 1);
}

async fn a_paused_subscription_keeps_what_comes_and_delivers_it_when_resumed(home: Home) {
    let scene = Scene::at(home, json!({})).await;
    scene.change("pauseSubscription", "SubscriptionNoteInput", json!({ "note": "maintenance" })).await;
    for number in 0..5 {
        scene.publish(number).await;
    }
    scene.deliveries(json!({ "states": ["WAITING"] }), 5).await;
    assert_eq!((scene.state().await, scene.receiver.count()), (json!("PAUSED"), 0));

    scene.change("resumeSubscription", "SubscriptionInput", json!({})).await;
    scene.deliveries(json!({ "states": ["DELIVERED"] }), 5).await;
    assert_eq!(scene.receiver.count(), 5);
}

async fn while_a_secret_is_rotated_both_sign_and_once_revoked_the_old_one_does_not(home: Home) {
    let scene = Scene::at(home, json!({})).await;
    let old = &scene.subscription.secret;
    let version = json!({ "expectedVersion": scene.subscription.version, "overlapSeconds": 3_600, "id": scene.subscription.id });
    let selection = "secret { id secret } subscription { secrets { id } }";
    let rotated = scene.api.done("rotateSecret", "RotateSecretInput", version.clone(), selection).await;
    let new = rotated["secret"]["secret"].as_str().unwrap();
    let stale = scene.api.refused("rotateSecret", "RotateSecretInput", version).await;
    assert_eq!(stale[0].code, "stale");

    scene.publish(1).await;
    let request = scene.receiver.wait_for(1).await.remove(0);
    assert_eq!(request.header("webhook-signature").split(' ').count(), 2);
    for known in [old.as_str(), new] {
        hookledger_tests::interop::verify_everywhere(std::slice::from_ref(&request), known);
    }

    let secrets = rotated["subscription"]["secrets"].as_array().unwrap();
    let replaced = &secrets.iter().find(|secret| secret["id"] != rotated["secret"]["id"]).unwrap()["id"];
    scene.change("revokeSecret", "RevokeSecretInput", json!({ "secretId": replaced })).await;
    scene.publish(2).await;
    let request = scene.receiver.wait_for(2).await.remove(1);
    assert_eq!(request.verify(old), Err(Rejection::NoMatch));
    request.verify(new).unwrap();
}

async fn an_endpoint_that_is_gone_is_disabled_and_what_comes_later_does_not_match(home: Home) {
    let scene = Scene::at(home, json!({})).await;
    scene.receiver.answer_always(Answer::status(410));
    scene.publish(1).await;
    let id = scene.delivery().await;
    let dead = scene.api.wait_for_delivery(&id, "DEAD_LETTERED").await;
    assert_eq!((&dead["deadLetterReason"], &dead["attemptCount"]), (&json!("ENDPOINT_GONE"), &json!(1)));
    wait::until_true("the subscription to be disabled", async || scene.state().await == "DISABLED").await;

    let missed = scene.api.publish_number("retry.tested", 2).await;
    let why = "query ($event: ID!, $subscription: ID!) \
               { matchExplanation(eventId: $event, subscriptionId: $subscription) { matched verdict } }";
    let variables = json!({ "event": missed.id, "subscription": scene.subscription.id });
    let explained = scene.api.graphql(why, variables).await;
    assert_eq!(explained["matchExplanation"], json!({ "matched": false, "verdict": "DISABLED" }));

    scene.receiver.answer_always(Answer::status(204));
    scene.change("activateSubscription", "SubscriptionInput", json!({})).await;
    scene.publish(3).await;
    scene.deliveries(json!({ "states": ["DELIVERED"] }), 1).await;
    assert_eq!(scene.receiver.count(), 2, "the event that was missed stays missed");
}

#[tokio::test]
async fn a_redirect_fails_and_is_not_followed() {
    let scene = Scene::set(retrying(&[])).await;
    let elsewhere = Receiver::start().await;
    scene.receiver.answer_always(Answer::status(302).header("location", &elsewhere.url()));
    scene.publish(1).await;
    let id = scene.delivery().await;
    let dead = scene.api.wait_for_delivery(&id, "DEAD_LETTERED").await;
    assert_eq!(dead["lastStatus"], 302);
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn what_did_not_arrive_has_a_reason_in_words() {
    let scene = Scene::set(json!({ "filter": { "path": "data.number", "gt": 10 } })).await;
    let small = scene.api.publish_number("retry.tested", 7).await;
    scene.publish(11).await;
    let delivered = scene.receiver.wait_for(1).await;
    assert_eq!(delivered[0].envelope().data.get(), r#"{"number":11}"#);

    let why = "query ($event: ID!, $subscription: ID!) \
               { matchExplanation(eventId: $event, subscriptionId: $subscription) { verdict reasons } }";
    let variables = json!({ "event": small.id, "subscription": scene.subscription.id });
    let explained = scene.api.graphql(why, variables).await["matchExplanation"].take();
    assert_eq!(explained["verdict"], "FILTERED");
    let reasons = explained["reasons"].to_string();
    assert!(reasons.contains("data.number") && reasons.contains('7'), "{reasons}");
}
