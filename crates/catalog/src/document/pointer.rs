//! Where something stands in data: a JSON pointer through objects.

use std::fmt;

/// A JSON pointer (RFC 6901), read once. Its names are names of members, never places in lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pointer(Box<[Box<str>]>);

/// Why a text is not a pointer that may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PointerError {
    /// It does not begin with a slash.
    #[error("a path begins with a slash, as in \"/environment/region\"")]
    Start,
    /// A tilde that stands for nothing.
    #[error("\"~\" in a path is written \"~0\", and \"/\" is written \"~1\"")]
    Escape,
    /// More than the bounds.
    #[error("a path has at most {names} names and {bytes} bytes", names = Pointer::NAMES_MAX, bytes = Pointer::BYTES_MAX)]
    TooLong,
}

impl Pointer {
    /// The most names.
    pub(crate) const NAMES_MAX: usize = 16;
    /// The most bytes, as it is written.
    pub(crate) const BYTES_MAX: usize = 512;

    /// Reads a pointer; the empty text is the whole value.
    pub(crate) fn parse(text: &str) -> Result<Self, PointerError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > Self::BYTES_MAX {
            return Err(PointerError::TooLong);
        }
        let names = text.strip_prefix('/').ok_or(PointerError::Start)?;
        let names: Result<Box<[_]>, _> = names.split('/').map(name).collect();
        let names = names?;
        if names.len() > Self::NAMES_MAX { Err(PointerError::TooLong) } else { Ok(Self(names)) }
    }

    /// The names on the way, outermost first.
    pub(crate) fn names(&self) -> &[Box<str>] {
        &self.0
    }

    /// The way to the object that holds the place, and the name there; `None` for the whole value.
    pub(crate) fn split_last(&self) -> Option<(&str, &[Box<str>])> {
        self.0.split_last().map(|(last, way)| (&**last, way))
    }

    /// The place of another name in the same object.
    pub(crate) fn beside(&self, name: &str) -> Self {
        let mut names = self.0.to_vec();
        names.pop();
        names.push(name.into());
        Self(names.into())
    }
}

fn name(segment: &str) -> Result<Box<str>, PointerError> {
    let mut rest = segment;
    while let Some(at) = rest.find('~') {
        if !matches!(rest.as_bytes().get(at + 1), Some(b'0' | b'1')) {
            return Err(PointerError::Escape);
        }
        rest = &rest[at + 2..];
    }
    Ok(segment.replace("~1", "/").replace("~0", "~").into())
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|name| write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_written_as_it_was_read() {
        for text in ["", "/", "/a", "/a/b", "/a~1b/~0", "/é", "/a//b"] {
            assert_eq!(Pointer::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(&*Pointer::parse("/a~1b~01").unwrap().names()[0], "a/b~1");
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        for (text, error) in [
            ("a", PointerError::Start),
            ("/~", PointerError::Escape),
            ("/~2", PointerError::Escape),
            (&*"/a".repeat(17), PointerError::TooLong),
            (&*format!("/{}", "a".repeat(512)), PointerError::TooLong),
        ] {
            assert_eq!(Pointer::parse(text), Err(error), "{text}");
        }
    }
}
