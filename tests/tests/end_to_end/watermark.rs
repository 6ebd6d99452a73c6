//! Publishing beyond what may wait: refused with the time to come again, one tenant without the others.

use hookledger_tests::api::Api;
use hookledger_tests::{Home, Receiver, Server, wait};
use serde_json::{Value, json};

/// As many deliveries of a tenant, and over all, as may wait in these tests; the least that can be configured, and more.
const OF_A_TENANT: usize = 1_000;
const OVER_ALL: usize = 2_000;

/// A caller of a new tenant, with a subscription that nothing is sent for until it is resumed.
struct Tenant {
    api: Api,
    subscription: String,
}

async fn start(home: &Home) -> Server {
    let file = home.path().join("limits.toml");
    let limits =
        format!("[limits]\ndeliveries_waiting = {OVER_ALL}\ndeliveries_waiting_per_tenant = {OF_A_TENANT}\n");
    std::fs::write(&file, limits).unwrap();
    home.start_with(&["--config", file.to_str().unwrap()]).await
}

impl Tenant {
    async fn new(operator: &Api, name: &str, receiver: &Receiver) -> Self {
        let made = operator
            .done("createTenant", "CreateTenantInput", json!({ "name": name }), "tenant { id }")
            .await;
        let scopes = json!(["PUBLISH", "MANAGE", "READ"]);
        let input = json!({ "name": name, "scopes": scopes, "tenantId": made["tenant"]["id"] });
        let made = operator.done("createApiKey", "CreateApiKeyInput", input, "secret").await;
        let api = operator.with_token(made["secret"].as_str().unwrap());
        api.register(["waiting.tested"]).await;
        let input = json!({ "endpoint": receiver.url(), "eventTypes": ["waiting.*"] });
        let subscription = api.subscribe(input).await.id;
        api.done("pauseSubscription", "SubscriptionNoteInput", json!({ "id": subscription }), "version")
            .await;
        Self { api, subscription }
    }

    /// The status, the `Retry-After` and the body of a call that publishes so many events.
    async fn publish(&self, events: usize) -> (u16, Option<String>, Value) {
        let event = json!({ "type": "waiting.tested", "source": "/tests", "data": 1 });
        let body = json!(vec![event; events]).to_string();
        let answer = self.api.post("/v1/events", body).send().await.unwrap();
        let retry_after = answer.headers().get("retry-after").map(|at| at.to_str().unwrap().to_owned());
        (answer.status().as_u16(), retry_after, answer.json().await.unwrap())
    }

    /// Publishes one event after the other until it is refused.
    async fn is_refused(&self, status: u16) -> Value {
        let (_, retry_after, problem) =
            wait::until(&format!("publishing is answered with {status}"), async || {
                Some(self.publish(1).await).filter(|answer| answer.0 == status)
            })
            .await;
        assert_eq!(retry_after.as_deref(), Some("5"));
        problem
    }
}

#[tokio::test]
async fn a_tenant_with_its_share_of_what_may_wait_is_told_to_come_again_while_others_publish() {
    let (home, receiver) = (Home::new(), Receiver::start().await);
    let server = start(&home).await;
    let operator = server.api();
    let busy = Tenant::new(&operator, "busy", &receiver).await;
    let calm = Tenant::new(&operator, "calm", &receiver).await;
    assert_eq!(busy.publish(OF_A_TENANT).await.0, 202);

    let problem = busy.is_refused(429).await;
    assert_eq!(problem["type"], "/problems/too-many-requests");
    assert!(problem["detail"].as_str().unwrap().contains("deliveries wait"), "{problem}");
    assert_eq!(calm.publish(1).await.0, 202);

    assert_eq!(calm.publish(OVER_ALL - OF_A_TENANT).await.0, 202);
    let problem = calm.is_refused(503).await;
    assert_eq!(problem["type"], "/problems/unavailable");

    // Once nothing waits, everybody is welcome, and what was acknowledged arrives.
    for tenant in [&busy, &calm] {
        let input = json!({ "id": tenant.subscription });
        tenant.api.done("resumeSubscription", "SubscriptionInput", input, "version").await;
    }
    for tenant in [&busy, &calm] {
        wait::until("publishing is possible again", async || {
            (tenant.publish(1).await.0 == 202).then_some(())
        })
        .await;
    }
    receiver.wait_for(OVER_ALL + 2).await;
}
