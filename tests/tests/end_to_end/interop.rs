//! What other people's libraries say about our signatures, sent over a real socket but without a server between.

use hookledger_tests::{Received, Receiver, clock, interop};
use http::HeaderMap;
use signature::{MessageId, PrivateKey, Secret, Signer, SigningKey, UnixSeconds};

/// A body with everything that a careless verifier re-encodes.
const BODY: &str = "{\"type\":\"benchmark.completed\",\"data\":{\"b\":1.10,\"a\":12345678901234567890.123456789,\"text\":\"\u{2028} 🦀 \\u0000\"}}";

fn secret(byte: u8) -> Secret {
    Secret::from_bytes(&[byte; 32]).unwrap()
}

async fn receive_signed_with(keys: impl IntoIterator<Item = SigningKey>) -> Vec<Received> {
    let receiver = Receiver::start().await;
    let id = MessageId::new("dlv_01h2xcejqtf2nbrexx3vqjhp41").unwrap();
    let mut headers = HeaderMap::new();
    let now = UnixSeconds::new(clock::unix_seconds());
    Signer::new(keys).unwrap().sign(&id, now, BODY.as_bytes()).insert_into(&mut headers);
    hookledger_tests::http_client().post(receiver.url()).headers(headers).body(BODY).send().await.unwrap();
    receiver.requests()
}

#[tokio::test]
async fn other_libraries_accept_a_signature_and_refuse_an_altered_body() {
    let requests = receive_signed_with([SigningKey::hmac_sha256(&secret(1))]).await;
    interop::verify_everywhere(&requests, &secret(1).reveal());
}

#[tokio::test]
async fn other_libraries_know_the_old_secret_or_the_new_one_among_signatures_of_every_scheme() {
    let requests = receive_signed_with([
        SigningKey::ed25519(&PrivateKey::from_seed(&[3; 32])),
        SigningKey::hmac_sha512(&secret(1)),
        SigningKey::hmac_sha256(&secret(2)),
        SigningKey::hmac_sha256(&secret(1)),
    ])
    .await;
    for known in [1, 2] {
        interop::verify_everywhere(&requests, &secret(known).reveal());
    }
}
