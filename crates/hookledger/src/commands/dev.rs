//! `hookledger dev`: the server with a receiver beside it, and three steps to a first delivery.

use std::process::ExitCode;

use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;

use super::serve::{Running, make_data_folder};
use crate::cli::{Common, Dev};
use crate::inbox::Inbox;
use crate::{config, say, system};

/// Runs a node for development.
pub(crate) async fn run(common: &Common, dev: &Dev) -> Result<ExitCode> {
    let mut settings = config::load(common.file(), common.overrides(dev.listen.listen, true))?;
    settings.log.filter =
        if settings.log.filter == "info" { "warn,hookledger=info".to_owned() } else { settings.log.filter };
    make_data_folder(&settings)?;
    let inbox = Inbox::open(&settings.data, system::rng()?)?;
    let listener = TcpListener::bind(dev.inbox)
        .await
        .with_context(|| format!("failed to listen on {} (--inbox)", dev.inbox))?;
    let inbox_address = format!("http://{}", listener.local_addr()?);
    let running = Running::start(&settings).await?;
    say::line(&welcome(&running, &inbox_address, inbox.secret()));
    running.until_stopped(Some((listener, inbox.router()))).await
}

fn welcome(running: &Running, inbox: &str, secret: &str) -> String {
    let address = &running.address;
    // After the `#`, so that it stays out of logs and of the referrers of other pages.
    let sign_in = format!("{address}/console/#ticket={}", running.ticket().expose_secret());
    let minutes = app::auth::TICKET_AGE_MAX.as_secs() / 60;
    let (key, key_line) = match &running.first_key {
        Some(key) => (key.as_str(), format!("Admin key  {key}\n           (shown this once: keep it)")),
        None => (
            "$HOOKLEDGER_KEY",
            "Admin key  as printed on the first start (more: `hookledger key create`)".to_owned(),
        ),
    };
    let subscribe = r#"{"query":"mutation { createSubscription(input: {endpoint: \"INBOX\", eventTypes: [\"result.*\"], secret: {own: \"SECRET\"}}) { subscription { id } refusals { message } } }"}"#
        .replace("INBOX", inbox)
        .replace("SECRET", secret);
    let event = r#"{"type":"result.generated","version":2,"source":"/demo","data":{"result_id":"res_8vj3m0zt5b","run_id":"run_48213c1f0a","metric":{"name":"time_to_first_token_p95","value":412.7,"unit":"ms","direction":"lower_is_better"},"generator":{"actor_id":"svc_scorer"},"generated_at":"2026-10-26T02:32:17.106Z"}}"#;
    format!(
        "Hookledger {version} for development\n\
         \n\
         Address    {address}\n\
         Console    {sign_in}\n\
         \x20          (signs in once, within {minutes} minutes; later, sign in with an API key)\n\
         {key_line}\n\
         Receiver   {inbox} (built in; verifies signatures, keeps the last {kept} requests)\n\
         Endpoints  may be on this machine and without TLS, because this is development mode\n\
         \n\
         The console leads to a first delivery. So do three steps in another terminal:\n\
         \n\
         1. Subscribe the built-in receiver to the results of the platform:\n\
         \n\
         curl -sS {address}/graphql -H 'authorization: Bearer {key}' -H 'content-type: application/json' -d '{subscribe}'\n\
         \n\
         2. Publish an event:\n\
         \n\
         curl -sS {address}/v1/events -H 'authorization: Bearer {key}' -H 'content-type: application/json' -d '{event}'\n\
         \n\
         3. See what arrived:\n\
         \n\
         curl -sS {inbox}\n\
         \n\
         Ctrl-C stops.",
        version = env!("CARGO_PKG_VERSION"),
        kept = crate::inbox::KEPT,
    )
}
