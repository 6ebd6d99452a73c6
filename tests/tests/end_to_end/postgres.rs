//! What there is only with a database: its schema, its key, and what commands say about it.

use std::process::Output;

use hookledger_tests::{Home, Launch, Receiver};
use serde_json::json;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn the_schema_is_made_once_and_by_itself_if_wanted() {
    let Some(home) = Home::in_database().await else { return };
    for sentence in ["The schema was made, at version", "the newest: nothing was done"] {
        let migrated = home.command(&["migrate"]).output().unwrap();
        assert!(migrated.status.success() && said(&migrated).contains(sentence), "{}", said(&migrated));
    }
    home.start().await.stop().await;
}

#[tokio::test]
async fn keys_are_handed_out_and_views_made_again_while_the_server_is_stopped() {
    let Some(home) = Home::in_database().await else { return };
    let server = home.start().await;
    let token = server.token().to_owned();
    server.api().register(["command.tested"]).await;
    server.api().publish("command.tested", "1").await;
    server.stop().await;
    let made = home.command(&["key", "create", "--name", "ci", "--scope", "read"]).output().unwrap();
    let made = said(&made);
    let key =
        made.split_whitespace().find(|word| word.starts_with("hk_")).unwrap_or_else(|| panic!("{made}"));
    let rebuilt = home.command(&["rebuild"]).output().unwrap();
    assert!(said(&rebuilt).contains("status: rebuilt"), "{}", said(&rebuilt));
    let server = home.restart(&token).await;
    let events = server.api().with_token(key).graphql("{ events { nodes { type } } }", json!({})).await;
    assert_eq!(events["events"]["nodes"][0]["type"], "command.tested");
    server.stop().await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_without_the_password() {
    let url = "postgres://me:hunter2@127.0.0.1:1/none".to_owned();
    let launch = Launch { environment: vec![("HOOKLEDGER_STORE_URL".to_owned(), url)], ..Launch::default() };
    let home = Home::new();
    for arguments in [["serve"], ["migrate"], ["rebuild"]] {
        let refused = home.command_of(&launch, &arguments).output().unwrap();
        let said = said(&refused);
        assert!(!refused.status.success() && said.contains("PostgreSQL cannot be reached"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

/// A node of its own, with the key of another or none.
#[tokio::test]
async fn a_node_whose_master_key_is_another_one_says_so_at_start() {
    let Some(home) = Home::in_database().await else { return };
    let (server, receiver) = (home.start().await, Receiver::start().await);
    server.api().subscribe(json!({ "endpoint": receiver.url(), "eventTypes": ["*"] })).await;
    server.stop().await;

    let other = home.beside();
    let refused = other.command(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert!(said(&refused).contains("master.key is missing"), "{}", said(&refused));

    let key = "hkmk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned();
    let launch = Launch { environment: vec![("HOOKLEDGER_MASTER_KEY".to_owned(), key)], ..Launch::default() };
    let refused = other.command_of(&launch, &["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert!(said(&refused).contains("the master key is not the one that sealed"), "{}", said(&refused));
    let name =
        said(&refused).split("lost_master_keys = [\"").nth(1).unwrap().split('"').next().unwrap().to_owned();

    let lost = ("HOOKLEDGER_LOST_MASTER_KEYS".to_owned(), name);
    let launch = Launch { environment: [launch.environment, vec![lost]].concat(), ..launch };
    let mut server = other.launch(&launch);
    server.ready_or_ended().await.unwrap();
    server.stop().await;
}
