//! A JSON value whose inside is opened only where somebody works on it.

use std::borrow::Cow;

use super::read;

/// A value: text that nobody has looked into, or what was found inside.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    /// As it is written.
    Raw(Cow<'a, str>),
    /// An object that was opened. Members may repeat a name; the last one counts.
    Object(Vec<(Cow<'a, str>, Self)>),
    /// A list that was opened.
    List(Vec<Self>),
}

/// Something is on the way that cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    NotAnObject,
    Occupied,
}

impl<'a> Node<'a> {
    /// A value as it is written: one that is known to be JSON.
    pub(crate) fn raw(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Raw(text.into())
    }

    /// A text as a JSON value.
    pub(crate) fn text(text: &str) -> Self {
        Self::Raw(quoted(text).into())
    }

    const fn empty() -> Self {
        Self::Object(Vec::new())
    }

    /// The members, if it is an object.
    pub(crate) fn members(&mut self) -> Option<&mut Vec<(Cow<'a, str>, Self)>> {
        if let Self::Raw(text) = self {
            let opened = match text {
                Cow::Borrowed(text) => open_members(text)?,
                Cow::Owned(text) => open_members(text)?.into_iter().map(own_member).collect(),
            };
            *self = Self::Object(opened);
        }
        match self {
            Self::Object(members) => Some(members),
            Self::Raw(_) | Self::List(_) => None,
        }
    }

    /// The elements, if it is a list.
    pub(crate) fn elements(&mut self) -> Option<&mut Vec<Self>> {
        if let Self::Raw(text) = self {
            let opened = match text {
                Cow::Borrowed(text) => open_elements(text)?,
                Cow::Owned(text) => open_elements(text)?.into_iter().map(own).collect(),
            };
            *self = Self::List(opened);
        }
        match self {
            Self::List(elements) => Some(elements),
            Self::Raw(_) | Self::Object(_) => None,
        }
    }

    /// The value at the end of the way `names`, if there is one; anything but an object ends the way.
    pub(crate) fn at(&mut self, names: &[Box<str>]) -> Option<&mut Self> {
        let Some((name, rest)) = names.split_first() else { return Some(self) };
        self.member(name)?.at(rest)
    }

    /// Takes out what stands at `way` and `name`; with `prune`, objects on the way that become empty go too.
    pub(crate) fn take(&mut self, way: &[Box<str>], name: &str, prune: bool) -> Option<Self> {
        let Some((next, rest)) = way.split_first() else { return self.remove(name) };
        let inner = self.member(next)?;
        let taken = inner.take(rest, name, prune)?;
        if prune && matches!(inner, Self::Object(members) if members.is_empty()) {
            self.remove(next);
        }
        Some(taken)
    }

    /// Puts `value` at `way` and `name`, making objects on the way; nothing may be there.
    pub(crate) fn put(&mut self, way: &[Box<str>], name: &'a str, value: Self) -> Result<(), Obstacle>
    where
        Self: 'a,
    {
        self.put_at(way.iter().map(|name| &**name), name, value)
    }

    fn put_at<'n>(
        &mut self,
        mut way: impl Iterator<Item = &'n str>,
        name: &'a str,
        value: Self,
    ) -> Result<(), Obstacle> {
        let mut holder = self;
        for next in way.by_ref() {
            let members = holder.members().ok_or(Obstacle::NotAnObject)?;
            let place = members.iter().rposition(|(member, _)| member == next).unwrap_or(members.len());
            if place == members.len() {
                members.push((Cow::Owned(next.to_owned()), Self::empty()));
            }
            holder = &mut members[place].1;
        }
        let members = holder.members().ok_or(Obstacle::NotAnObject)?;
        if members.iter().any(|(member, _)| member == name) {
            return Err(Obstacle::Occupied);
        }
        members.push((Cow::Borrowed(name), value));
        Ok(())
    }

    /// Gives the member at `way` and `name` another name; whether there was one.
    pub(crate) fn rename(&mut self, way: &[Box<str>], name: &str, to: &'a str) -> Result<bool, Obstacle> {
        let Some(holder) = self.at(way) else { return Ok(false) };
        let Some(members) = holder.members() else { return Ok(false) };
        let Some(mut place) = members.iter().rposition(|(member, _)| member == name) else {
            return Ok(false);
        };
        if members.iter().any(|(member, _)| member == to) {
            return Err(Obstacle::Occupied);
        }
        // Of members with the same name the last one counted; the others mean nothing and would come to light.
        let mut at = 0;
        let last = place;
        members.retain(|(member, _)| {
            let kept = at == last || member != name;
            place -= usize::from(!kept && at < last);
            at += 1;
            kept
        });
        members[place].0 = Cow::Borrowed(to);
        Ok(true)
    }

    /// How many members or elements it has that were opened: what looking through it costs.
    pub(crate) const fn width(&self) -> usize {
        match self {
            Self::Raw(_) => 0,
            Self::Object(members) => members.len(),
            Self::List(elements) => elements.len(),
        }
    }

    /// How many bytes it takes when written.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Raw(text) => text.len(),
            Self::Object(members) => {
                members.iter().map(|(name, value)| name.len() + 4 + value.bytes()).sum::<usize>() + 2
            }
            Self::List(elements) => elements.iter().map(|element| element.bytes() + 1).sum::<usize>() + 2,
        }
    }

    /// The value as JSON.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Raw(text) => out.push_str(text),
            Self::Object(members) => {
                out.push('{');
                for (place, (name, value)) in members.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    out.push_str(&quoted(name));
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
            Self::List(elements) => {
                out.push('[');
                for (place, element) in elements.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    element.write(out);
                }
                out.push(']');
            }
        }
    }

    /// The last member of this name.
    fn member(&mut self, name: &str) -> Option<&mut Self> {
        self.members()?.iter_mut().rfind(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Takes out the member of this name, and all of the same name that stood before it.
    fn remove(&mut self, name: &str) -> Option<Self> {
        let members = self.members()?;
        let place = members.iter().rposition(|(member, _)| member == name)?;
        let (_, value) = members.remove(place);
        members.retain(|(member, _)| member != name);
        Some(value)
    }
}

fn open_members(text: &str) -> Option<Vec<(Cow<'_, str>, Node<'_>)>> {
    let members = read::members(text)?;
    Some(members.into_iter().map(|(name, value)| (name, Node::raw(value))).collect())
}

fn open_elements(text: &str) -> Option<Vec<Node<'_>>> {
    Some(read::elements(text)?.into_iter().map(Node::raw).collect())
}

