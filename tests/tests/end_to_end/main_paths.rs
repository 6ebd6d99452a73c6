//! The ways that most callers go, wherever the records are kept.

use hookledger_tests::{Answer, Home, Receiver, clock, http_client, interop};
use serde_json::{Value, json};

on_each_store!(
    a_published_event_arrives_signed_and_its_repeat_under_the_same_key_does_not,
    a_session_of_the_console_sees_and_does_what_its_key_may,
    what_one_start_made_the_next_one_goes_on_with,
);

/// What publishing this body under this key is answered with.
async fn publish_under(api: &hookledger_tests::api::Api, key: &str, body: &str) -> Value {
    let answer = api.post("/v1/events", body.to_owned()).header("idempotency-key", key).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    answer.json().await.unwrap()
}

async fn a_published_event_arrives_signed_and_its_repeat_under_the_same_key_does_not(home: Home) {
    let (server, receiver) = (home.start().await, Receiver::start().await);
    let api = server.api();
    api.register(["path.taken"]).await;
    let subscription = api.subscribe(json!({ "endpoint": receiver.url(), "eventTypes": ["path.*"] })).await;
    let body = |number: u64| {
        format!(r#"[{{"type":"path.taken","source":"/p","data":{{"number":{number},"score":1.10}}}}]"#)
    };
    let first = publish_under(&api, "key-1", &body(1)).await;
    let again = publish_under(&api, "key-1", &body(1)).await;
    let (first, again) = (&first["events"][0], &again["events"][0]);
    assert_eq!((&first["id"], &first["position"]), (&again["id"], &again["position"]));
    assert_eq!((&first["duplicate"], &again["duplicate"]), (&json!(false), &json!(true)));
    publish_under(&api, "key-2", &body(2)).await;

    let requests = receiver.wait_for(2).await;
    let mut data: Vec<_> = requests.iter().map(|request| request.envelope().data.get().to_owned()).collect();
    data.sort();
    assert_eq!(data, [r#"{"number":1,"score":1.10}"#, r#"{"number":2,"score":1.10}"#]);
    interop::verify_everywhere(&requests, &subscription.secret);
    for request in &requests {
        let delivery = api.wait_for_delivery(request.webhook_id(), "DELIVERED").await;
        assert_eq!(delivery["attempts"].as_array().unwrap().len(), 1);
    }
    assert_eq!(receiver.count(), 2);
}

async fn a_session_of_the_console_sees_and_does_what_its_key_may(home: Home) {
    let server = home.start().await;
    let (client, base) = (http_client(), server.address());
    let link = server.output().wait_for_word("the link", |word| word.contains("#ticket=")).await;
    let ticket = link.split_once("#ticket=").unwrap().1;
    let signing_in = client.post(format!("{base}/session")).header("origin", base);
    let signed_in = signing_in.json(&json!({ "ticket": ticket })).send().await.unwrap();
    assert!(signed_in.status().is_success());
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();

    let ask = async |document: &str, variables: Value| -> Value {
        let request = client.post(format!("{base}/graphql")).header("origin", base).header("cookie", &cookie);
        let body = json!({ "query": document, "variables": variables });
        request.json(&body).send().await.unwrap().json().await.unwrap()
    };
    let made = ask(
        "mutation ($input: RegisterEventTypeInput!) { registerEventType(input: $input) { ok } }",
        json!({ "input": { "name": "console.used" } }),
    )
    .await;
    assert_eq!(made["data"]["registerEventType"]["ok"], true, "{made}");
    server.api().publish("console.used", "1").await;
    let seen = ask(
        "query ($head: Position) { events(minPosition: $head) { nodes { type } } service { head } }",
        json!({ "head": server.api().graphql("{ service { head } }", json!({})).await["service"]["head"] }),
    )
    .await;
    assert_eq!(seen["data"]["events"]["nodes"][0]["type"], "console.used", "{seen}");
}

async fn what_one_start_made_the_next_one_goes_on_with(home: Home) {
    let (server, receiver) = (home.start().await, Receiver::start().await);
    let (api, token) = (server.api(), server.token().to_owned());
    api.register(["restart.tested"]).await;
    let settings = json!({
        "endpoint": receiver.url(),
        "eventTypes": ["restart.*"],
        "retryPolicy": { "backoff": { "delaysMs": [1_500] }, "jitterPercent": 0 },
    });
    let subscription = api.subscribe(settings).await;
    receiver.answer_next([Answer::status(500)]);
    let published_at = clock::unix_micros();
    api.publish_number("restart.tested", 1).await;
    let first = receiver.wait_for(1).await.remove(0);
    api.wait_for_delivery(first.webhook_id(), "RETRYING").await;
    server.stop().await;

    let server = home.restart(&token).await;
    let second = receiver.wait_for(2).await.remove(1);
    second.verify(&subscription.secret).unwrap();
    assert_eq!(second.webhook_id(), first.webhook_id());
    assert!(second.at_micros >= published_at + 1_500_000);
    let delivered = server.api().wait_for_delivery(first.webhook_id(), "DELIVERED").await;
    assert_eq!(delivered["attemptCount"], 2);
    server.stop().await;
}
