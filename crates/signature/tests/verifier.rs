//! Every reason to refuse a message has its own answer, and the bounds are where they are said to be.

use std::time::Duration;

use hookledger_signature::{
    KeyError, MessageId, PrivateKey, Rejection, SIGNATURES_MAX, Scheme, Secret, Signer, SigningKey,
    UnixSeconds, Verified, Verifier, VerifierError, VerifyingKey, header,
};
use http::{HeaderMap, HeaderName, HeaderValue};

const NOW_S: u64 = 1_790_000_000;
const BODY: &[u8] = b"{}";

fn secret(byte: u8) -> Secret {
    Secret::from_bytes(&[byte; 32]).expect("32 bytes")
}

fn signed() -> HeaderMap {
    signed_by([SigningKey::hmac_sha256(&secret(1))])
}

fn signed_by(keys: impl IntoIterator<Item = SigningKey>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let signer = Signer::new(keys).expect("a signer");
    signer
        .sign(&MessageId::new("msg_1").expect("an id"), UnixSeconds::new(NOW_S), BODY)
        .insert_into(&mut headers);
    headers
}

fn verifier() -> Verifier {
    Verifier::new([VerifyingKey::hmac_sha256(&secret(1))]).expect("a verifier")
}

fn verify(headers: &HeaderMap) -> Result<Verified, Rejection> {
    verify_at(headers, NOW_S)
}

fn verify_at(headers: &HeaderMap, now_s: u64) -> Result<Verified, Rejection> {
    verifier().verify(headers, BODY, UnixSeconds::new(now_s))
}

fn with(name: HeaderName, value: &str) -> HeaderMap {
    let mut headers = signed();
    headers.insert(name, HeaderValue::from_str(value).expect("a header value"));
    headers
}

/// The good signature among `before` others.
fn padded_with(before: usize, filler: &str) -> HeaderMap {
    let good = signed()[header::SIGNATURE].to_str().expect("ASCII").to_owned();
    with(header::SIGNATURE, &format!("{}{good}", format!("{filler} ").repeat(before)))
}

#[test]
fn a_good_message_says_who_sent_it_when_and_how() {
    let verified = verify(&signed()).unwrap();
    assert_eq!(verified.id.as_str(), "msg_1");
    assert_eq!(verified.timestamp, UnixSeconds::new(NOW_S));
    assert_eq!((verified.scheme, verified.key_index), (Scheme::HmacSha256, 0));
}

#[test]
fn each_missing_header_is_named() {
    for name in [header::ID, header::TIMESTAMP, header::SIGNATURE] {
        let mut headers = signed();
        headers.remove(&name);
        assert_eq!(verify(&headers), Err(Rejection::MissingHeader(name)));
    }
}

#[test]
fn each_repeated_header_is_named_even_if_both_say_the_same() {
    for name in [header::ID, header::TIMESTAMP, header::SIGNATURE] {
        let mut headers = signed();
        headers.append(&name, headers[&name].clone());
        assert_eq!(verify(&headers), Err(Rejection::RepeatedHeader(name)));
    }
}

#[test]
fn an_empty_signature_header_holds_no_known_scheme() {
    assert_eq!(verify(&with(header::SIGNATURE, "")), Err(Rejection::UnknownSchemes));
}

#[test]
fn the_tolerance_includes_its_last_second_either_way() {
    assert!(verify_at(&signed(), NOW_S + 300).is_ok());
    assert!(verify_at(&signed(), NOW_S - 300).is_ok());
    let old = Rejection::TooOld { age_s: 301, tolerance_s: 300 };
    let new = Rejection::TooNew { ahead_s: 301, tolerance_s: 300 };
    assert_eq!(verify_at(&signed(), NOW_S + 301), Err(old));
    assert_eq!(verify_at(&signed(), NOW_S - 301), Err(new));
}

#[test]
fn times_at_the_ends_of_the_scale_do_not_overflow() {
    let last = with(header::TIMESTAMP, &u64::MAX.to_string());
    assert!(matches!(verify_at(&last, 0), Err(Rejection::TooNew { ahead_s: u64::MAX, .. })));
    let first = with(header::TIMESTAMP, "0");
    assert!(matches!(verify_at(&first, u64::MAX), Err(Rejection::TooOld { age_s: u64::MAX, .. })));
}

#[test]
fn the_tolerance_can_be_set_within_bounds() {
    let narrow = verifier().with_tolerance(Duration::from_secs(1)).unwrap();
    assert!(narrow.verify(&signed(), BODY, UnixSeconds::new(NOW_S + 1)).is_ok());
    assert!(narrow.verify(&signed(), BODY, UnixSeconds::new(NOW_S + 2)).is_err());
    for beyond in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(3601)] {
        assert_eq!(verifier().with_tolerance(beyond).unwrap_err(), VerifierError::Tolerance);
    }
}

