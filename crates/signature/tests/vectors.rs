//! The vectors under `vectors/` hold: for this crate, and for an implementation that shares nothing with it.

use std::{collections::BTreeMap, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hookledger_signature::{
    MessageId, PrivateKey, PublicKey, Secret, Signer, SigningKey, UnixSeconds, Verifier, VerifyingKey, header,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

const SIGNED: [(&str, &str); 4] = [
    ("v1.json", include_str!("../vectors/v1.json")),
    ("v1a.json", include_str!("../vectors/v1a.json")),
    ("sha512.json", include_str!("../vectors/sha512.json")),
    ("rotation.json", include_str!("../vectors/rotation.json")),
];
const REFUSED: &str = include_str!("../vectors/refused.json");

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    keys: Vec<Key>,
    headers: BTreeMap<String, String>,
    body: Body,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "scheme")]
enum Key {
    #[serde(rename = "v1")]
    Sha256 { secret: String },
    #[serde(rename = "v1s512")]
    Sha512 { secret: String },
    #[serde(rename = "v1a")]
    Ed25519 { private: String, public: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Body {
    Text(String),
    Base64(String),
}

impl Key {
    fn signing(&self) -> SigningKey {
        match self {
            Self::Sha256 { secret } => SigningKey::hmac_sha256(&secret.parse::<Secret>().expect("a secret")),
            Self::Sha512 { secret } => SigningKey::hmac_sha512(&secret.parse::<Secret>().expect("a secret")),
            Self::Ed25519 { private, .. } => {
                SigningKey::ed25519(&private.parse::<PrivateKey>().expect("a private key"))
            }
        }
    }

    fn verifying(&self) -> VerifyingKey {
        match self {
            Self::Sha256 { secret } => {
                VerifyingKey::hmac_sha256(&secret.parse::<Secret>().expect("a secret"))
            }
            Self::Sha512 { secret } => {
                VerifyingKey::hmac_sha512(&secret.parse::<Secret>().expect("a secret"))
            }
            Self::Ed25519 { public, .. } => {
                VerifyingKey::ed25519(&public.parse::<PublicKey>().expect("a public key"))
            }
        }
    }
}

impl Vector {
    fn body(&self) -> Vec<u8> {
        match &self.body {
            Body::Text(text) => text.clone().into_bytes(),
            Body::Base64(text) => STANDARD.decode(text).expect("a body in base64"),
        }
    }

    fn headers(&self) -> HeaderMap {
        let headers = self.headers.iter().map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a header name");
            (name, HeaderValue::from_str(value).expect("a header value"))
        });
        headers.collect()
    }

    /// The time in the header, so that no vector is too old.
    fn time(&self) -> UnixSeconds {
        let text = self.headers.get(header::TIMESTAMP.as_str()).map_or("0", String::as_str);
        let seconds: f64 = text.parse().expect("a number");
        UnixSeconds::new(format!("{seconds:.0}").parse().expect("whole seconds"))
    }
}

fn read(json: &str) -> Vec<Vector> {
    serde_json::from_str::<Vectors>(json).expect("vectors").cases
}

fn signed() -> impl Iterator<Item = (String, Vector)> {
    SIGNED.into_iter().flat_map(|(file, json)| {
        read(json).into_iter().map(move |vector| (format!("{file}: {}", vector.name), vector))
    })
}

#[test]
fn signing_gives_the_headers_of_every_vector() {
    for (name, vector) in signed() {
        let signer = Signer::new(vector.keys.iter().map(Key::signing)).unwrap();
        let id = MessageId::new(&vector.headers[header::ID.as_str()]).unwrap();
        let mut headers = HeaderMap::new();
        signer.sign(&id, vector.time(), &vector.body()).insert_into(&mut headers);
        assert_eq!(headers, vector.headers(), "{name}");
    }
}

#[test]
fn every_vector_is_accepted_by_each_of_its_keys_alone() {
    for (name, vector) in signed() {
        for key in &vector.keys {
            let verifier = Verifier::new([key.verifying()]).unwrap();
            let message = verifier.verify(&vector.headers(), &vector.body(), vector.time());
            let message = message.unwrap_or_else(|rejection| panic!("{name}: {rejection}"));
            assert_eq!(message.id.as_str(), vector.headers[header::ID.as_str()], "{name}");
            assert_eq!(message.timestamp, vector.time(), "{name}");
        }
    }
}

#[test]
fn what_must_be_refused_is_refused_for_the_reason_given() {
    for vector in read(REFUSED) {
        let verifier = Verifier::new(vector.keys.iter().map(Key::verifying)).unwrap();
        let verdict = verifier.verify(&vector.headers(), &vector.body(), vector.time());
        let reason = verdict.map_err(|rejection| rejection.reason());
        assert_eq!(reason, Err(vector.reason.as_deref().unwrap()), "{}", vector.name);
    }
}

/// Needs Node 20 or later on the path, like the console's build does.
#[test]
fn a_second_implementation_agrees_with_every_vector() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/check.mjs");
    let output =
        Command::new("node").arg(script).output().expect("node, version 20 or later, must be installed");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}
