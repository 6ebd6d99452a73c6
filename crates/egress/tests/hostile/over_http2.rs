//! Receivers that negotiate HTTP/2 and then break its rules or bury us in frames.

use super::Ends::{Failure, Response};
use super::bytes::{after_settings, frame, head, settings};
use super::script::{Script, Then, Waits};
use super::{Behaviour, Ends, Wears};

// Kinds of frames: 0 data, 1 headers, 2 priority, 3 reset, 4 settings, 5 push promise, 6 ping, 7 goodbye,
// 8 window update, 9 continuation.
pub(super) const BEHAVIOURS: &[Behaviour] = &[
    http2("takes a stream and hangs", settings, Then::Hangs, Failure("first_byte_timeout")),
    http2(
        "opens no window",
        || frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]),
        Then::Hangs,
        Failure("first_byte_timeout"),
    ),
    http2("closes instead of a stream", settings, Then::HalfCloses, Failure("closed_early")),
    http2("resets the connection of a stream", settings, Then::Resets, Failure("reset")),
    // --- says no
    http2("resets the stream", || after_settings(&[frame(3, 0, 1, &[0, 0, 0, 8])]), Then::Hangs, RESET),
    http2("refuses the stream", || after_settings(&[frame(3, 0, 1, &[0, 0, 0, 7])]), Then::Hangs, RESET),
    http2("says goodbye at once", || after_settings(&[goodbye(0)]), Then::Hangs, GOAWAY),
    http2("says goodbye with an error", || after_settings(&[goodbye(2)]), Then::Closes, GOAWAY),
    // --- floods
    http2("floods with settings", settings, Then::Repeats(settings), FLOODED),
    http2("floods with pings", settings, Then::Repeats(|| frame(6, 0, 0, &[0; 8])), FLOODED),
    http2("floods with windows", settings, Then::Repeats(|| frame(8, 0, 0, &[0, 0, 0, 1])), FLOODED),
    http2("floods with priorities", settings, Then::Repeats(|| frame(2, 0, 1, &[0, 0, 0, 0, 1])), FLOODED),
    http2("floods with unknown frames", settings, Then::Repeats(|| frame(0xfe, 0, 0, &[0; 64])), FLOODED),
    http2(
        "floods with empty data",
        || after_settings(&[head()]),
        Then::Repeats(|| frame(0, 0, 1, &[])),
        BROKEN,
    ),
    http2("floods with padding", || after_settings(&[head()]), Then::Repeats(padding), BROKEN),
    http2("floods with resets", settings, Then::Repeats(|| frame(3, 0, 1, &[0, 0, 0, 8])), RESET),
    http2("floods with resets of others", settings, Then::Repeats(|| frame(3, 0, 3, &[0, 0, 0, 8])), ERROR),
    http2("floods with interim heads", settings, Then::Repeats(|| frame(1, 4, 1, b"\x08\x03103")), FLOODED),
    http2(
        "continues a head forever",
        || after_settings(&[frame(1, 0, 1, &[0x88])]),
        Then::Repeats(|| frame(9, 0, 1, b"\0\x01a\x01b")),
        LARGE,
    ),
    http2(
        "continues a head with nothing",
        || after_settings(&[frame(1, 0, 1, &[0x88])]),
        Then::Repeats(|| frame(9, 0, 1, &[])),
        LARGE,
    ),
    http2(
        "has a body that ignores our window",
        || after_settings(&[head()]),
        Then::Repeats(|| frame(0, 0, 1, &[0; 999])),
        BROKEN,
    ),
    // --- as much as is taken, and then silence
    http2(
        "hangs in a large head of a stream",
        || after_settings(&large_head(0)),
        Then::Hangs,
        Failure("first_byte_timeout"),
    ),
    http2("hangs in a body after a large head of a stream", large_answer, Then::Hangs, STALLED),
    // --- breaks the rules
    http2(
        "falls back to HTTP/1",
        || b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec(),
        Then::Hangs,
        ERROR,
    ),
    http2("has data before its head", || after_settings(&[frame(0, 0, 1, b"data")]), Then::Hangs, ERROR),
    http2("has a head that grows when unpacked", || after_settings(&[packed_bomb()]), Then::Hangs, LARGE),
    http2(
        "has a head that cannot be unpacked",
        || after_settings(&[frame(1, 4, 1, &[0xff; 20])]),
        Then::Hangs,
        ERROR,
    ),
    http2(
        "has a head without a status",
        || after_settings(&[frame(1, 5, 1, b"\0\x01a\x01b")]),
        Then::Hangs,
        ERROR,
    ),
    http2(
        "pushes what nobody wants",
        || after_settings(&[frame(5, 4, 1, &[0, 0, 0, 2, 0x82])]),
        Then::Hangs,
        ERROR,
    ),
    http2(
        "overflows a window",
        || after_settings(&[frame(8, 0, 0, &[0x7f, 0xff, 0xff, 0xff])]),
        Then::Hangs,
        ERROR,
    ),
    http2(
        "has a frame that is too large",
        || [0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1].to_vec(),
        Then::Hangs,
        ERROR,
    ),
    http2("opens streams of its own", || after_settings(&[frame(1, 5, 2, &[0x88])]), Then::Hangs, ERROR),
    // --- breaks off
    http2("resets the stream in the body", begun_and_reset, Then::Hangs, BROKEN),
    http2(
        "hangs in the body of a stream",
        || after_settings(&[head(), frame(0, 0, 1, b"abc")]),
        Then::Hangs,
        STALLED,
    ),
];

