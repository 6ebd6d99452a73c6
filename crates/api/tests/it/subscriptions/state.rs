//! Activating, pausing, resuming, disabling, deleting.

use serde_json::{Value, json};

use crate::support::{Server, app};

async fn command(server: &Server, name: &str, input_type: &str, input: Value) -> Value {
    let mutation = format!(
        "mutation($input: {input_type}!) {{ {name}(input: $input) {{ ok version refusals {{ code }} subscription {{ state stateReason {{ cause note }} }} }} }}"
    );
    server.data(&mutation, json!({ "input": input })).await[name].take()
}

#[tokio::test]
async fn a_subscription_goes_through_its_states() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    for (name, input_type, state) in [
        ("pauseSubscription", "SubscriptionNoteInput", "PAUSED"),
        ("resumeSubscription", "SubscriptionInput", "ACTIVE"),
        ("disableSubscription", "SubscriptionNoteInput", "DISABLED"),
        ("activateSubscription", "SubscriptionInput", "ACTIVE"),
        ("deleteSubscription", "SubscriptionInput", "DELETED"),
    ] {
        let payload = command(&server, name, input_type, json!({ "id": id })).await;
        assert_eq!(
            (&payload["ok"], &payload["subscription"]["state"]),
            (&json!(true), &json!(state)),
            "{name}: {payload:#}"
        );
    }
}

#[tokio::test]
async fn a_pause_has_the_note_of_whoever_asked_for_it() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let payload = command(
        &server,
        "pauseSubscription",
        "SubscriptionNoteInput",
        json!({ "id": id, "note": "moving house" }),
    )
    .await;
    assert_eq!(
        payload["subscription"]["stateReason"],
        json!({ "cause": "REQUESTED", "note": "moving house" })
    );
}

#[tokio::test]
async fn what_the_state_forbids_is_refused() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let note = "SubscriptionNoteInput";
    command(&server, "pauseSubscription", note, json!({ "id": id })).await;
    let refused = command(&server, "activateSubscription", "SubscriptionInput", json!({ "id": id })).await;
    assert_eq!(refused["refusals"][0]["code"], "subscription_paused");
    command(&server, "disableSubscription", note, json!({ "id": id })).await;
    let refused = command(&server, "pauseSubscription", note, json!({ "id": id })).await;
    assert_eq!(refused["refusals"][0]["code"], "subscription_disabled");
    command(&server, "deleteSubscription", "SubscriptionInput", json!({ "id": id })).await;
    let refused = command(&server, "pauseSubscription", note, json!({ "id": id })).await;
    assert_eq!(refused["refusals"][0]["code"], "subscription_deleted");
    let stale = command(
        &server,
        "deleteSubscription",
        "SubscriptionInput",
        json!({ "id": id, "expectedVersion": 1 }),
    )
    .await;
    assert_eq!(stale["refusals"][0]["code"], "stale");
}
