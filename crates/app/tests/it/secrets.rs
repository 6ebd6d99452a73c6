//! No secret is in the ledger, in what is printed, or in what is read back.

use std::sync::Arc;

use app::api_keys::NewApiKey;
use app::subscriptions::{Changes, HeaderChange, NewSecret, NewSubscription};
use domain::subscription::{Overlap, Scheme};
use domain::{Scope, Sequence};
use ledger::Record;
use secrecy::ExposeSecret;

use crate::world::{World, name, secret, subscription as wish};

const OWN: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const HEADER: &str = "Bearer tr0ub4dor-and-3";
const OTHER_HEADER: &str = "correct-horse-battery-staple";

/// Does everything that involves secrets; answers all of them, and everything that was printed on the way.
async fn live_with_secrets(world: &World) -> (Vec<String>, String) {
    let (app, admin) = (&world.app, &world.admin());
    let headers = vec![("authorization".to_owned(), secret(HEADER))];
    let new =
        NewSubscription { headers, secret: NewSecret { scheme: None, own: Some(secret(OWN)) }, ..wish() };
    let mut printed = vec![format!("{new:?}")];
    let created = app.create_subscription(admin, new).await.unwrap();
    let set = vec![("x-token".to_owned(), secret(OTHER_HEADER))];
    let changes =
        Changes { headers: Some(HeaderChange::Patch { set, remove: vec![] }), ..Changes::default() };
    printed.push(format!("{created:?}{changes:?}"));
    app.update_subscription(admin, created.id, None, changes).await.unwrap();
    let mut secrets = vec![OWN.to_owned(), HEADER.to_owned(), OTHER_HEADER.to_owned()];
    for scheme in [Scheme::HmacSha512, Scheme::HmacSha256] {
        let new = NewSecret { scheme: Some(scheme), own: None };
        let rotated = app.rotate_secret(admin, created.id, None, new, Overlap::default()).await.unwrap();
        printed.push(format!("{rotated:?}"));
        secrets.push(rotated.secret.secret.unwrap().expose_secret().to_owned());
    }
    let private = signature::PrivateKey::from_seed(&[7; 32]).reveal();
    let new = NewSecret { scheme: None, own: Some(secret(&private)) };
    printed.push(format!("{new:?}"));
    let rotated = app.rotate_secret(admin, created.id, None, new, Overlap::default()).await.unwrap();
    printed.push(format!("{rotated:?}"));
    secrets.push(private.to_string());
    let new = NewApiKey { tenant: None, name: name("ci"), scopes: vec![Scope::Read], expires_at: None };
    let issued = app.issue_api_key(admin, new).await.unwrap();
    let first = app.bootstrap().await.unwrap().unwrap();
    printed.push(format!("{issued:?}{first:?}{app:?}"));
    secrets.extend([issued, first].map(|issued| issued.key.expose_secret().to_owned()));
    printed.push(format!("{:?}", app.subscription(admin, created.id).await.unwrap()));
    printed.push(format!(
        "{:?}",
        app.subscription_history(admin, created.id, Sequence::NONE, 100).await.unwrap()
    ));
    (secrets, printed.concat())
}

/// The secret itself, and what is left of it without its public start.
fn cores(secrets: &[String]) -> Vec<&str> {
    let core = |secret: &'_ String| -> usize {
        if secret.starts_with("hk_") { 11 } else { secret.find(['_', ' ']).map_or(0, |at| at + 1) }
    };
    secrets.iter().map(|secret| &secret[core(secret)..]).collect()
}

#[tokio::test]
async fn no_secret_is_recorded() {
    let world = World::new().await;
    let (secrets, _) = live_with_secrets(&world).await;
    let print =
        |record: Arc<Record>| format!("{}{}{record:?}{:?}", record.payload, record.metadata, record.fact());
    let ledger: String = world.records().await.into_iter().map(print).collect();
    assert!(ledger.contains("x-token"));
    for core in cores(&secrets) {
        assert!(core.len() >= 15, "long enough not to occur by chance");
        assert!(!ledger.contains(core), "{core} is recorded");
    }
}

#[tokio::test]
async fn no_secret_is_printed() {
    let world = World::new().await;
    let (secrets, printed) = live_with_secrets(&world).await;
    assert!(printed.contains("x-token"));
    for core in cores(&secrets) {
        assert!(!printed.contains(core), "{core} is printed");
    }
}

#[tokio::test]
async fn no_refusal_repeats_a_secret() {
    let world = World::new().await;
    let long = format!("whsec_{}", "c2VjcmV0".repeat(40));
    for own in [&OWN.replace("whsec_", "whsek_"), &format!("{OWN}!"), &long] {
        let secret = NewSecret { scheme: None, own: Some(secret(own)) };
        let refused = world
            .app
            .create_subscription(&world.admin(), NewSubscription { secret, ..wish() })
            .await
            .unwrap_err();
        assert!(
            !format!("{refused:?}{refused}").contains("C2FVs")
                && !format!("{refused:?}{refused}").contains("c2Vj")
        );
    }
    let headers = vec![("x-token".to_owned(), secret("tr0ub4dor\r\n"))];
    let refused = world
        .app
        .create_subscription(&world.admin(), NewSubscription { headers, ..wish() })
        .await
        .unwrap_err();
    assert!(!format!("{refused:?}{refused}").contains("tr0ub4dor"));
}
