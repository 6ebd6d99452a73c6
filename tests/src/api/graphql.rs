//! `POST /graphql`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use crate::wait;

/// A subscription that a test made.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// What it signs with, shown when it was made.
    pub secret: String,
    /// The version it was made at.
    pub version: Value,
}

/// Why a mutation was not done.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// What kind of refusal, as a stable name.
    pub code: String,
    /// What is wrong, and what to do.
    pub message: String,
    /// The argument that it is about.
    pub field: Option<String>,
}

/// What tests ask of a delivery: everything that is a value of its own.
const DELIVERY: &str = "id state eventId eventType eventPosition subscriptionId attemptCount nextAttemptAt lastAttemptAt \
    lastStatus lastErrorClass deadLetterReason createdAt updatedAt version";

/// What tests ask of an attempt.
const ATTEMPT: &str = "number trigger startedAt subscriptionVersion address bodySha256 succeeded retryAt \
    response { status body headers { name value } } failure { class message }";

/// The longest page of a list.
const PAGE: u32 = 100;

impl Api {
    /// Executes a document that has to succeed, and gives its data.
    ///
    /// # Panics
    /// If there is an error in the answer.
    pub async fn graphql(&self, document: &str, variables: Value) -> Value {
        let mut answer = self.graphql_answer(document, variables).await;
        assert!(answer["errors"].is_null(), "{document}\nwas answered with errors: {}", answer["errors"]);
        answer["data"].take()
    }

    /// Executes a document, and gives the whole answer.
    pub async fn graphql_answer(&self, document: &str, variables: Value) -> Value {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let response = Self::send(self.post("/graphql", body)).await;
        let text = response.text().await.expect("the answer is complete");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("the answer is not JSON: {text}"))
    }

    /// Calls a mutation of one argument, `input`, and gives its payload; `selection` adds to what is asked of it.
    pub async fn mutate(&self, mutation: &str, input_type: &str, input: Value, selection: &str) -> Value {
        let document = format!(
            "mutation ($input: {input_type}!) {{ {mutation}(input: $input) \
             {{ ok refusals {{ code message field }} {selection} }} }}"
        );
        let mut data = self.graphql(&document, json!({ "input": input })).await;
        data[mutation].take()
    }

    /// The same for a mutation that has to be done.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn done(&self, mutation: &str, input_type: &str, input: Value, selection: &str) -> Value {
        let payload = self.mutate(mutation, input_type, input, selection).await;
        assert_eq!(payload["ok"], true, "{mutation} was refused: {}", payload["refusals"]);
        payload
    }

    /// The same for a mutation that has to be refused; gives the reasons.
    ///
    /// # Panics
    /// If it is done.
    pub async fn refused(&self, mutation: &str, input_type: &str, input: Value) -> Vec<Refusal> {
        let given = input.to_string();
        let mut payload = self.mutate(mutation, input_type, input, "").await;
        assert_eq!(payload["ok"], false, "{mutation} was done with {given}");
        serde_json::from_value(payload["refusals"].take()).expect("refusals have a form")
    }

    /// Allows events of these types.
    pub async fn register(&self, event_types: impl IntoIterator<Item = impl AsRef<str>>) {
        for name in event_types {
            let input = json!({ "name": name.as_ref() });
            self.done("registerEventType", "RegisterEventTypeInput", input, "").await;
        }
    }

    /// Makes a subscription with these settings (`CreateSubscriptionInput`).
    pub async fn subscribe(&self, input: Value) -> Subscription {
        let selection = "version subscription { id } secret { secret publicKey }";
        let payload = self.done("createSubscription", "CreateSubscriptionInput", input, selection).await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Subscription {
            id: text(&payload["subscription"]["id"]),
            secret: text(&payload["secret"]["secret"]),
            version: payload["version"].clone(),
        }
    }

    /// Every delivery that a filter (`DeliveryFilterInput`) selects, newest first, page by page; as of what the ledger
    /// holds now.
    pub async fn deliveries(&self, filter: Value) -> Vec<Value> {
        let head = self.graphql("{ service { head } }", json!({})).await["service"]["head"].take();
        let document = format!(
            "query ($filter: DeliveryFilterInput, $first: Int, $after: String, $head: Position) {{ \
             deliveries(filter: $filter, first: $first, after: $after, minPosition: $head) \
             {{ nodes {{ {DELIVERY} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let (mut deliveries, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({ "filter": filter, "first": PAGE, "after": after, "head": head });
            let mut page = self.graphql(&document, variables).await["deliveries"].take();
            let Value::Array(nodes) = page["nodes"].take() else { panic!("a page has nodes") };
            deliveries.extend(nodes);
            if page["pageInfo"]["hasNextPage"] == false {
                return deliveries;
            }
            after = page["pageInfo"]["endCursor"].take();
        }
    }

    /// A delivery with its attempts.
    pub async fn delivery(&self, id: &str) -> Value {
        let document =
            format!("query ($id: ID!) {{ delivery(id: $id) {{ {DELIVERY} attempts {{ {ATTEMPT} }} }} }}");
        self.graphql(&document, json!({ "id": id })).await["delivery"].take()
    }

    /// Waits until a delivery is in this state, and gives it with its attempts.
    pub async fn wait_for_delivery(&self, id: &str, state: &str) -> Value {
        wait::until(&format!("{id} to be {state}"), async || {
            let delivery = self.delivery(id).await;
            (delivery["state"] == state).then_some(delivery)
        })
        .await
    }

    /// A subscription: these fields of it.
    pub async fn subscription(&self, id: &str, fields: &str) -> Value {
        let document = format!("query ($id: ID!) {{ subscription(id: $id) {{ {fields} }} }}");
        self.graphql(&document, json!({ "id": id })).await["subscription"].take()
    }
}
