//! Without TLS: sockets that break, and everything that is not HTTP/1.1 or too much of it.

use super::Ends::{Either, Failure, Response};
use super::bytes::{gzip_bomb, settings};
use super::script::{Script, Then, Waits};
use super::{Behaviour, Ends, Wears};

pub(super) const BEHAVIOURS: &[Behaviour] = &[
    // --- sockets
    absent("refuses", Wears::Nothing, "connect_refused"),
    absent("drops every packet", Wears::FullQueue, "connect_timeout"),
    absent("never accepts", Wears::DeafEars, "first_byte_timeout"),
    plain("resets at once", Waits::Not, Vec::new, Then::Resets, Either("connect_reset", "reset")),
    plain("resets after the request", Waits::ForRequest, Vec::new, Then::Resets, Failure("reset")),
    answer("resets in the head", || b"HTTP/1.1 200 OK\r\nx: ".to_vec(), Then::Resets, Failure("reset")),
    answer("resets in the body", || begun("abc"), Then::Resets, Response(200, "broken")),
    answer("takes the request and hangs", Vec::new, Then::Hangs, Failure("first_byte_timeout")),
    answer("closes without an answer", Vec::new, Then::Closes, Failure("closed_early")),
    plain("closes its side at once", Waits::Not, Vec::new, Then::HalfCloses, Failure("closed_early")),
    answer("closes its side after the request", Vec::new, Then::HalfCloses, Failure("closed_early")),
    answer(
        "closes in the head",
        || b"HTTP/1.1 200 OK\r\nx: ".to_vec(),
        Then::Closes,
        Failure("closed_early"),
    ),
    answer("closes in the body", || begun("abc"), Then::Closes, Response(200, "broken")),
    // --- slowness
    answer(
        "drips its status line",
        Vec::new,
        Then::Drips(|| b"HTTP/1.1 200 Very Long Indeed".to_vec()),
        SLOW,
    ),
    answer(
        "drips its headers",
        || b"HTTP/1.1 200 OK\r\n".to_vec(),
        Then::Drips(|| b"a: b\r\n".to_vec()),
        SLOW,
    ),
    answer("drips one header", || b"HTTP/1.1 200 OK\r\nx: ".to_vec(), Then::Drips(|| b"a".to_vec()), SLOW),
    answer("drips interim responses", Vec::new, Then::Drips(|| b"HTTP/1.1 100\r\n\r\n".to_vec()), SLOW),
    answer("drips its body", || begun(""), Then::Drips(|| b"a".to_vec()), Response(200, "stalled")),
    answer(
        "drips a chunked body",
        || chunked(""),
        Then::Drips(|| b"1\r\na\r\n".to_vec()),
        Response(200, "stalled"),
    ),
    answer("hangs in the body", || begun("abc"), Then::Hangs, Response(200, "stalled")),
    // --- too much
    answer(
        "has an endless chunked body",
        || chunked(""),
        Then::Repeats(|| b"5\r\nabcde\r\n".to_vec()),
        TOO_LONG,
    ),
    answer(
        "has an endless body without a length",
        || b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
        Then::Repeats(|| vec![b'z'; 1024]),
        TOO_LONG,
    ),
    answer(
        "announces a huge length",
        || sized("9223372036854775807"),
        Then::Repeats(|| vec![0; 1024]),
        TOO_LONG,
    ),
    answer(
        "announces a huge length and hangs",
        || sized("9223372036854775807"),
        Then::Hangs,
        Response(200, "stalled"),
    ),
    answer(
        "sends a gzip bomb",
        || [b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n".to_vec(), gzip_bomb()].concat(),
        Then::Closes,
        Response(200, "cut"),
    ),
    answer(
        "has a hundred thousand headers",
        || format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(100_000)).into_bytes(),
        Then::Hangs,
        Failure("headers_too_large"),
    ),
    answer(
        "has one giant header",
        || format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(10 << 20)).into_bytes(),
        Then::Hangs,
        Failure("headers_too_large"),
    ),
    answer(
        "has an endless header",
        || b"HTTP/1.1 200 OK\r\nx: ".to_vec(),
        Then::Repeats(|| b"aaaa".to_vec()),
        LARGE,
    ),
    answer(
        "has an endless header name",
        || b"HTTP/1.1 200 OK\r\n".to_vec(),
        Then::Repeats(|| b"aaaa".to_vec()),
        LARGE,
    ),
    answer(
        "has an endless status line",
        || b"HTTP/1.1 200 ".to_vec(),
        Then::Repeats(|| b"aaaa".to_vec()),
        LARGE,
    ),
    answer(
        "says 100 endlessly",
        Vec::new,
        Then::Repeats(|| b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        FLOODED,
    ),
    answer(
        "says 103 endlessly",
        Vec::new,
        Then::Repeats(|| b"HTTP/1.1 103\r\nlink: </a>\r\n\r\n".to_vec()),
        FLOODED,
    ),
    answer("has endless trailers", || chunked("0\r\n"), Then::Repeats(|| b"x: y\r\n".to_vec()), BROKEN),
    answer(
        "has an endless chunk extension",
        || chunked("3;"),
        Then::Repeats(|| b"x=very-long-".to_vec()),
        BROKEN,
    ),
    answer("has an endless chunk size", || chunked(""), Then::Repeats(|| b"0000".to_vec()), BROKEN),
    // --- as much as is taken, and then silence
    answer("hangs in a large head", large_head, Then::Hangs, SLOW),
    answer(
        "hangs in a body after a large head",
        || [large_head(), b"\r\ncontent-length: 60000\r\n\r\n".to_vec(), vec![b'z'; 40_000]].concat(),
        Then::Hangs,
        Response(200, "stalled"),
    ),
    answer(
        "hangs in a chunk",
        || chunked(&format!("8000\r\n{}", "z".repeat(30_000))),
        Then::Hangs,
        Response(200, "stalled"),
    ),
    // --- lengths that are none
    answer("has a length of 20 digits", || sized("99999999999999999999"), Then::Hangs, INVALID),
    // To hyper, the two largest numbers of 64 bits are lengths that it has no room for.
    answer("has the largest length", || sized("18446744073709551615"), Then::Hangs, LARGE),
    answer("has a negative length", || sized("-1"), Then::Hangs, INVALID),
    answer("has a length in words", || sized("many"), Then::Hangs, INVALID),
    answer("has two lengths", || sized("5\r\ncontent-length: 6"), Then::Hangs, INVALID),
    answer("has two lengths in one line", || sized("5, 6"), Then::Hangs, INVALID),
    // --- what is not HTTP
    answer("talks like SSH", || b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), Then::Hangs, INVALID),
    answer("talks like a mail server", || b"220 mail.example ESMTP\r\n".to_vec(), Then::Hangs, INVALID),
    answer("talks HTTP/0.9", || b"<html>hello</html>\r\n".to_vec(), Then::Closes, INVALID),
    answer("talks HTTP/7.0", || b"HTTP/7.0 200 OK\r\n\r\n".to_vec(), Then::Hangs, INVALID),
    answer("talks HTTP/2 without being asked", settings, Then::Hangs, INVALID),
    answer("talks TLS", || vec![0x15, 3, 3, 0, 2, 2, 40], Then::Hangs, INVALID),
    answer("talks garbage", || (0..255).rev().cycle().take(4096).collect(), Then::Hangs, INVALID),
    answer("has a status in words", || b"HTTP/1.1 abc OK\r\n\r\n".to_vec(), Then::Hangs, INVALID),
    answer("has a header without a colon", || headed("no colon"), Then::Hangs, INVALID),
    answer("has a header with a zero byte", || headed("x: \0"), Then::Hangs, INVALID),
    answer("has a folded header", || headed("x: a\r\n b"), Then::Hangs, INVALID),
    // --- shapes that smuggle one response into another
    answer("has a space before a colon", || headed("transfer-encoding : chunked"), Then::Hangs, INVALID),
    answer("has a header with a bare return", || headed("x: a\rcontent-length: 5"), Then::Hangs, INVALID),
    answer(
        "has chunks in HTTP/1.0",
        || b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_vec(),
        Then::Hangs,
        INVALID,
    ),
    answer(
        "has a length and chunks",
        || headed("content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 500 No"),
        Then::Hangs,
        Response(200, "complete"),
    ),
    answer(
        "has an unknown transfer encoding",
        || headed("transfer-encoding: xchunked\r\n\r\n0"),
        Then::Closes,
        Response(200, "complete"),
    ),
    answer("has a chunk size in words", || chunked("3\r\nabc\r\nxyz\r\n"), Then::Hangs, BROKEN),
    answer("has a negative chunk size", || chunked("-1\r\nabc\r\n"), Then::Hangs, BROKEN),
    answer("has a chunk size with a prefix", || chunked("0x3\r\nabc\r\n0\r\n\r\n"), Then::Hangs, BROKEN),
    answer("has a chunk size of 20 digits", || chunked("ffffffffffffffffffff\r\nabc"), Then::Hangs, BROKEN),
    answer("has a chunk longer than its size", || chunked("3\r\nabcde\r\n0\r\n\r\n"), Then::Hangs, BROKEN),
    answer(
        "answers twice",
        || {
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"
                .to_vec()
        },
        Then::Hangs,
        Response(200, "complete"),
    ),
    answer(
        "switches protocols",
        || b"HTTP/1.1 101\r\nupgrade: x\r\n\r\n".to_vec(),
        Then::Hangs,
        Response(101, "complete"),
    ),
];