const RESET: Ends = Failure("http2_reset");
const GOAWAY: Ends = Failure("http2_goaway");
const ERROR: Ends = Failure("http2_error");
const LARGE: Ends = Failure("headers_too_large");
const FLOODED: Ends = Failure("flooded");
const BROKEN: Ends = Response(200, "broken");
const STALLED: Ends = Response(200, "stalled");

const fn http2(name: &'static str, says: fn() -> Vec<u8>, then: Then, ends: Ends) -> Behaviour {
    let script = Script { waits: Waits::ForStream, says, then };
    Behaviour { name, wears: Wears::Http2, script, ends }
}

fn goodbye(reason: u8) -> Vec<u8> {
    frame(7, 0, 0, &[0, 0, 0, 0, 0, 0, 0, reason])
}

/// Data of 250 bytes, all of them padding.
fn padding() -> Vec<u8> {
    frame(0, 8, 1, &[vec![249], vec![0; 249]].concat())
}

/// One long header that is remembered, and then named a thousand times with a byte each.
fn packed_bomb() -> Vec<u8> {
    let long = [b"\x40\x01a\x7f\x81\x1e".to_vec(), vec![b'x'; 4000]].concat();
    frame(1, 4, 1, &[vec![0x88], long, vec![0xbe; 1000]].concat())
}

fn begun_and_reset() -> Vec<u8> {
    after_settings(&[head(), frame(0, 0, 1, b"abc"), frame(3, 0, 1, &[0, 0, 0, 2])])
}

/// Thirty headers of a kilobyte each, in two frames; `last` are the flags of the second.
fn large_head(last: u8) -> Vec<Vec<u8>> {
    let header = [b"\0\x01a\x7f\xe9\x06".to_vec(), vec![b'x'; 1000]].concat(); // 127 + 0x69 + 6 * 128 = 1000
    let some = header.repeat(15);
    vec![frame(1, 0, 1, &[vec![0x88], some.clone()].concat()), frame(9, last, 1, &some)]
}

fn large_answer() -> Vec<u8> {
    let body = frame(0, 0, 1, &[b'z'; 16_000]);
    after_settings(&[large_head(4).concat(), body.repeat(3)])
}