fn own_member<'a>((name, value): (Cow<'_, str>, Node<'_>)) -> (Cow<'a, str>, Node<'a>) {
    (Cow::Owned(name.into_owned()), own(value))
}

/// The same as text of its own. What was just opened is text.
fn own<'a>(node: Node<'_>) -> Node<'a> {
    match node {
        Node::Raw(text) => Node::Raw(Cow::Owned(text.into_owned())),
        Node::Object(members) => Node::Object(members.into_iter().map(own_member).collect()),
        Node::List(elements) => Node::List(elements.into_iter().map(own).collect()),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text can be written")
}

#[cfg(test)]
mod tests {
    use super::super::Pointer;
    use super::*;

    fn way(path: &str) -> Pointer {
        Pointer::parse(path).unwrap()
    }

    fn written(node: &Node<'_>) -> String {
        let mut out = String::new();
        node.write(&mut out);
        out
    }

    #[test]
    fn what_is_not_touched_keeps_its_bytes() {
        let text = r#"{"b":{"x":1.10, "y":[1E999, "\u00e9"]},"a":12345678901234567890.10,"n":{"m":-0.0}}"#;
        let mut node = Node::raw(text);
        assert!(node.rename(way("/n").names(), "m", "k").unwrap());
        assert_eq!(written(&node), text.replace("\"m\"", "\"k\""));
    }

    #[test]
    fn a_value_can_be_wrapped_and_unwrapped() {
        let mut node = Node::raw(r#"{"zone":"eu-1","n":1}"#);
        let zone = node.take(&[], "zone", false).unwrap();
        node.put(way("/zone").names(), "name", zone).unwrap();
        assert_eq!(written(&node), r#"{"n":1,"zone":{"name":"eu-1"}}"#);
        let name = node.take(way("/zone").names(), "name", true).unwrap();
        node.put(&[], "zone", name).unwrap();
        assert_eq!(written(&node), r#"{"n":1,"zone":"eu-1"}"#);
    }

    #[test]
    fn of_members_with_one_name_the_last_counts() {
        let mut node = Node::raw(r#"{"a":1,"b":2,"\u0061":3,"c":4}"#);
        assert!(node.clone().rename(&[], "a", "b").is_err());
        let mut renamed = node.clone();
        assert!(renamed.rename(&[], "a", "z").unwrap());
        assert_eq!(written(&renamed), r#"{"b":2,"z":3,"c":4}"#);
        assert_eq!(node.take(&[], "a", false).map(|node| written(&node)).as_deref(), Some("3"));
        assert_eq!(written(&node), r#"{"b":2,"c":4}"#);
    }

    #[test]
    fn what_is_taken_or_in_the_way_is_told() {
        let mut node = Node::raw(r#"{"a":1,"b":{}}"#);
        assert_eq!(node.put(&[], "a", Node::raw("2")), Err(Obstacle::Occupied));
        assert_eq!(node.put(way("/a").names(), "x", Node::raw("2")), Err(Obstacle::NotAnObject));
        assert_eq!(Node::raw("[1]").put(&[], "x", Node::raw("2")), Err(Obstacle::NotAnObject));
        assert!(node.take(way("/a").names(), "x", false).is_none());
    }
}
