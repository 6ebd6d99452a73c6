//! `createSubscription`.

use serde_json::{Value, json};

use crate::support::{Server, app, app_with};

const CREATE: &str = "mutation($input: CreateSubscriptionInput!) { createSubscription(input: $input) { \
    ok version position secret { id scheme secret publicKey } refusals { code message field pointer } \
    subscription { id state endpoint eventTypes filter headerNames description labels { key value } \
      limits { concurrency ratePerSecond timeoutMs } secrets { id scheme current until } stateReason { cause note } \
      retryPolicy { attemptsMax windowSeconds jitterPercent finalStatuses backoff { delaysMs exponential { baseMs } } schedule { attempt waitSeconds elapsedSeconds } } } } }";

async fn create(server: &Server, input: Value) -> Value {
    server.data(CREATE, json!({ "input": input })).await["createSubscription"].take()
}

/// The only refusal of a subscription with these members beside good ones; nothing may have been stored.
async fn refusal(server: &Server, members: Value) -> (String, String, Value) {
    let mut input = json!({ "endpoint": "https://example.com/hooks", "eventTypes": ["*"] });
    input.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let before = server.head();
    let payload = create(server, input).await;
    assert_eq!(server.head(), before, "something was stored");
    assert_eq!(
        (&payload["ok"], &payload["subscription"], &payload["secret"]),
        (&json!(false), &Value::Null, &Value::Null)
    );
    let refusals = payload["refusals"].as_array().unwrap();
    assert_eq!(refusals.len(), 1, "{members}: {payload:#}");
    let text = |name: &str| refusals[0][name].as_str().unwrap_or_default().to_owned();
    (text("code"), text("field"), refusals[0]["pointer"].clone())
}

