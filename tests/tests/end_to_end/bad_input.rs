//! A tour of refusals over the wire: typed, with a reason, with nothing recorded; and of odd JSON, which is no refusal.

use hookledger_tests::api::Api;
use hookledger_tests::{Receiver, Server, http_client, interop};
use serde_json::{Value, json};

/// An event of a type that is registered and that nobody wants: publishing it moves the ledger by one position.
const GOOD: &str = r#"{"type":"tour.taken","data":1}"#;

async fn server() -> (hookledger_tests::Home, Server, Api) {
    let (home, server) = Server::start().await;
    let api = server.api();
    api.register(["tour.taken"]).await;
    (home, server, api)
}

async fn head(api: &Api) -> u64 {
    api.publish_body(GOOD).await.unwrap()[0].position
}

#[tokio::test]
async fn what_is_not_an_event_is_refused_by_kind_and_place_and_leaves_no_trace() {
    let (_home, _server, api) = server().await;
    let event = |members: &str| format!(r#"{{"type":"tour.taken","data":1,{members}}}"#);
    let too_long = format!(r#"{{"type":"tour.taken","data":"{}"}}"#, "x".repeat(300 * 1024));
    let too_many = format!("[{}]", vec![GOOD; 1_001].join(","));
    let refusals = [
        ("", 400, "malformed-json", ""),
        ("{", 400, "malformed-json", ""),
        (r#"{"type":"tour.taken","data":1}}"#, 400, "malformed-json", ""),
        (r#"{"type":"tour.taken","data":NaN}"#, 400, "malformed-json", ""),
        ("7", 422, "invalid-event", ""),
        ("[7]", 422, "invalid-event", "/0"),
        (r#"{"data":1}"#, 422, "invalid-event", "/type"),
        (r#"{"type":"tour.taken"}"#, 422, "invalid-event", "/data"),
        (r#"{"type":"Tour.Taken","data":1}"#, 422, "invalid-event", "/type"),
        (r#"{"type":7,"data":1}"#, 422, "invalid-event", "/type"),
        (&event(r#""version":0"#), 422, "invalid-event", "/version"),
        (&event(r#""time":"yesterday""#), 422, "invalid-event", "/time"),
        (&event(r#""metadata":[]"#), 422, "invalid-event", "/metadata"),
        (&event(r#""colour":"red""#), 422, "invalid-event", "/colour"),
        (&format!(r#"[{GOOD},{{"type":"tour.missed","data":1}}]"#), 422, "unknown-event-type", "/1/type"),
        (&too_long, 413, "body-too-large", "/data"),
        (&too_many, 413, "body-too-large", ""),
    ];
    let before = head(&api).await;
    for (body, status, kind, place) in refusals {
        let shown = &body[..body.len().min(80)];
        let problem = api.publish_body(body).await.expect_err(shown);
        assert_eq!(
            (problem.status, problem.kind.as_str()),
            (status, format!("/problems/{kind}").as_str()),
            "{shown}"
        );
        assert!(!problem.detail.is_empty(), "{shown}");
        let places = problem.errors.iter().map(|flaw| flaw.pointer.as_str()).collect::<Vec<_>>();
        assert!(place.is_empty() || places.contains(&place), "{shown}: {places:?}");
    }
    assert_eq!(head(&api).await, before + 1, "nothing was recorded in between");
}

#[tokio::test]
async fn an_id_means_one_thing_only() {
    let (_home, _server, api) = server().await;
    let keyed = |data: u32| format!(r#"{{"type":"tour.taken","source":"/t","id":"ticket-1","data":{data}}}"#);
    let first = api.publish_body(&keyed(1)).await.unwrap().remove(0);
    let again = api.publish_body(&keyed(1)).await.unwrap().remove(0);
    assert_eq!((again.id, again.position, again.duplicate), (first.id, first.position, true));
    let problem = api.publish_body(&keyed(2)).await.unwrap_err();
    assert_eq!((problem.status, problem.kind.as_str()), (422, "/problems/key-reused"));
}

#[tokio::test]
async fn callers_without_a_good_key_learn_nothing() {
    let (_home, server, api) = server().await;
    let unknown = format!("hk_{}", "A".repeat(43));
    for token in ["hk_short", &unknown, "nonsense"] {
        let problem = api.with_token(token).publish_body(GOOD).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (401, "/problems/unauthenticated"), "{token}");
    }
    let bare = http_client().post(api.url("/v1/events")).body(GOOD).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    let plain = http_client().post(api.url("/v1/events")).bearer_auth(server.token()).body(GOOD);
    assert_eq!(plain.header("content-type", "text/plain").send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn odd_json_arrives_as_it_was_sent() {
    let (_home, _server, api) = server().await;
    let receiver = Receiver::start().await;
    api.register(["odd.json"]).await;
    let subscription = api.subscribe(json!({ "endpoint": receiver.url(), "eventTypes": ["odd.json"] })).await;
    let odd = [
        "12345678901234567890.123456789",
        "1.10",
        "-0.0",
        "1E999",
        r#"{"b":1,"a":2,"b":3}"#,
        r#"{ "spaces" :  [ 1 ,2 ] }"#,
        "\"\u{2028}\u{2029} 🦀 é e\u{301}\"",
        r#""\u0000\ud83e\udd80\/""#,
        r#"{"":null}"#,
        "null",
    ];
    for data in odd {
        api.publish("odd.json", data).await;
    }
    let requests = receiver.wait_for(odd.len()).await;
    let mut arrived: Vec<_> =
        requests.iter().map(|request| request.envelope().data.get().to_owned()).collect();
    let mut sent = odd.map(str::to_owned).to_vec();
    arrived.sort();
    sent.sort();
    assert_eq!(arrived, sent);
    interop::verify_everywhere(&requests, &subscription.secret);
}

#[tokio::test]
async fn subscriptions_that_cannot_be_are_refused_by_field() {
    let (_home, _server, api) = server().await;
    let refusals = [
        (json!({ "endpoint": "not a url" }), "input.endpoint"),
        (json!({ "endpoint": "https://user:pass@example.com/" }), "input.endpoint"),
        (json!({ "endpoint": "ftp://example.com/" }), "input.endpoint"),
        (json!({ "endpoint": "https://example.com/#part" }), "input.endpoint"),
        (json!({ "endpoint": "https://example.com:22/" }), "input.endpoint"),
        (json!({ "endpoint": "https://10.0.0.1/" }), "input.endpoint"),
        (json!({ "endpoint": "https://0x0a000001/" }), "input.endpoint"),
        (json!({ "endpoint": "https://167772161/" }), "input.endpoint"),
        (json!({ "endpoint": "http://169.254.169.254/latest/meta-data/" }), "input.endpoint"),
        (json!({ "endpoint": "https://[::ffff:10.0.0.1]/" }), "input.endpoint"),
        (json!({ "endpoint": "https://[64:ff9b::a00:1]/" }), "input.endpoint"),
        (json!({ "endpoint": "https://[fd00::1]/" }), "input.endpoint"),
        (json!({ "eventTypes": [] }), "input.eventTypes"),
        (json!({ "eventTypes": ["Benchmark.*"] }), "input.eventTypes.0"),
        (json!({ "filter": { "path": "data.x", "matches": "(" } }), "input.filter"),
        (json!({ "filter": { "unknown": 1 } }), "input.filter"),
        (json!({ "headers": [{ "name": "webhook-signature", "value": "forged" }] }), "input.headers"),
        (json!({ "headers": [{ "name": "Host", "value": "elsewhere" }] }), "input.headers"),
        (json!({ "headers": [{ "name": "x-split", "value": "a\r\nb: c" }] }), "input.headers"),
        (json!({ "secret": { "own": "whsec_c2hvcnQ=" } }), "input.secret"),
        (json!({ "secret": { "own": "correct horse battery staple" } }), "input.secret"),
        (json!({ "retryPolicy": { "attemptsMax": 0 } }), "input.retryPolicy"),
        (json!({ "limits": { "concurrency": 1_000_000 } }), "input.limits"),
    ];
    let before = head(&api).await;
    for (change, place) in refusals {
        let mut input = json!({ "endpoint": "https://example.com/hooks", "eventTypes": ["tour.*"] });
        let Value::Object(changes) = &change else { unreachable!("changes are objects") };
        input.as_object_mut().unwrap().extend(changes.clone());
        let refused = api.refused("createSubscription", "CreateSubscriptionInput", input).await;
        let fields: Vec<_> = refused.iter().filter_map(|refusal| refusal.field.as_deref()).collect();
        assert!(fields.iter().any(|field| field.starts_with(place)), "{change}: {refused:?}");
        assert!(refused.iter().all(|refusal| !refusal.message.is_empty()));
    }
    assert_eq!(head(&api).await, before + 1, "nothing was recorded in between");
}
