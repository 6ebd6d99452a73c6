//! JSON whose members keep their order, and whose numbers keep their digits.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The most characters of a value that stands on one line.
const LINE_CHARS_MAX: usize = 100;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    /// A text, number, boolean or null, as it is written.
    Scalar(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// An object with these members.
pub(crate) fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A text.
pub(crate) fn text(text: impl AsRef<str>) -> Json {
    Json::Scalar(serde_json::to_string(text.as_ref()).expect("a text can be written"))
}

/// A list of texts.
pub(crate) fn texts(texts: &[&str]) -> Json {
    Json::List(texts.iter().map(text).collect())
}

impl Json {
    /// Reads what is known to be JSON: the files of the catalogue.
    pub(crate) fn read(text: &str) -> Self {
        let raw: &RawValue = serde_json::from_str(text).expect("a file of the tree is JSON");
        Self::of(raw)
    }

    fn of(raw: &RawValue) -> Self {
        let text = raw.get();
        if text.starts_with('{') {
            let Members(members) = serde_json::from_str(text).expect("an object is an object");
            Self::Object(members.into_iter().map(|(name, raw)| (name, Self::of(raw))).collect())
        } else if text.starts_with('[') {
            let list: Vec<&RawValue> = serde_json::from_str(text).expect("a list is a list");
            Self::List(list.into_iter().map(Self::of).collect())
        } else {
            Self::Scalar(text.to_owned())
        }
    }

    /// The member of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// The member of this name as a text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_text()
    }

    /// Itself as a text, if it is one.
    pub(crate) fn as_text(&self) -> Option<String> {
        let Self::Scalar(scalar) = self else { return None };
        serde_json::from_str(scalar).ok()
    }

    /// The members, if it is an object.
    pub(crate) fn members(&self) -> &[(String, Self)] {
        if let Self::Object(members) = self { members } else { &[] }
    }

    /// The elements, if it is a list.
    pub(crate) fn elements(&self) -> &[Self] {
        if let Self::List(elements) = self { elements } else { &[] }
    }

    /// The same with one member more, or another value of it.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: Self) -> Self {
        let Self::Object(members) = &mut self else { panic!("only objects have members") };
        match members.iter_mut().find(|(member, _)| member == name) {
            Some((_, old)) => *old = value,
            None => members.push((name.to_owned(), value)),
        }
        self
    }

    /// In one line.
    pub(crate) fn compact(&self) -> String {
        match self {
            Self::Scalar(scalar) => scalar.clone(),
            Self::List(elements) => {
                format!("[{}]", elements.iter().map(Self::compact).collect::<Vec<_>>().join(", "))
            }
            Self::Object(members) if members.is_empty() => "{}".to_owned(),
            Self::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| format!("{}: {}", text(name).compact(), value.compact()));
                format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Over several lines where it is long, and with a line break at its end.
    pub(crate) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(0, 0, &mut out);
        out.push('\n');
        out
    }

    fn write(&self, indent: usize, taken: usize, out: &mut String) {
        let compact = self.compact();
        if indent + taken + compact.len() <= LINE_CHARS_MAX {
            out.push_str(&compact);
            return;
        }
        let inner = " ".repeat(indent + 2);
        let (open, close, count) = match self {
            Self::Scalar(scalar) => {
                out.push_str(scalar);
                return;
            }
            Self::List(elements) => ('[', ']', elements.len()),
            Self::Object(members) => ('{', '}', members.len()),
        };
        out.push(open);
        for index in 0..count {
            out.push_str(if index == 0 { "\n" } else { ",\n" });
            out.push_str(&inner);
            match self {
                Self::Object(members) => {
                    let (name, value) = &members[index];
                    let name = text(name).compact();
                    out.push_str(&name);
                    out.push_str(": ");
                    value.write(indent + 2, name.len() + 3, out);
                }
                Self::List(elements) => elements[index].write(indent + 2, 1, out),
                Self::Scalar(_) => {}
            }
        }
        out.push('\n');
        out.push_str(&" ".repeat(indent));
        out.push(close);
    }
}

/// The members of an object in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}
