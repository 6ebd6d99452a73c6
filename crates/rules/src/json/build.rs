//! One pass over a text, writing down its nodes.

use super::node::{Kind, Node, Tag, position};
use super::scan::{number_end, skip_space, string_end};
use super::text::Text;

/// How many bytes of ordinary text one value takes, so that one allocation is usually enough.
const BYTES_PER_NODE: usize = 12;

/// No node: above the number of nodes of the longest text.
const NONE: u32 = u32::MAX;

/// The nodes of a text within the bound; `None` if it is not JSON.
pub(super) fn nodes_of(text: &str) -> Option<Vec<Node>> {
    let nodes = Vec::with_capacity(text.len() / BYTES_PER_NODE + 1);
    let bytes = text.as_bytes();
    let mut builder =
        Builder { text, bytes, at: 0, nodes, parent: NONE, key: 0, tag: Tag::NONE, key_escaped: false };
    builder.run()?;
    Some(builder.nodes)
}

/// Walks a text once. Open containers are kept in the nodes themselves, so that depth costs neither stack nor memory.
struct Builder<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    parent: u32,
    key: u32,
    tag: Tag,
    key_escaped: bool,
}

impl Builder<'_> {
    fn run(&mut self) -> Option<()> {
        loop {
            self.value()?;
            loop {
                if self.parent == NONE {
                    return (skip_space(self.bytes, self.at) == self.bytes.len()).then_some(());
                }
                if self.more()? {
                    break;
                }
            }
        }
    }

    /// Reads values up to the end of one: past a scalar, or up to the bracket that closes an empty container.
    fn value(&mut self) -> Option<()> {
        loop {
            self.at = skip_space(self.bytes, self.at);
            match *self.bytes.get(self.at)? {
                b'"' => return self.string(),
                b'{' => {
                    self.open(Kind::Object);
                    if self.bytes.get(self.at) == Some(&b'}') {
                        return Some(());
                    }
                    self.name()?;
                }
                b'[' => {
                    self.open(Kind::Array);
                    if self.bytes.get(self.at) == Some(&b']') {
                        return Some(());
                    }
                }
                b'-' | b'0'..=b'9' => {
                    self.scalar(Kind::Number, number_end(self.bytes, self.at));
                    return Some(());
                }
                b't' => return self.literal(b"true", Kind::True),
                b'f' => return self.literal(b"false", Kind::False),
                b'n' => return self.literal(b"null", Kind::Null),
                _ => return None,
            }
        }
    }

    /// Behind a value in a container: whether another follows. If not, the container is closed.
    fn more(&mut self) -> Option<bool> {
        self.at = skip_space(self.bytes, self.at);
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        let behind = position(self.nodes.len());
        let parent = &mut self.nodes[self.parent as usize];
        match (byte, parent.kind) {
            (b',', Kind::Array) => Some(true),
            (b',', _) => {
                self.at = skip_space(self.bytes, self.at);
                self.name().map(|()| true)
            }
            (b']', Kind::Array) | (b'}', Kind::Object) => {
                parent.end = position(self.at);
                self.parent = std::mem::replace(&mut parent.next, behind);
                Some(false)
            }
            _ => None,
        }
    }

    fn open(&mut self, kind: Kind) {
        let node = position(self.nodes.len());
        self.push(kind, self.at, self.at, self.parent);
        self.parent = node;
        self.at = skip_space(self.bytes, self.at + 1);
    }

    fn name(&mut self) -> Option<()> {
        let start = self.opening_quote()?;
        let (end, escaped) = string_end(self.bytes, start)?;
        self.key = position(start);
        self.key_escaped = escaped;
        self.tag = if escaped { self.tag_of_escaped(start, end) } else { Tag::of(&self.bytes[start..end]) };
        self.at = skip_space(self.bytes, end + 1);
        (*self.bytes.get(self.at)? == b':').then(|| self.at += 1)
    }

    #[cold]
    fn tag_of_escaped(&self, start: usize, end: usize) -> Tag {
        Tag::of(Text::escaped(&self.text[start..end]).read().as_bytes())
    }

    fn string(&mut self) -> Option<()> {
        let start = self.opening_quote()?;
        let (end, escaped) = string_end(self.bytes, start)?;
        self.push_leaf(if escaped { Kind::EscapedString } else { Kind::String }, start, end);
        self.at = end + 1;
        Some(())
    }

    fn literal(&mut self, word: &[u8], kind: Kind) -> Option<()> {
        let found = self.bytes[self.at..].starts_with(word);
        found.then(|| self.scalar(kind, self.at + word.len()))
    }

    fn scalar(&mut self, kind: Kind, end: usize) {
        self.push_leaf(kind, self.at, end);
        self.at = end;
    }

    fn opening_quote(&self) -> Option<usize> {
        (*self.bytes.get(self.at)? == b'"').then_some(self.at + 1)
    }

    fn push_leaf(&mut self, kind: Kind, start: usize, end: usize) {
        let next = position(self.nodes.len() + 1);
        self.push(kind, start, end, next);
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, next: u32) {
        let (start, end) = (position(start), position(end));
        let Self { key, tag, key_escaped, .. } = *self;
        self.nodes.push(Node { key, tag, key_escaped, start, end, next, kind });
    }
}