#[tokio::test]
async fn a_subscription_has_what_it_was_made_with_and_shows_its_secret_once() {
    let server = app().await;
    let input = json!({
        "endpoint": "https://example.com/hooks?x=1",
        "eventTypes": ["benchmark.*", "test.passed"],
        "filter": { "path": "data.ms", "gt": 250 },
        "headers": [{ "name": "X-Team", "value": "core" }],
        "retryPolicy": { "backoff": { "delaysMs": [1000, 60000] }, "jitterPercent": 0, "finalStatuses": [404] },
        "limits": { "concurrency": 2 },
        "description": "nightly runs",
        "labels": [{ "key": "team", "value": "core" }],
        "secret": { "own": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" },
    });
    let payload = create(&server, input).await;
    assert_eq!(
        (&payload["ok"], &payload["refusals"], &payload["version"]),
        (&json!(true), &json!([]), &json!(1)),
        "{payload:#}"
    );
    assert_eq!(payload["position"], server.head().to_string());
    assert_eq!(payload["secret"]["secret"], "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    let made = &payload["subscription"];
    assert_eq!(made["filter"], json!({ "path": "data.ms", "gt": 250 }));
    assert_eq!(
        (&made["state"], &made["headerNames"], &made["endpoint"]),
        (&json!("ACTIVE"), &json!(["x-team"]), &json!("https://example.com/hooks?x=1"))
    );
    assert_eq!(made["limits"], json!({ "concurrency": 2, "ratePerSecond": null, "timeoutMs": 15000 }));
    assert_eq!(
        made["secrets"][0],
        json!({ "id": payload["secret"]["id"], "scheme": "HMAC_SHA256", "current": true, "until": null })
    );
    let schedule = json!([
        { "attempt": 1, "waitSeconds": 0.0, "elapsedSeconds": 0.0 },
        { "attempt": 2, "waitSeconds": 1.0, "elapsedSeconds": 1.0 },
        { "attempt": 3, "waitSeconds": 60.0, "elapsedSeconds": 61.0 },
    ]);
    assert_eq!(
        (&made["retryPolicy"]["schedule"], &made["retryPolicy"]["attemptsMax"]),
        (&schedule, &json!(3))
    );
    assert_eq!(made["labels"], json!([{ "key": "team", "value": "core" }]));
}

#[tokio::test]
async fn a_secret_is_made_where_none_is_given_in_the_scheme_that_is_asked_for() {
    let server = app().await;
    let input = |scheme: &str| json!({ "endpoint": "https://example.com", "eventTypes": ["*"], "secret": { "scheme": scheme }, "active": false });
    let payload = create(&server, input("ED25519")).await;
    assert!(payload["secret"]["publicKey"].as_str().unwrap().starts_with("whpk_"));
    assert_eq!(payload["secret"]["secret"], Value::Null);
    assert_eq!(
        (&payload["subscription"]["state"], &payload["subscription"]["stateReason"]["cause"]),
        (&json!("DISABLED"), &json!("NOT_ACTIVATED"))
    );
    let payload = create(&server, input("HMAC_SHA512")).await;
    assert!(payload["secret"]["secret"].as_str().unwrap().starts_with("whsec_"));
}

#[tokio::test]
async fn forbidden_urls_are_refused_in_every_spelling() {
    let server = app().await;
    for (url, code) in [
        ("http://example.com/", "url_http_not_allowed"),
        ("ftp://example.com/", "url_scheme"),
        ("javascript:alert(1)", "url_scheme"),
        ("file:///etc/passwd", "url_scheme"),
        ("example.com", "url_malformed"),
        ("", "url_malformed"),
        ("https://", "url_host"),
        ("https:example.com", "url_malformed"),
        ("https://user:pass@example.com/", "url_user_info"),
        ("https://@example.com/", "url_user_info"),
        ("https://example.com/#a", "url_fragment"),
        ("https://example.com:22/", "url_port"),
        ("https://example.com:99999/", "url_port_number"),
        ("https://exa mple.com/", "url_character"),
        ("https://example.com\\@127.0.0.1/", "url_character"),
        ("https://localhost/", "url_private_name"),
        ("https://a.localhost/", "url_private_name"),
        ("https://intranet/", "url_private_name"),
        ("https://metadata.google.internal/", "url_private_name"),
        ("https://127.0.0.1/", "url_address"),
        ("https://127.1/", "url_address"),
        ("https://2130706433/", "url_address"),
        ("https://0x7f.1/", "url_address"),
        ("https://017700000001/", "url_address"),
        ("https://%3127.0.0.1/", "url_address"),
        ("https://１２７.0.0.1/", "url_address"),
        ("https://0.0.0.0/", "url_address"),
        ("https://10.0.0.1/", "url_address"),
        ("https://172.16.0.1/", "url_address"),
        ("https://192.168.1.1/", "url_address"),
        ("https://100.64.0.1/", "url_address"),
        ("https://169.254.169.254/latest/meta-data/", "url_address"),
        ("https://224.0.0.1/", "url_address"),
        ("https://[::1]/", "url_address"),
        ("https://[::]/", "url_address"),
        ("https://[::ffff:127.0.0.1]/", "url_address"),
        ("https://[::ffff:a9fe:a9fe]/", "url_address"),
        ("https://[64:ff9b::7f00:1]/", "url_address"),
        ("https://[2002:7f00:1::]/", "url_address"),
        ("https://[fe80::1]/", "url_address"),
        ("https://[fc00::1]/", "url_address"),
        ("https://[fd00:ec2::254]/", "url_address"),
        (&format!("https://example.com/{}", "a".repeat(2_048)), "url_too_long"),
    ] {
        assert_eq!(
            refusal(&server, json!({ "endpoint": url })).await,
            (code.into(), "input.endpoint".into(), Value::Null),
            "{url}"
        );
    }
}

#[tokio::test]
async fn reserved_and_malformed_headers_are_refused() {
    let server = app().await;
    let header = |name: &str, value: &str| json!({ "headers": [{ "name": name, "value": value }] });
    let mut expected = vec![
        (header("x:y", "1"), "header_name"),
        (header("", "1"), "header_name"),
        (header("x y", "1"), "header_name"),
        (header(&"x".repeat(65), "1"), "header_name"),
        (header("x", "a\r\nhost: evil"), "header_value"),
        (header("x", "é"), "header_value"),
        (header("x", &"v".repeat(1_025)), "header_value"),
        (
            json!({ "headers": [{ "name": "x", "value": "1" }, { "name": "X", "value": "2" }] }),
            "header_repeated",
        ),
    ];
    let many: Vec<_> = (0..33).map(|n| json!({ "name": format!("x-{n}"), "value": "1" })).collect();
    expected.push((json!({ "headers": many }), "too_many_headers"));
    for name in [
        "Host",
        "content-length",
        "Transfer-Encoding",
        "connection",
        "Webhook-Signature",
        "webhook-id",
        "webhook-timestamp",
    ] {
        expected.push((header(name, "x"), "header_forbidden"));
    }
    for (members, code) in expected {
        assert_eq!(
            refusal(&server, members.clone()).await,
            (code.into(), "input.headers".into(), Value::Null),
            "{members}"
        );
    }
}

#[tokio::test]
async fn bad_secrets_are_refused_and_not_repeated() {
    let server = app().await;
    for own in [
        "whsec_",
        "whsec_!!!",
        "whsec_c2hvcnQ=",
        "plain",
        &format!("whsec_{}", "QUFB".repeat(30)),
        "whsk_AAAA",
    ] {
        assert_eq!(
            refusal(&server, json!({ "secret": { "own": own } })).await,
            ("secret".into(), "input.secret.own".into(), Value::Null),
            "{own}"
        );
    }
    let own = "whsec_c2hvcnQ=";
    let response = server.ask(CREATE, json!({ "input": { "endpoint": "https://example.com", "eventTypes": ["*"], "secret": { "own": own } } })).await;
    assert!(!response.to_string().contains(own), "{response:#}");
}

#[tokio::test]
async fn types_filters_policies_and_texts_are_refused_at_their_field() {
    let server = app().await;
    let patterns: Vec<_> = (0..65).map(|n| format!("a{n}")).collect();
    let labels: Vec<_> = (0..33).map(|n| json!({ "key": format!("k{n}"), "value": "" })).collect();
    for (members, code, field) in [
        (json!({ "eventTypes": [] }), "event_types", "input.eventTypes"),
        (json!({ "eventTypes": patterns }), "event_types", "input.eventTypes"),
        (json!({ "eventTypes": ["*", "a.*.b"] }), "event_type_pattern", "input.eventTypes.1"),
        (json!({ "retryPolicy": { "attemptsMax": 0 } }), "retry_policy", "input.retryPolicy"),
        (json!({ "retryPolicy": { "backoff": { "delaysMs": [0] } } }), "retry_policy", "input.retryPolicy"),
        (json!({ "retryPolicy": { "windowSeconds": 2_592_001 } }), "retry_policy", "input.retryPolicy"),
        (json!({ "limits": { "concurrency": 1_001 } }), "limits", "input.limits"),
        (json!({ "limits": { "timeoutMs": 99 } }), "limits", "input.limits"),
        (json!({ "description": "x".repeat(1_025) }), "text", "input.description"),
        (json!({ "description": "a\u{0}b" }), "text", "input.description"),
        (json!({ "labels": labels }), "label", "input.labels"),
        (json!({ "labels": [{ "key": "", "value": "" }] }), "label", "input.labels"),
        (
            json!({ "labels": [{ "key": "k", "value": "1" }, { "key": "k", "value": "2" }] }),
            "label_repeated",
            "input.labels",
        ),
    ] {
        assert_eq!(
            refusal(&server, members.clone()).await,
            (code.into(), field.into(), Value::Null),
            "{members}"
        );
    }
}

#[tokio::test]
async fn a_filter_is_refused_at_the_place_within_it() {
    let server = app().await;
    for (filter, pointer) in [
        (
            json!({ "and": [{ "path": "data.a", "equals": 1 }, { "path": "nowhere", "equals": 1 }] }),
            json!("/and/1/path"),
        ),
        (json!({ "path": "data.a", "matches": "(" }), json!("/matches")),
        (json!({ "path": "data.a", "resembles": 1 }), Value::Null),
        (json!({}), Value::Null),
        (json!([]), Value::Null),
        (json!("{\"path\":\"data.a\"}"), Value::Null),
    ] {
        let (code, field, found) = refusal(&server, json!({ "filter": filter })).await;
        assert_eq!((code.as_str(), field.as_str()), ("filter", "input.filter"), "{filter}");
        assert_eq!(found, pointer, "{filter}");
    }
}

#[tokio::test]
async fn several_flaws_are_told_at_once() {
    let server = app().await;
    let input = json!({ "endpoint": "https://example.com", "eventTypes": ["A"], "filter": {}, "description": "a\u{0}" });
    let payload = create(&server, input).await;
    let fields: Vec<_> = payload["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| refusal["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["input.eventTypes.0", "input.filter", "input.description"]);
}

#[tokio::test]
async fn a_tenant_has_no_more_than_the_bound() {
    let bounds = app::Bounds { subscriptions_per_tenant: 1, ..app::Bounds::default() };
    let server = app_with(hookledger_api::Config::default(), bounds).await;
    server.subscribe(&["*"]).await;
    assert_eq!(
        refusal(&server, json!({})).await,
        ("too_many_subscriptions".into(), String::new(), Value::Null)
    );
}

#[tokio::test]
async fn the_exact_digits_of_a_filter_pass_as_a_text() {
    let server = app().await;
    let filter = r#"{"path":"data.n","equals":12345678901234567890.123456789}"#;
    let body = json!({ "query": CREATE, "variables": { "input": { "endpoint": "https://example.com", "eventTypes": ["*"], "filter": filter } } });
    let answer = server.post("/graphql", &server.admin, body.to_string()).await;
    assert!(answer.text().contains("12345678901234567890.123456789"), "{}", answer.text());
}
