//! The main job on real input: hundreds of real webhook bodies, published, delivered, verified by everybody.

use std::collections::{BTreeSet, HashMap};

use hookledger_tests::octokit::{self, Example};
use hookledger_tests::{Receiver, Server, interop};
use serde_json::json;

/// How many events go into one call: enough to try it, few enough to stay below the limit of a body.
const EVENTS_PER_CALL: usize = 40;

#[tokio::test]
async fn every_real_body_arrives_once_and_unchanged_and_every_library_accepts_its_signature() {
    let examples = octokit::examples();
    assert!(examples.len() > 300, "the package has hundreds of examples, not {}", examples.len());
    let (_home, server) = Server::start().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    api.register(examples.iter().map(|example| &example.event_type).collect::<BTreeSet<_>>()).await;
    let subscription = api.subscribe(json!({ "endpoint": receiver.url(), "eventTypes": ["github.*"] })).await;

    let mut published = HashMap::new();
    for some in examples.chunks(EVENTS_PER_CALL) {
        let accepted = api.publish_body(&call(some)).await.unwrap();
        published.extend(accepted.into_iter().map(|event| event.id).zip(some));
    }
    receiver.wait_for(examples.len()).await;
    server.stop().await;

    let requests = receiver.requests();
    assert_eq!(requests.len(), published.len(), "each event arrives once");
    for request in &requests {
        let envelope = request.envelope();
        let example = published.remove(&envelope.id).expect("what arrives was published, and arrives once");
        assert_eq!(envelope.event_type, example.event_type);
        assert_eq!(envelope.data.get(), example.data.get(), "the data of {} is unchanged", envelope.id);
        let verified = request.verify(&subscription.secret).unwrap();
        assert_eq!(verified.id.as_str(), request.webhook_id());
    }
    interop::verify_everywhere(&requests, &subscription.secret);
}

/// The body of a publish call, with the data as it stands in the package.
fn call(examples: &[Example]) -> String {
    let event = |example: &Example| {
        format!(r#"{{"type":"{}","source":"/octokit","data":{}}}"#, example.event_type, example.data)
    };
    format!("[{}]", examples.iter().map(event).collect::<Vec<_>>().join(","))
}
