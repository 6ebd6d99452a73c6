//! Whatever is signed verifies, and whatever was touched since does not.

use hookledger_signature::{
    MessageId, PrivateKey, Rejection, Scheme, Secret, Signer, SigningKey, UnixSeconds, Verifier,
    VerifyingKey, header,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::{collection::vec, prelude::*, sample::Index};

const NOW: UnixSeconds = UnixSeconds::new(1_790_000_000);

fn scheme() -> impl Strategy<Value = Scheme> {
    prop_oneof![Just(Scheme::HmacSha256), Just(Scheme::Ed25519), Just(Scheme::HmacSha512)]
}

/// Both sides of a key of that scheme; the same material always gives the same key.
fn key(scheme: Scheme, material: [u8; 32]) -> (SigningKey, VerifyingKey) {
    let secret = Secret::from_bytes(&material).expect("32 bytes");
    let pair = PrivateKey::from_seed(&material);
    match scheme {
        Scheme::HmacSha256 => (SigningKey::hmac_sha256(&secret), VerifyingKey::hmac_sha256(&secret)),
        Scheme::HmacSha512 => (SigningKey::hmac_sha512(&secret), VerifyingKey::hmac_sha512(&secret)),
        Scheme::Ed25519 => (SigningKey::ed25519(&pair), VerifyingKey::ed25519(&pair.public_key())),
    }
}

fn sign(keys: impl IntoIterator<Item = SigningKey>, id: &str, body: &[u8]) -> HeaderMap {
    let id = MessageId::new(id).expect("an id");
    let mut headers = HeaderMap::new();
    Signer::new(keys).expect("a signer").sign(&id, NOW, body).insert_into(&mut headers);
    headers
}

fn verify(key: VerifyingKey, headers: &HeaderMap, body: &[u8]) -> Result<(), Rejection> {
    Verifier::new([key]).expect("a verifier").verify(headers, body, NOW).map(|_| ())
}

fn flip(bytes: &mut [u8], at: Index, bit: u8) {
    bytes[at.index(bytes.len())] ^= 1 << bit;
}

proptest! {
    // Two ed25519 operations a case are slow without optimisation.
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_signed_verifies(
        scheme in scheme(), material: [u8; 32], id in "[!-\\-/-~]{1,256}", body in vec(any::<u8>(), 0..4096),
    ) {
        let (signing, verifying) = key(scheme, material);
        prop_assert_eq!(verify(verifying, &sign([signing], &id, &body), &body), Ok(()));
    }

    #[test]
    fn every_active_key_is_enough(
        schemes in vec((scheme(), any::<[u8; 32]>()), 1..=6), body in vec(any::<u8>(), 0..256),
    ) {
        let keys: Vec<_> = schemes.into_iter().map(|(scheme, material)| key(scheme, material)).collect();
        let headers = sign(keys.iter().map(|(signing, _)| signing.clone()), "msg_1", &body);
        for (_, verifying) in keys {
            prop_assert_eq!(verify(verifying, &headers, &body), Ok(()));
        }
    }

    #[test]
    fn a_flipped_bit_of_the_body_is_noticed(
        scheme in scheme(), material: [u8; 32], mut body in vec(any::<u8>(), 1..1024), at: Index, bit in 0..8u8,
    ) {
        let (signing, verifying) = key(scheme, material);
        let headers = sign([signing], "msg_1", &body);
        flip(&mut body, at, bit);
        prop_assert_eq!(verify(verifying, &headers, &body), Err(Rejection::NoMatch));
    }

    #[test]
    fn a_byte_more_or_less_is_noticed(scheme in scheme(), material: [u8; 32], body in vec(any::<u8>(), 1..256)) {
        let (signing, verifying) = key(scheme, material);
        let headers = sign([signing], "msg_1", &body);
        let longer = [body.as_slice(), b"\n"].concat();
        for touched in [&body[1..], &body[..body.len() - 1], &longer] {
            prop_assert_eq!(verify(verifying.clone(), &headers, touched), Err(Rejection::NoMatch));
        }
    }

    #[test]
    fn a_flipped_bit_of_any_header_is_noticed(
        scheme in scheme(), material: [u8; 32], which in 0..3usize, at: Index, bit in 0..8u8,
    ) {
        let (signing, verifying) = key(scheme, material);
        let mut headers = sign([signing], "msg_1", b"{}");
        let name: HeaderName = [header::ID, header::TIMESTAMP, scheme.header()][which].clone();
        let mut value = headers[&name].as_bytes().to_vec();
        flip(&mut value, at, bit);
        // Some of what comes out cannot even be sent.
        prop_assume!(HeaderValue::from_bytes(&value).is_ok());
        headers.insert(name, HeaderValue::from_bytes(&value).expect("assumed above"));
        prop_assert!(verify(verifying, &headers, b"{}").is_err(), "accepted");
    }

    #[test]
    fn another_key_does_not_match(scheme in scheme(), one: [u8; 32], other: [u8; 32]) {
        prop_assume!(one != other);
        let (signing, _) = key(scheme, one);
        let (_, stranger) = key(scheme, other);
        prop_assert_eq!(verify(stranger, &sign([signing], "msg_1", b"{}"), b"{}"), Err(Rejection::NoMatch));
    }

    #[test]
    fn no_header_brings_the_verifier_down(
        scheme in scheme(),
        id in vec(any::<u8>(), 0..300), time in vec(any::<u8>(), 0..30), signature in vec(any::<u8>(), 0..2000),
    ) {
        let mut headers = HeaderMap::new();
        for (name, bytes) in [(header::ID, id), (header::TIMESTAMP, time), (scheme.header(), signature)] {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                headers.insert(name, value);
            }
        }
        prop_assert!(verify(key(scheme, [1; 32]).1, &headers, b"{}").is_err(), "accepted");
    }
}
