//! Where every value of a JSON text stands: made in one pass, then asked any number of times.
//!
//! Nodes lie in the order of the text. Each knows where its subtree ends, so that looking for a member steps from
//! sibling to sibling and never reads what lies below them.

use super::build::nodes_of;
use super::node::{Kind, Node, Tag, position};
use super::scan::string_end;
use super::text::Text;
use super::value::{Container, Value};

/// The most bytes of a text that is indexed; its nodes can take twelve times as many.
pub(crate) const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A value within an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

/// The whole value.
pub(crate) const ROOT: NodeId = NodeId(0);

/// A text and its nodes, the first of which is the whole value.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    text: &'a str,
    nodes: Vec<Node>,
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
        nodes_of(text).map(|nodes| Self { text, nodes })
    }

    /// The whole value.
    pub(crate) fn root(&self) -> Value<'_> {
        self.value(ROOT)
    }

    pub(crate) fn value(&self, node: NodeId) -> Value<'_> {
        let Node { start, end, kind, .. } = *self.node(node);
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

    /// The last member called `key`, if the node is an object: of members with the same name, the last one counts.
    pub(crate) fn member(&self, node: NodeId, key: &Key) -> Option<NodeId> {
        let object = self.node(node);
        if object.kind != Kind::Object {
            return None;
        }
        let end = object.next as usize;
        let mut rest = &self.nodes[node.0 as usize + 1..end];
        let mut found = None;
        while let Some((member, behind)) = rest.split_first() {
            if member.tag == key.tag && self.is_called(member, key) {
                found = Some(NodeId(position(end - rest.len())));
            }
            // Most members have nothing below them, and passing those waits for no load.
            rest = if member.kind.is_leaf() { behind } else { self.nodes.get(member.next as usize..end)? };
        }
        found
    }

    /// The element at `position` from 0, if the node is an array.
    pub(crate) fn item(&self, node: NodeId, position: u32) -> Option<NodeId> {
        self.items(node).nth(position as usize)
    }

    /// The elements in order, if the node is an array.
    pub(crate) fn items(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let is_array = self.node(node).kind == Kind::Array;
        is_array.then(|| self.children(node)).into_iter().flatten()
    }

    /// The nodes right below, in the order of the text.
    pub(super) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let end = self.node(node).next;
        let within = move |at: u32| (at < end).then_some(NodeId(at));
        std::iter::successors(within(node.0 + 1), move |child| within(self.node(*child).next))
    }

    /// The name of the member at `node`.
    pub(super) fn name(&self, node: NodeId) -> Text<'_> {
        let Node { key, key_escaped, .. } = *self.node(node);
        let name = self.slice(key, self.name_end(key));
        if key_escaped { Text::escaped(name) } else { Text::plain(name) }
    }

    /// The text of the value at `node`, without the quotes of a string.
    pub(super) fn source(&self, node: NodeId) -> &'a str {
        let Node { start, end, .. } = *self.node(node);
        self.slice(start, end)
    }

    fn is_called(&self, member: &Node, key: &Key) -> bool {
        if member.key_escaped {
            return self.reads_as(member, key);
        }
        let name = &self.text.as_bytes()[member.key as usize..];
        name.starts_with(key.name.as_bytes()) && name.get(key.name.len()) == Some(&b'"')
    }

    #[cold]
    fn reads_as(&self, member: &Node, key: &Key) -> bool {
        Text::escaped(self.slice(member.key, self.name_end(member.key))).is(&key.name)
    }

    fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize]
    }

    fn name_end(&self, start: u32) -> u32 {
        string_end(self.text.as_bytes(), start as usize).map_or(start, |(end, _)| position(end))
    }

    fn slice(&self, start: u32, end: u32) -> &'a str {
        // Both ends are beside ASCII characters, so that this is never empty for want of a boundary.
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}
