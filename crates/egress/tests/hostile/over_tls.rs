//! Receivers that fail in TLS, or right after it.

use super::Ends::{Failure, Response};
use super::script::{Script, Then, Waits};
use super::{Behaviour, Ends, Identity, Wears};

pub(super) const BEHAVIOURS: &[Behaviour] = &[
    // --- instead of TLS
    instead("hangs after our greeting", Vec::new, Then::Hangs, "tls_timeout"),
    instead(
        "drips its greeting",
        || vec![22, 3, 3, 0x20, 0, 2, 0, 0x20, 0],
        Then::Drips(|| vec![3]),
        "tls_timeout",
    ),
    instead("drips heartbeats of nothing", Vec::new, Then::Drips(|| vec![22, 3, 3, 0, 0]), "tls_handshake"),
    instead("closes after our greeting", Vec::new, Then::Closes, "tls_closed"),
    instead("closes in its greeting", || vec![22, 3, 3, 0, 80, 2], Then::Closes, "tls_closed"),
    instead("resets after our greeting", Vec::new, Then::Resets, "tls_closed"),
    instead("answers in plain HTTP", || b"HTTP/1.1 400 Bad\r\n\r\n".to_vec(), Then::Hangs, "tls_not_spoken"),
    instead("answers with garbage", || vec![0xee; 4096], Then::Hangs, "tls_not_spoken"),
    instead("answers with a garbled greeting", garbled, Then::Hangs, "tls_handshake"),
    instead("answers with an alert", || vec![21, 3, 3, 0, 2, 2, 40], Then::Hangs, "tls_alert"),
    instead(
        "answers with endless records",
        Vec::new,
        Then::Repeats(|| vec![20, 3, 3, 0, 1, 1]),
        "tls_handshake",
    ),
    instead(
        "answers with a record without end",
        || vec![22, 3, 3, 0xff, 0xff],
        Then::Repeats(|| vec![2]),
        "tls_handshake",
    ),
    instead("has a greeting that is too large", || greeting(0xf000), Then::Hangs, "tls_handshake"),
    instead("hangs in a large greeting", || greeting(0x7e00), Then::Hangs, "tls_timeout"),
    // --- the wrong certificate
    wearing("has an expired certificate", Identity::Expired, "tls_certificate_expired"),
    wearing("has a certificate of the future", Identity::NotYetValid, "tls_certificate_not_yet_valid"),
    wearing("has a certificate for another host", Identity::OtherHost, "tls_wrong_host"),
    wearing("has a self-signed certificate", Identity::SelfSigned, "tls_self_signed"),
    wearing("has a certificate of an unknown authority", Identity::UnknownAuthority, "tls_unknown_issuer"),
    wearing("has a certificate for clients", Identity::OtherPurpose, "tls_certificate_purpose"),
    wearing("wants a certificate of ours", Identity::WantsClientCertificate, "tls_alert"),
    // --- after the handshake
    within("hangs after the handshake", Waits::Not, Then::Hangs, Failure("first_byte_timeout")),
    within("resets after an encrypted request", Waits::ForRequest, Then::Resets, Failure("reset")),
    within("closes after an encrypted request", Waits::ForRequest, Then::Closes, Failure("closed_early")),
    within(
        "says goodbye after an encrypted request",
        Waits::ForRequest,
        Then::HalfCloses,
        Failure("closed_early"),
    ),
    Behaviour {
        name: "has an endless encrypted body",
        wears: Wears::Tls(Identity::Good),
        script: Script {
            waits: Waits::ForRequest,
            says: || b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
            then: Then::Repeats(|| vec![b'z'; 1024]),
        },
        ends: Response(200, "too_long"),
    },
];

const fn instead(name: &'static str, says: fn() -> Vec<u8>, then: Then, class: &'static str) -> Behaviour {
    let script = Script { waits: Waits::ForSome, says, then };
    Behaviour { name, wears: Wears::PlainUnderHttps, script, ends: Failure(class) }
}

const fn wearing(name: &'static str, identity: Identity, class: &'static str) -> Behaviour {
    let script = Script { waits: Waits::ForRequest, says: Vec::new, then: Then::Hangs };
    Behaviour { name, wears: Wears::Tls(identity), script, ends: Failure(class) }
}

const fn within(name: &'static str, waits: Waits, then: Then, ends: Ends) -> Behaviour {
    let script = Script { waits, says: Vec::new, then };
    Behaviour { name, wears: Wears::Tls(Identity::Good), script, ends }
}

/// A record of a handshake whose message is nonsense.
fn garbled() -> Vec<u8> {
    [vec![22, 3, 3, 0, 64, 2, 0, 0, 60], vec![0xff; 60]].concat()
}

/// The beginning of the largest message that a handshake may have, in records of 16 kilobytes.
fn greeting(bytes: usize) -> Vec<u8> {
    let message = [vec![2, 0, 0xff, 0xff], vec![3; bytes]].concat();
    message.chunks(0x4000).flat_map(record).collect()
}

fn record(part: &[u8]) -> Vec<u8> {
    [&[22, 3, 3][..], &u16::try_from(part.len()).unwrap().to_be_bytes(), part].concat()
}