const SLOW: Ends = Failure("first_byte_timeout");
const LARGE: Ends = Failure("headers_too_large");
const FLOODED: Ends = Failure("flooded");
const INVALID: Ends = Failure("invalid_response");
const BROKEN: Ends = Response(200, "broken");
const TOO_LONG: Ends = Response(200, "too_long");

const fn absent(name: &'static str, wears: Wears, class: &'static str) -> Behaviour {
    let script = Script { waits: Waits::Not, says: Vec::new, then: Then::Hangs };
    Behaviour { name, wears, script, ends: Failure(class) }
}

const fn plain(name: &'static str, waits: Waits, says: fn() -> Vec<u8>, then: Then, ends: Ends) -> Behaviour {
    Behaviour { name, wears: Wears::Plain, script: Script { waits, says, then }, ends }
}

/// Reads the request, and says this.
const fn answer(name: &'static str, says: fn() -> Vec<u8>, then: Then, ends: Ends) -> Behaviour {
    plain(name, Waits::ForRequest, says, then, ends)
}

/// The beginning of a body that should be longer.
fn begun(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n{body}").into_bytes()
}

fn chunked(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}").into_bytes()
}

fn sized(length: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes()
}

fn headed(header: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n").into_bytes()
}

/// Thirty headers of a kilobyte each, and no end.
fn large_head() -> Vec<u8> {
    format!("HTTP/1.1 200 OK{}", format!("\r\nx: {}", "a".repeat(1000)).repeat(30)).into_bytes()
}
