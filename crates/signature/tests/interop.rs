//! Somebody else's library and ours accept each other's messages.

use hookledger_signature::{
    MessageId, Secret, Signer, SigningKey, UnixSeconds, Verifier, header, system_clock,
};
use http::{HeaderMap, HeaderValue};
use standardwebhooks::Webhook;

const BODY: &[u8] = "{\"type\":\"benchmark.completed\",\"note\":\"1.10 \u{2028} 🦀\"}".as_bytes();

fn secret(byte: u8) -> Secret {
    Secret::from_bytes(&[byte; 32]).expect("32 bytes")
}

/// Their library, which reads the machine's clock and cannot be told another time.
fn theirs(secret: &Secret) -> Webhook {
    Webhook::new(&secret.reveal()).expect("their library reads our secrets")
}

fn sign(keys: impl IntoIterator<Item = SigningKey>, timestamp: UnixSeconds) -> HeaderMap {
    let id = MessageId::new("msg_1").expect("an id");
    let mut headers = HeaderMap::new();
    Signer::new(keys).expect("a signer").sign(&id, timestamp, BODY).insert_into(&mut headers);
    headers
}

#[test]
fn they_accept_what_we_sign() {
    let headers = sign([SigningKey::hmac_sha256(&secret(1))], system_clock());
    theirs(&secret(1)).verify(BODY, &headers).unwrap();
}

#[test]
fn they_accept_what_we_sign_with_keys_of_every_scheme_whichever_of_the_secrets_they_know() {
    let pair = hookledger_signature::PrivateKey::from_seed(&[3; 32]);
    let keys = [
        SigningKey::ed25519(&pair),
        SigningKey::hmac_sha512(&secret(1)),
        SigningKey::hmac_sha256(&secret(2)),
        SigningKey::hmac_sha256(&secret(1)),
    ];
    let headers = sign(keys, system_clock());
    for known in [1, 2] {
        theirs(&secret(known)).verify(BODY, &headers).unwrap();
    }
}

#[test]
fn they_refuse_what_we_sign_with_another_secret() {
    let headers = sign([SigningKey::hmac_sha256(&secret(2))], system_clock());
    assert!(theirs(&secret(1)).verify(BODY, &headers).is_err());
}

#[test]
fn we_accept_what_they_sign() {
    let signature = theirs(&secret(1)).sign("msg_1", 1_790_000_000, BODY).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert(header::ID, HeaderValue::from_static("msg_1"));
    headers.insert(header::TIMESTAMP, HeaderValue::from_static("1790000000"));
    headers.insert(header::SIGNATURE, HeaderValue::from_str(&signature).unwrap());
    let verifier: Verifier = secret(1).reveal().parse().unwrap();
    let message = verifier.verify(&headers, BODY, UnixSeconds::new(1_790_000_000)).unwrap();
    assert_eq!(message.id.as_str(), "msg_1");
}
