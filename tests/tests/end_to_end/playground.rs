//! Trying it out without a receiver of one's own: inboxes in the server, previews, tests, and bulk actions over a restart.

use hookledger_tests::api::Api;
use hookledger_tests::{Home, Server, wait};
use serde_json::{Value, json};

use crate::hostile_receivers::{HOST, Receivers};

async fn inbox(api: &Api, responses: Value) -> (String, String) {
    let made = api
        .done("createInbox", "CreateInboxInput", json!({ "responses": responses }), "inbox { id url }")
        .await;
    let text = |name: &str| made["inbox"][name].as_str().unwrap().to_owned();
    (text("id"), text("url"))
}

async fn requests(api: &Api, id: &str) -> Vec<Value> {
    let look = "query($id: ID!) { inbox(id: $id) { requests { number bodyText headers { name value } deliveryId \
        signature { verdict message } response { status } } } }";
    let found = api.graphql(look, json!({ "id": id })).await;
    found["inbox"]["requests"].as_array().unwrap().clone()
}

#[tokio::test]
async fn three_steps_lead_an_empty_system_to_a_verified_arrival_by_the_public_api_alone() {
    let (_home, server) = Server::start().await;
    let api = server.api();
    let (id, url) = inbox(&api, json!([{ "status": 200 }])).await;
    let subscription = api.subscribe(json!({ "endpoint": url, "eventTypes": ["benchmark.*"] })).await;

    let sample = r#"{ eventType(name: "benchmark.completed") { atVersion { number sample } } }"#;
    let sample = api.graphql(sample, json!({})).await["eventType"]["atVersion"].take();
    let guide = include_str!("../../../docs/guides/playground.md");
    let written = format!(r#"{{ type: "benchmark.completed", version: {}, dataText:"#, sample["number"]);
    assert!(guide.contains(&written), "the guide publishes the sample under its version");
    let event = json!({
        "type": "benchmark.completed", "version": sample["number"], "dataText": sample["sample"].to_string(),
    });
    let published =
        api.done("publishEvents", "PublishEventsInput", json!({ "events": [event] }), "events { id }").await;

    let arrived = wait::until("the sample at the inbox", async || requests(&api, &id).await.pop()).await;
    assert_eq!(arrived["signature"]["verdict"], "VALID", "{arrived:#}");
    let body: Value = serde_json::from_str(arrived["bodyText"].as_str().unwrap()).unwrap();
    assert_eq!(body["id"], published["events"][0]["id"]);
    assert_eq!(body["data"], sample["sample"]);
    let delivery = api.wait_for_delivery(arrived["deliveryId"].as_str().unwrap(), "DELIVERED").await;
    assert_eq!(delivery["subscriptionId"], subscription.id);
}

#[tokio::test]
async fn a_delivery_to_an_inbox_is_real_signed_and_retried_as_the_inbox_answers() {
    let (_home, server) = Server::start().await;
    let api = server.api();
    api.register(["benchmark.completed"]).await;
    let (id, url) = inbox(&api, json!([{ "status": 503, "times": 1 }, { "status": 200 }])).await;
    api.subscribe(json!({
        "endpoint": url,
        "eventTypes": ["benchmark.*"],
        "retryPolicy": { "backoff": { "delaysMs": [10, 10] } },
    }))
    .await;
    api.publish("benchmark.completed", r#"{"score":0.5}"#).await;
    let arrived = wait::until("two requests at the inbox", async || {
        Some(requests(&api, &id).await).filter(|arrived| arrived.len() == 2)
    })
    .await;
    let statuses: Vec<_> = arrived.iter().map(|request| &request["response"]["status"]).collect();
    assert_eq!(statuses, [200, 503], "newest first");
    for request in &arrived {
        assert_eq!(request["signature"]["verdict"], "VALID", "{request:#}");
        assert!(request["bodyText"].as_str().unwrap().contains(r#""data":{"score":0.5}"#), "{request:#}");
    }
    let delivery = arrived[0]["deliveryId"].as_str().unwrap();
    api.wait_for_delivery(delivery, "DELIVERED").await;
}

#[tokio::test]
async fn an_inbox_opens_no_way_to_this_machine() {
    let (_home, server) = Server::start().await;
    let api = server.api();
    for endpoint in [
        "https://inbox.hookledger.internal/inb_00000000000000000000000000000000",
        "https://inbox.hookledger.internal:8443/x",
        "http://inbox.hookledger.internal//x",
    ] {
        let input = json!({ "endpoint": endpoint, "eventTypes": ["a"] });
        let refused = api.refused("createSubscription", "CreateSubscriptionInput", input).await;
        assert!(!refused.is_empty(), "{endpoint}");
    }
}

#[tokio::test]
async fn a_test_is_what_the_preview_showed_is_signed_and_is_counted_nowhere() {
    let (_home, server) = Server::start().await;
    let api = server.api();
    let (id, url) = inbox(&api, json!([{ "status": 500 }])).await;
    let subscription = api.subscribe(json!({ "endpoint": url, "eventTypes": ["a"] })).await;
    let input = json!({
        "event": { "type": "a", "dataText": r#"{"n":1.0}"# },
        "target": { "subscriptionId": subscription.id },
    });
    let preview = "query($input: TestInput!) { previewDelivery(input: $input) { ok matched url bodyText headers { name value } } }";
    let shown = api.graphql(preview, json!({ "input": input })).await["previewDelivery"].take();
    assert_eq!((&shown["matched"], &shown["url"]), (&json!(true), &json!(url)));
    assert!(shown["bodyText"].as_str().unwrap().contains(r#""data":{"n":1.0}"#));
    let names: Vec<_> = shown["headers"].as_array().unwrap().iter().map(|header| &header["name"]).collect();
    assert!(names.contains(&&json!("webhook-signature")), "{names:?}");
    assert!(requests(&api, &id).await.is_empty(), "a preview sends nothing");

    let fields = "test { id attempt { trigger response { status } } connection { kind ok } subscriptionId }";
    let sent = api.done("sendTest", "TestInput", input, fields).await;
    let test = &sent["test"];
    assert_eq!(
        (&test["attempt"]["trigger"], &test["attempt"]["response"]["status"]),
        (&json!("TEST"), &json!(500))
    );
    assert_eq!(
        test["connection"].as_array().unwrap().last().unwrap(),
        &json!({ "kind": "RESPONSE", "ok": true })
    );
    let arrived = requests(&api, &id).await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(
        (&arrived[0]["signature"]["verdict"], &arrived[0]["deliveryId"]),
        (&json!("VALID"), &Value::Null)
    );
    let counted = "query($id: ID!) { subscription(id: $id) { failedAttemptCount failingSince lastAttempt { at } } \
        overview { lastHour { attempts } deadLetters { count } } deliveries { nodes { id } } tests { nodes { id } } }";
    let counted = api.graphql(counted, json!({ "id": subscription.id })).await;
    assert_eq!(
        counted["subscription"],
        json!({ "failedAttemptCount": 0, "failingSince": null, "lastAttempt": null })
    );
    assert_eq!(counted["overview"]["lastHour"]["attempts"], 0);
    assert_eq!(counted["deliveries"]["nodes"], json!([]));
    assert_eq!(counted["tests"]["nodes"], json!([{ "id": test["id"] }]));
}

#[tokio::test]
async fn a_preview_is_cast_and_formed_as_the_delivery_is() {
    let (_home, server) = Server::start().await;
    let api = server.api();
    let (id, url) = inbox(&api, json!([{ "status": 200 }])).await;
    let sample = r#"{ eventType(name: "benchmark.completed") { atVersion(number: 1) { sample } } }"#;
    let sample = api.graphql(sample, json!({})).await["eventType"]["atVersion"]["sample"].to_string();
    let event = json!({ "type": "benchmark.completed", "version": 1, "dataText": sample });
    let draft = json!({ "endpoint": url, "eventTypes": ["benchmark.*"], "format": "CLOUDEVENTS_STRUCTURED" });
    let subscription = api.subscribe(draft.clone()).await;
    let preview =
        "query($input: TestInput!) { previewDelivery(input: $input) { ok verdict seenVersion bodyText } }";
    api.done("publishEvents", "PublishEventsInput", json!({ "events": [event] }), "").await;
    let arrived = wait::until("the delivery", async || requests(&api, &id).await.pop()).await;
    let arrived: Value = serde_json::from_str(arrived["bodyText"].as_str().unwrap()).unwrap();
    for target in [json!({ "draft": draft }), json!({ "subscriptionId": subscription.id })] {
        let input = json!({ "event": event, "target": target });
        let shown = api.graphql(preview, json!({ "input": input })).await["previewDelivery"].take();
        assert_eq!((&shown["verdict"], &shown["seenVersion"]), (&json!("MATCHED"), &json!(3)), "{shown:#}");
        let shown: Value = serde_json::from_str(shown["bodyText"].as_str().unwrap()).unwrap();
        assert_eq!(shown["specversion"], "1.0");
        for (name, value) in arrived.as_object().unwrap() {
            let own = ["id", "time", "hookledgerid"].contains(&name.as_str());
            assert_eq!(&shown[name] == value, !own, "{name}");
        }
    }
    let unknown = json!({ "type": "benchmark.completed", "version": 9, "dataText": "{}" });
    let pinned = json!({ "endpoint": url, "eventTypes": ["benchmark.completed@2"] });
    let input = json!({ "event": unknown, "target": { "draft": pinned } });
    let preview =
        "query($input: TestInput!) { previewDelivery(input: $input) { ok matched notCastable bodyText } }";
    let shown = api.graphql(preview, json!({ "input": input })).await["previewDelivery"].take();
    assert!(shown["notCastable"].is_string() && shown["bodyText"].is_null(), "{shown:#}");
    let refused = api.refused("sendTest", "TestInput", input).await;
    assert_eq!(refused[0].code, "not_castable");
}

#[tokio::test]
async fn a_test_tells_at_which_step_a_connection_failed() {
    let (_home, server) = Server::start().await;
    let api = server.api();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let input = json!({
        "event": { "type": "a", "dataText": "{}" },
        "target": { "draft": { "endpoint": format!("http://{closed}/"), "eventTypes": ["a"] } },
    });
    let fields = "test { subscriptionId attempt { failure { class } } connection { kind ok } }";
    let sent = api.done("sendTest", "TestInput", input, fields).await;
    assert_eq!(sent["test"]["attempt"]["failure"]["class"], "connect_refused");
    let steps = sent["test"]["connection"].as_array().unwrap();
    assert_eq!(steps.last().unwrap(), &json!({ "kind": "TCP", "ok": false }), "{steps:?}");
    assert_eq!(sent["test"]["subscriptionId"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_tells_the_version_of_tls_and_what_the_certificate_says() {
    let home = Home::new();
    let receivers = Receivers::start(|behaviour| {
        ["has an endless encrypted body", "has an expired certificate"].contains(&behaviour.name)
    })
    .await;
    let authority = home.path().join("authority.pem");
    std::fs::write(&authority, &receivers.authority_pem).unwrap();
    let config = home.path().join("playground.toml");
    std::fs::write(&config, format!("[egress]\nextra_ca_file = {authority:?}\n")).unwrap();
    let server = home.start_with(&["--config", config.to_str().unwrap()]).await;
    let api = server.api();
    let mut found = Vec::new();
    for receiver in &receivers.all {
        let endpoint = receiver.url().replace(HOST, "127.0.0.1");
        let input = json!({
            "event": { "type": "a", "dataText": "{}" },
            "target": { "draft": { "endpoint": endpoint, "eventTypes": ["a"] } },
        });
        let fields = "test { attempt { response { status } failure { class } } connection { kind ok detail tlsVersion \
            certificate { subject issuer notBefore notAfter names selfIssued } } }";
        let test = api.done("sendTest", "TestInput", input, fields).await["test"].take();
        let tls = test["connection"].as_array().unwrap().iter().find(|step| step["kind"] == "TLS").unwrap();
        found.push((receiver.behaviour.name, tls.clone(), test["attempt"].clone()));
    }
    assert_eq!(found.len(), 2, "a behaviour has another name now");
    for (name, tls, attempt) in found {
        if name == "has an expired certificate" {
            assert_eq!((&tls["ok"], &tls["certificate"]), (&json!(false), &Value::Null), "{tls:#}");
            assert_eq!(attempt["failure"]["class"], "tls_certificate_expired");
            assert!(tls["detail"].as_str().unwrap().contains("expired"), "{tls:#}");
            continue;
        }
        assert_eq!((&tls["ok"], &tls["tlsVersion"]), (&json!(true), &json!("1.3")), "{tls:#}");
        let certificate = &tls["certificate"];
        assert_eq!(certificate["issuer"], "CN=authority of the tests");
        assert!(certificate["notAfter"].as_str().unwrap() > certificate["notBefore"].as_str().unwrap());
        assert_eq!(certificate["selfIssued"], false);
        let names = certificate["names"].as_array().unwrap();
        assert!(names.contains(&json!(HOST)) && names.contains(&json!("127.0.0.1")), "{names:?}");
    }
}

#[tokio::test]
async fn a_bulk_action_goes_on_after_the_process_was_killed_until_everything_is_dealt_with() {
    const EVENTS: usize = 3_000;
    let home = Home::new();
    let server = home.start().await;
    let (api, token) = (server.api(), server.token().to_owned());
    api.register(["a"]).await;
    let subscription =
        api.subscribe(json!({ "endpoint": "https://example.com/", "eventTypes": ["a"] })).await;
    api.done("pauseSubscription", "SubscriptionNoteInput", json!({ "id": subscription.id }), "").await;
    for _ in 0..EVENTS / 1_000 {
        let events = vec![r#"{"type":"a","data":1}"#; 1_000].join(",");
        api.publish_body(&format!("[{events}]")).await.unwrap();
    }
    let state =
        "query($state: DeliveryState!) { deliveries(filter: { states: [$state] }) { totalCount { count } } }";
    let count = async |api: &Api, wanted: &str| {
        api.graphql(state, json!({ "state": wanted })).await["deliveries"]["totalCount"]["count"].clone()
    };
    wait::until_true("everything to wait", async || count(&api, "WAITING").await == EVENTS).await;

    let input =
        json!({ "kind": "CANCEL", "filter": { "states": ["WAITING"] }, "note": "not wanted any more" });
    let started = api.done("startBulkAction", "StartBulkActionInput", input, "bulkAction { id }").await;
    server.kill();
    assert_eq!(ended_actions(&home), 0, "it had ended before the process was killed, so this shows nothing");
    let server = home.restart(&token).await;
    let api = server.api();
    let look = "query($id: ID!) { bulkAction(id: $id) { state lookedAt changed skipped endedAt } }";
    let ended = wait::until("the end of the bulk action", async || {
        let found = api.graphql(look, json!({ "id": started["bulkAction"]["id"] })).await;
        Some(found["bulkAction"].clone()).filter(|action| action["state"] == "COMPLETED")
    })
    .await;
    assert_eq!(ended["lookedAt"], EVENTS);
    // Those of the page that was under way when the process was killed are found as they were left.
    assert_eq!(ended["changed"].as_u64().unwrap() + ended["skipped"].as_u64().unwrap(), EVENTS as u64);
    assert_eq!((count(&api, "WAITING").await, count(&api, "CANCELLED").await), (json!(0), json!(EVENTS)));
}

/// How many bulk actions have come to their end, by the ledger of a server that does not run.
fn ended_actions(home: &Home) -> i64 {
    let ledger = rusqlite::Connection::open(home.data().join("ledger.db")).unwrap();
    let ended = "SELECT count(*) FROM records WHERE event_type = 'bulk_action.completed'";
    ledger.query_row(ended, [], |row| row.get(0)).unwrap()
}
