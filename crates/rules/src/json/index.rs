//! Where every value of a JSON text stands: made in one pass, then asked any number of times.
//!
//! Nodes lie in the order of the text. Each knows where its subtree ends, so that looking for a member steps from
//! sibling to sibling and never reads what lies below them.

use super::scan::{number_end, skip_space, string_end};
use super::text::Text;
use super::value::{Container, Value};

/// The most bytes of a text that is indexed; its nodes can take twelve times as many.
pub(crate) const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How many bytes of ordinary text one value takes, so that one allocation is usually enough.
const BYTES_PER_NODE: usize = 12;

/// No node: above the number of nodes of the longest text.
const NONE: u32 = u32::MAX;

/// A text and its nodes, the first of which is the whole value.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// The first byte of the member's name; of no meaning for elements and the root.
    key: u32,
    /// Of the name, likewise.
    tag: Tag,
    /// The first byte of the value; of a string, the one behind its quote.
    start: u32,
    /// One behind the last byte; of a string, its closing quote.
    end: u32,
    /// The node behind this one's subtree; of a container that is still open, its parent.
    next: u32,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    True,
    False,
    Number,
    String,
    EscapedString,
    Array,
    Object,
}

/// A name's length with its first and last byte: enough to tell most names of an object apart at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tag(u32);

impl Tag {
    const NONE: Self = Self(0);
    /// The name has escapes and must be read to be compared.
    const ESCAPED: Self = Self(u32::MAX);
    /// Lengths from here on look alike; apart from `ESCAPED`.
    const LENGTH_MAX: usize = 0xfffe;

    fn of(name: &[u8]) -> Self {
        let (Some(&first), Some(&last)) = (name.first(), name.last()) else {
            return Self::NONE;
        };
        Self(position(name.len().min(Self::LENGTH_MAX)) << 16 | u32::from(first) << 8 | u32::from(last))
    }
}

/// The name of a member to look for, prepared once.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    name: Box<str>,
    tag: Tag,
}

impl Key {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into(), tag: Tag::of(name.as_bytes()) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl<'a> Index<'a> {
    /// Indexes a text; `None` if it is not JSON or too long. Checks structure, not every detail of the grammar.
    pub(crate) fn build(text: &'a str) -> Option<Self> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let nodes = Vec::with_capacity(text.len() / BYTES_PER_NODE + 1);
        let mut builder =
            Builder { bytes: text.as_bytes(), at: 0, nodes, parent: NONE, key: 0, tag: Tag::NONE };
        builder.run()?;
        Some(Self { text, nodes: builder.nodes })
    }

    /// The whole value.
    pub(crate) fn root(&self) -> Value<'_> {
        self.value(0)
    }

    pub(super) fn value(&self, node: u32) -> Value<'_> {
        let Node { start, end, kind, .. } = self.nodes[node as usize];
        match kind {
            Kind::Null => Value::Null,
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Number => Value::Number(self.slice(start, end)),
            Kind::String => Value::String(Text::plain(self.slice(start, end))),
            Kind::EscapedString => Value::String(Text::escaped(self.slice(start, end))),
            Kind::Array => Value::Array(Container::new(self, node)),
            Kind::Object => Value::Object(Container::new(self, node)),
        }
    }

    /// The last member called `key` of the object at `node`: of members with the same name, the last one counts.
    pub(super) fn member(&self, node: u32, key: &Key) -> Option<u32> {
        let mut found = None;
        let mut at = node + 1;
        let end = self.nodes[node as usize].next;
        while at < end {
            let member = &self.nodes[at as usize];
            if (member.tag == key.tag || member.tag == Tag::ESCAPED) && self.is_called(member, key) {
                found = Some(at);
            }
            at = member.next;
        }
        found
    }

    /// The nodes right below the container at `node`, in the order of the text.
    pub(super) fn children(&self, node: u32) -> impl Iterator<Item = u32> {
        let end = self.nodes[node as usize].next;
        let first = Some(node + 1).filter(|first| *first < end);
        std::iter::successors(first, move |at| Some(self.nodes[*at as usize].next).filter(|next| *next < end))
    }

    /// The name of the member at `node`.
    pub(super) fn name(&self, node: u32) -> Text<'_> {
        let Node { key, tag, .. } = self.nodes[node as usize];
        let name = self.slice(key, self.name_end(key));
        if tag == Tag::ESCAPED { Text::escaped(name) } else { Text::plain(name) }
    }

    /// The text of the value at `node`, without the quotes of a string.
    pub(super) fn source(&self, node: u32) -> &'a str {
        let Node { start, end, .. } = self.nodes[node as usize];
        self.slice(start, end)
    }

    fn is_called(&self, member: &Node, key: &Key) -> bool {
        if member.tag == Tag::ESCAPED {
            return Text::escaped(self.slice(member.key, self.name_end(member.key))).is(&key.name);
        }
        let name = &self.text.as_bytes()[member.key as usize..];
        name.starts_with(key.name.as_bytes()) && name.get(key.name.len()) == Some(&b'"')
    }

    fn name_end(&self, start: u32) -> u32 {
        string_end(self.text.as_bytes(), start as usize).map_or(start, |(end, _)| position(end))
    }

    fn slice(&self, start: u32, end: u32) -> &'a str {
        // Both ends are beside ASCII characters, so that this is never empty for want of a boundary.
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

/// Walks a text once. Open containers are kept in the nodes themselves, so that depth costs neither stack nor memory.
struct Builder<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    parent: u32,
    key: u32,
    tag: Tag,
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
        self.tag = if escaped { Tag::ESCAPED } else { Tag::of(&self.bytes[start..end]) };
        self.at = skip_space(self.bytes, end + 1);
        (*self.bytes.get(self.at)? == b':').then(|| self.at += 1)
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
        self.nodes.push(Node { key: self.key, tag: self.tag, start, end, next, kind });
    }
}

/// A position in a text, or a number of nodes, of which there are never more than bytes.
#[expect(clippy::cast_possible_truncation, reason = "texts have at most TEXT_BYTES_MAX bytes")]
const fn position(at: usize) -> u32 {
    at as u32
}