#[test]
fn signatures_of_schemes_to_come_are_passed_over() {
    assert!(verify(&padded_with(3, "v2,AAAA")).is_ok());
    assert!(verify(&padded_with(3, "whatever")).is_ok());
    assert!(verify(&padded_with(3, "")).is_ok());
}

#[test]
fn broken_signatures_beside_a_good_one_are_passed_over() {
    for filler in ["v1,", "v1,!!!", "v1,AAAA", "v1,,", ","] {
        assert!(verify(&padded_with(2, filler)).is_ok(), "{filler:?}");
    }
}

#[test]
fn there_is_room_for_16_signatures_and_not_for_one_more() {
    assert!(verify(&padded_with(SIGNATURES_MAX - 1, "v1,AAAA")).is_ok());
    let refused = verify(&padded_with(SIGNATURES_MAX, "v1,AAAA"));
    assert_eq!(refused, Err(Rejection::TooManySignatures(header::SIGNATURE)));
}

#[test]
fn a_signature_header_has_a_longest_length() {
    let bytes_max = header::SIGNATURE_BYTES_MAX;
    let refused = verify(&with(header::SIGNATURE, &"x".repeat(bytes_max + 1)));
    assert_eq!(refused, Err(Rejection::HeaderTooLong { name: header::SIGNATURE, bytes_max }));
    assert_eq!(verify(&with(header::SIGNATURE, &"x".repeat(bytes_max))), Err(Rejection::UnknownSchemes));
}

#[test]
fn a_signature_of_fewer_bytes_never_matches() {
    let good = signed()[header::SIGNATURE].to_str().unwrap().to_owned();
    for length in "v1,".len()..good.len() {
        assert_eq!(verify(&with(header::SIGNATURE, &good[..length])), Err(Rejection::MalformedSignature));
    }
}

#[test]
fn a_receiver_of_sha512_reads_the_header_of_sha512() {
    let verifier = Verifier::new([VerifyingKey::hmac_sha512(&secret(1))]).unwrap();
    let now = UnixSeconds::new(NOW_S);
    let headers = signed_by([SigningKey::hmac_sha256(&secret(1)), SigningKey::hmac_sha512(&secret(1))]);
    assert_eq!(verifier.verify(&headers, BODY, now).unwrap().scheme, Scheme::HmacSha512);
    let missing = Rejection::MissingHeader(header::SIGNATURE_SHA512);
    assert_eq!(verifier.verify(&signed(), BODY, now), Err(missing));
}

#[test]
fn a_receiver_of_both_is_content_with_either_header() {
    let keys = [VerifyingKey::hmac_sha256(&secret(1)), VerifyingKey::hmac_sha512(&secret(2))];
    let verifier = Verifier::new(keys).unwrap();
    let now = UnixSeconds::new(NOW_S);
    let sha512 = signed_by([SigningKey::hmac_sha512(&secret(2))]);
    assert_eq!(verifier.verify(&signed(), BODY, now).unwrap().key_index, 0);
    assert_eq!(verifier.verify(&sha512, BODY, now).unwrap().key_index, 1);
}

#[test]
fn only_schemes_without_a_key_is_told_from_a_signature_that_does_not_match() {
    let pair = PrivateKey::from_seed(&[1; 32]);
    assert_eq!(verify(&signed_by([SigningKey::ed25519(&pair)])), Err(Rejection::UnknownSchemes));
    assert_eq!(verify(&signed_by([SigningKey::hmac_sha256(&secret(2))])), Err(Rejection::NoMatch));
}

#[test]
fn a_verifier_reads_the_keys_of_a_rotation_from_one_setting() {
    let pair = PrivateKey::from_seed(&[1; 32]);
    let setting = format!(" {}\n{} ", *secret(2).reveal(), pair.public_key());
    let verifier: Verifier = setting.parse().unwrap();
    let headers = signed_by([SigningKey::ed25519(&pair)]);
    assert_eq!(verifier.verify(&headers, BODY, UnixSeconds::new(NOW_S)).unwrap().key_index, 1);
}

#[test]
fn a_setting_without_a_usable_key_is_refused_by_its_place_and_without_its_text() {
    assert_eq!("".parse::<Verifier>().unwrap_err(), VerifierError::NoKey);
    let refused = format!("{} hunter2", *secret(1).reveal()).parse::<Verifier>().unwrap_err();
    assert_eq!(refused, VerifierError::Key(2, KeyError::Prefix { expected: "whsec_ or whpk_" }));
    assert!(!format!("{refused:?}").contains("hunter2"));
}

#[test]
fn nothing_that_prints_shows_a_secret() {
    let text = secret(1).reveal();
    let encoded = text.strip_prefix("whsec_").unwrap();
    let signer = Signer::new([SigningKey::hmac_sha256(&secret(1))]).unwrap();
    let verifier = verifier();
    let envelope = verifier.open(&signed(), UnixSeconds::new(NOW_S)).unwrap();
    let printed = format!("{signer:?} {verifier:?} {envelope:?}");
    assert!(!printed.contains(encoded) && !printed.contains("[1, 1"), "{printed}");
}
