//! The validation handshake of the `CloudEvents` webhook specification, with a real endpoint.

use hookledger_tests::{Answer, Receiver, Server};
use serde_json::json;

const SELECTION: &str =
    "subscription { state verification { required state allowedRatePerMinute problemCode } }";

#[tokio::test]
async fn nothing_is_delivered_before_the_endpoint_has_agreed_and_then_at_the_rate_that_it_allows() {
    let (_home, server) = Server::start().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    api.register(["benchmark.completed"]).await;
    let input = json!({ "endpoint": receiver.url(), "eventTypes": ["*"], "verifyEndpoint": true });
    let subscription = api.subscribe(input).await;
    let event = api.publish_number("benchmark.completed", 1).await;
    let input = json!({ "id": subscription.id });

    receiver.answer_next([Answer::status(200).header("Allow", "POST")]);
    let refused = api.mutate("verifyEndpoint", "SubscriptionInput", input.clone(), SELECTION).await;
    assert_eq!((&refused["ok"], &refused["refusals"][0]["code"]), (&json!(false), &json!("no_consent")));
    let verification = &refused["subscription"]["verification"];
    assert_eq!((&verification["required"], &verification["state"]), (&json!(true), &json!("REFUSED")));
    let waiting = api.deliveries(json!({ "eventId": event.id })).await;
    assert_eq!((waiting.len(), &waiting[0]["attemptCount"]), (1, &json!(0)), "{waiting:?}");

    let consent = Answer::status(200).header("WebHook-Allowed-Origin", "hookledger");
    receiver.answer_next([consent.header("WebHook-Allowed-Rate", "600")]);
    let agreed = api.done("verifyEndpoint", "SubscriptionInput", input, SELECTION).await;
    let verification = &agreed["subscription"]["verification"];
    assert_eq!(
        (&verification["state"], &verification["allowedRatePerMinute"]),
        (&json!("AGREED"), &json!(600))
    );

    for number in 2..=4 {
        api.publish_number("benchmark.completed", number).await;
    }
    let requests = receiver.wait_for(6).await;
    let methods: Vec<_> = requests.iter().map(|request| request.method.as_str()).collect();
    assert_eq!(methods, ["OPTIONS", "OPTIONS", "POST", "POST", "POST", "POST"]);
    for request in &requests {
        assert_eq!(request.header("webhook-request-origin"), "hookledger");
    }
    // Ten in a second: four of them are three gaps of a tenth, apart from the tolerance for timers.
    let (first, last) = (requests[2].at_micros, requests[5].at_micros);
    assert!(last - first >= 3 * 100_000 - 60_000, "{} µs for four requests", last - first);
}
