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
    say::line(&Welcome::of(&running, &inbox_address, inbox.secret()).text());
    running.until_stopped(Some((listener, inbox.router()))).await
}

/// What somebody reads who has started it: all of it works as it stands, on the first start and on every other.
struct Welcome<'a> {
    address: &'a str,
    ticket: String,
    /// Made on the first start, and shown this once.
    first_key: Option<&'a str>,
    inbox: &'a str,
    secret: &'a str,
}

impl<'a> Welcome<'a> {
    fn of(running: &'a Running, inbox: &'a str, secret: &'a str) -> Self {
        Self {
            address: &running.address,
            ticket: running.ticket().expose_secret().to_owned(),
            first_key: running.first_key.as_deref(),
            inbox,
            secret,
        }
    }

    fn text(&self) -> String {
        let Self { address, ticket, first_key, inbox, secret } = self;
        // After the `#`, so that it stays out of logs and of the referrers of other pages.
        let sign_in = format!("{address}/console/#ticket={ticket}");
        let minutes = app::auth::TICKET_AGE_MAX.as_secs() / 60;
        let (key, key_line, receiver_line) = match first_key {
            Some(key) => (*key, format!("Admin key  {key}\n           (shown this once: keep it)"), ""),
            None => (
                "$HOOKLEDGER_KEY",
                "Admin key  as printed on the first start: export HOOKLEDGER_KEY=hk_... (more: `hookledger key create`)".to_owned(),
                "\n           (a subscription of an earlier start to another address reaches it no more: --inbox keeps the address)",
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
             Receiver   {inbox} (built in; verifies signatures, keeps the last {kept} requests){receiver_line}\n\
             Endpoints  may be on this machine and without TLS, because this is development mode\n\
             \n\
             The console leads to a first delivery. So do three steps in another terminal:\n\
             \n\
             1. Subscribe the built-in receiver to the results of the platform:\n\
             \n\
             curl -sS {address}/graphql -H \"authorization: Bearer {key}\" -H 'content-type: application/json' -d '{subscribe}'\n\
             \n\
             2. Publish an event:\n\
             \n\
             curl -sS {address}/v1/events -H \"authorization: Bearer {key}\" -H 'content-type: application/json' -d '{event}'\n\
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(first_key: Option<&str>) -> String {
        Welcome {
            address: "http://127.0.0.1:4300",
            ticket: "t".to_owned(),
            first_key,
            inbox: "http://127.0.0.1:5000",
            secret: "whsec_x",
        }
        .text()
    }

    #[test]
    fn the_commands_of_a_later_start_work_when_they_are_pasted() {
        let said = said(None);
        let commands: Vec<_> = said.lines().filter(|line| line.contains("authorization")).collect();
        assert_eq!(commands.len(), 2);
        for command in commands {
            // A shell puts nothing in place of a variable between single quotes.
            assert!(command.contains(r#"-H "authorization: Bearer $HOOKLEDGER_KEY""#), "{command}");
        }
        assert!(said.contains("export HOOKLEDGER_KEY="), "it says where the variable comes from");
    }

    #[test]
    fn a_later_start_says_that_the_receiver_may_have_moved() {
        assert!(said(None).contains("reaches it no more"));
        assert!(!said(Some("hk_1")).contains("reaches it no more"), "there is no earlier one");
    }
}
