//! What an index knows of each value.

/// A value of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// The first byte of the member's name; of no meaning for elements and the root.
    pub(super) key: u32,
    /// Of the name as it is meant, likewise.
    pub(super) tag: Tag,
    /// Whether the name has escapes and must be read to be compared.
    pub(super) key_escaped: bool,
    /// The first byte of the value; of a string, the one behind its quote.
    pub(super) start: u32,
    /// One behind the last byte; of a string, its closing quote.
    pub(super) end: u32,
    /// The node behind this one's subtree; of a container that is still open, its parent.
    pub(super) next: u32,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    String,
    EscapedString,
    Array,
    Object,
}

impl Kind {
    /// Whether there is nothing below.
    pub(super) const fn is_leaf(self) -> bool {
        !matches!(self, Self::Array | Self::Object)
    }
}

/// A name's length with its first and last byte: enough to tell most names of an object apart at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag(u32);

impl Tag {
    pub(super) const NONE: Self = Self(0);
    /// Lengths from here on look alike.
    const LENGTH_MAX: usize = 0xffff;

    pub(super) fn of(name: &[u8]) -> Self {
        let (Some(&first), Some(&last)) = (name.first(), name.last()) else {
            return Self::NONE;
        };
        Self(position(name.len().min(Self::LENGTH_MAX)) << 16 | u32::from(first) << 8 | u32::from(last))
    }
}

/// A position in a text, or a number of nodes, of which there are never more than bytes.
#[expect(clippy::cast_possible_truncation, reason = "texts have at most TEXT_BYTES_MAX bytes")]
pub(super) const fn position(at: usize) -> u32 {
    at as u32
}
