//! The request of an attempt, as the API shows it: what the receiver got, signature included.

use hookledger_tests::api::Api;
use hookledger_tests::{Received, Receiver, Server};
use serde_json::{Value, json};

/// Publishes an event, waits until it is delivered, and gives the id of the delivery with what the receiver got.
async fn deliver(api: &Api, receiver: &Receiver, number: u64) -> (String, Received) {
    api.publish_number("shown.again", number).await;
    let count = usize::try_from(number).unwrap();
    let got = receiver.wait_for(count).await.swap_remove(count - 1);
    let id = got.webhook_id().to_owned();
    api.wait_for_delivery(&id, "DELIVERED").await;
    (id, got)
}

/// The request of the only attempt of a delivery.
async fn shown(api: &Api, id: &str) -> Value {
    let document = "query ($id: ID!) { delivery(id: $id) { attempts { request { \
         url body exact headers { name value } missingSignatures { secretId reason } } } } }";
    api.graphql(document, json!({ "id": id })).await["delivery"]["attempts"][0]["request"].take()
}

/// The value of a header that is shown, if it is.
fn header<'v>(shown: &'v Value, name: &str) -> Option<&'v str> {
    let headers = shown["headers"].as_array().unwrap();
    headers.iter().find(|header| header["name"] == name)?["value"].as_str()
}

/// Every header that is shown is what the receiver got, byte for byte, and so is the body.
fn assert_same(shown: &Value, got: &Received, receiver: &Receiver) {
    assert_eq!(shown["missingSignatures"], json!([]));
    assert_eq!((&shown["url"], &shown["exact"]), (&json!(receiver.url()), &json!(true)));
    assert_eq!(shown["body"].as_str().unwrap().as_bytes(), &got.body);
    let headers = shown["headers"].as_array().unwrap();
    for header in headers {
        let (name, value) = (header["name"].as_str().unwrap(), header["value"].as_str().unwrap());
        let hidden = if name == "x-team" { "[hidden]" } else { got.header(name) };
        assert_eq!(value, hidden, "{name}");
    }
    let of_ours =
        |name: &&str| name.starts_with("webhook-") || name.starts_with("ce-") || *name == "content-type";
    let sent: Vec<_> = got.headers.keys().map(http::HeaderName::as_str).filter(of_ours).collect();
    assert!(sent.len() >= 4 && sent.iter().all(|name| header(shown, name).is_some()), "{sent:?}");
}

async fn before_and_after_a_rotation(format: &str, secret: Value) {
    let (_home, server) = Server::start().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    api.register(["shown.again"]).await;
    let input = json!({
        "endpoint": receiver.url(), "eventTypes": ["shown.*"], "format": format, "secret": secret,
        "headers": [{ "name": "X-Team", "value": "billing" }],
    });
    let made = api.done("createSubscription", "CreateSubscriptionInput", input, "subscription { id }").await;
    let subscription = made["subscription"]["id"].as_str().unwrap();
    let (first, got_first) = deliver(&api, &receiver, 1).await;
    assert_same(&shown(&api, &first).await, &got_first, &receiver);

    let input = json!({ "id": subscription, "overlapSeconds": 3600, "secret": secret });
    api.done("rotateSecret", "RotateSecretInput", input, "version").await;
    let (second, got_second) = deliver(&api, &receiver, 2).await;
    assert_ne!(got_first.header("webhook-signature"), got_second.header("webhook-signature"));
    assert_eq!(got_second.header("webhook-signature").split(' ').count(), 2);
    for (id, got) in [(&first, &got_first), (&second, &got_second)] {
        assert_same(&shown(&api, id).await, got, &receiver);
    }

    let secrets = api.subscription(subscription, "secrets { id current }").await["secrets"].take();
    let old = secrets.as_array().unwrap().iter().find(|secret| secret["current"] == false).unwrap();
    let input = json!({ "id": subscription, "secretId": old["id"] });
    api.done("revokeSecret", "RevokeSecretInput", input, "version").await;
    let missing = json!([{ "secretId": old["id"], "reason": "REVOKED" }]);
    let (alone, both) = (shown(&api, &first).await, shown(&api, &second).await);
    assert_eq!((&alone["missingSignatures"], &both["missingSignatures"]), (&missing, &missing));
    assert_eq!((header(&alone, "webhook-signature"), &alone["exact"]), (None, &json!(true)));
    assert_eq!(header(&alone, "webhook-timestamp"), Some(got_first.header("webhook-timestamp")));
    let newest = got_second.header("webhook-signature").split(' ').next();
    assert_eq!(header(&both, "webhook-signature"), newest);
}

#[tokio::test]
async fn a_request_is_shown_as_the_receiver_got_it_until_its_secret_is_revoked() {
    before_and_after_a_rotation("STANDARD_WEBHOOKS", Value::Null).await;
}

#[tokio::test]
async fn a_request_signed_by_a_key_pair_is_shown_as_the_receiver_got_it_too() {
    before_and_after_a_rotation("CLOUDEVENTS_BINARY", json!({ "scheme": "ED25519" })).await;
}
