//! What receivers say, where it takes more than a literal.

/// A frame of HTTP/2.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// What a server of HTTP/2 begins with.
pub(super) fn settings() -> Vec<u8> {
    frame(4, 0, 0, &[])
}

/// The settings, and after them these frames.
pub(super) fn after_settings(frames: &[Vec<u8>]) -> Vec<u8> {
    [settings(), frames.concat()].concat()
}

/// The head of a response over HTTP/2 that a body follows: `:status: 200`.
pub(super) fn head() -> Vec<u8> {
    frame(1, 4, 1, &[0x88])
}

/// A gzip file of zeros that grows 150 times: one literal, then copies of 258 bytes from one byte back.
pub(super) fn gzip_bomb() -> Vec<u8> {
    const COPIES: usize = 32 * 1024;
    let mut bits = vec![true, true, false]; // The last block, with the fixed codes.
    bits.extend([false, false, true, true, false, false, false, false]); // A zero.
    for _ in 0..COPIES {
        bits.extend([true, true, false, false, false, true, false, true]); // 258 bytes.
        bits.extend([false; 5]); // From one byte back.
    }
    bits.extend([false; 7]); // The end of the block.
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let byte =
        |bits: &[bool]| bits.iter().enumerate().map(|(place, bit)| u8::from(*bit) << place).sum::<u8>();
    file.extend(bits.chunks(8).map(byte));
    file
}
