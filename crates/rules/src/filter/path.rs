//! Paths into an event: where a condition finds its value.

use std::fmt::Write;
use std::iter::Peekable;
use std::str::CharIndices;

use serde::{Deserialize, Serialize};

use super::error::{PathProblem, shortened};
use super::limits;
use crate::event::{ParsedEvent, Start};
use crate::json::{Index, Key, NodeId, ROOT, Text, Value};

/// What a path starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Root {
    /// The type of the event, a string.
    Type,
    /// The version of its type, a number.
    Version,
    /// Where it comes from, a string.
    Source,
    /// What happened.
    Data,
    /// What was said about it.
    Metadata,
}

impl Root {
    /// Every root.
    pub const ALL: [Self; 5] = [Self::Type, Self::Version, Self::Source, Self::Data, Self::Metadata];

    /// The name used in paths.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Version => "version",
            Self::Source => "source",
            Self::Data => "data",
            Self::Metadata => "metadata",
        }
    }

    /// What every event has there, with its article.
    pub(super) const fn type_name(self) -> &'static str {
        match self {
            Self::Type | Self::Source => "a string",
            Self::Version => "a number",
            Self::Data | Self::Metadata => "a JSON value",
        }
    }

    const fn is_scalar(self) -> bool {
        !matches!(self, Self::Data | Self::Metadata)
    }
}

/// A compiled path: a root and the way down from it.
#[derive(Debug)]
pub(super) struct Path {
    root: Root,
    steps: Box<[Step]>,
    /// In the one spelling that is stored and shown.
    text: Box<str>,
}

#[derive(Debug)]
enum Step {
    /// Into the member of an object.
    Member(Key),
    /// Into one element of an array.
    Item(u32),
    /// Into every element of an array.
    Items,
}

impl Path {
    pub(super) fn parse(text: &str) -> Result<Self, PathProblem> {
        if text.len() > limits::PATH_BYTES_MAX {
            return Err(PathProblem::TooLong { found: text.len() });
        }
        let below_dollar = text.strip_prefix("$.").unwrap_or(text);
        let start = text.len() - below_dollar.len();
        let end = below_dollar.find(['.', '[']).map_or(text.len(), |end| start + end);
        let root = Root::ALL
            .into_iter()
            .find(|root| root.as_str() == &text[start..end])
            .ok_or_else(|| PathProblem::UnknownRoot { found: shortened(&text[start..end]) })?;
        let steps = Steps { text, rest: text.char_indices().peekable() }.read(end)?;
        if root.is_scalar() && !steps.is_empty() {
            return Err(PathProblem::BelowScalar { root });
        }
        let canonical = canonical(root, &steps);
        if canonical.len() > limits::PATH_BYTES_MAX {
            return Err(PathProblem::TooLong { found: canonical.len() });
        }
        Ok(Self { root, steps: steps.into(), text: canonical.into() })
    }

    /// The path in its one spelling.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The root, if the path is no more than that.
    pub(super) fn bare_root(&self) -> Option<Root> {
        self.steps.is_empty().then_some(self.root)
    }

    /// Whether the path may lead to several values.
    pub(super) fn has_star(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Items))
    }

    /// Whether one of the values that the path leads to satisfies `test`; they are tried in order until one does.
    pub(super) fn any<'d>(
        &self,
        event: &'d ParsedEvent<'_>,
        mut test: impl FnMut(Value<'d>) -> bool,
    ) -> bool {
        match event.at(self.root) {
            Some(Start::Json(index)) => {
                let mut elements = limits::ELEMENTS_MAX;
                any_below(index, ROOT, &self.steps, &mut elements, &mut test)
            }
            Some(Start::Scalar(value)) => test(value), // Reading the path made sure that it ends here.
            None => false,
        }
    }
}

/// Recursion is bounded by the steps of a path, work by the number of elements that may still be entered.
fn any_below<'d>(
    index: &'d Index<'_>,
    mut node: NodeId,
    steps: &[Step],
    elements: &mut usize,
    test: &mut impl FnMut(Value<'d>) -> bool,
) -> bool {
    for (n, step) in steps.iter().enumerate() {
        let next = match step {
            Step::Member(key) => index.member(node, key),
            Step::Item(position) => index.item(node, *position),
            Step::Items => {
                for item in index.items(node) {
                    if *elements == 0 {
                        return false;
                    }
                    *elements -= 1;
                    if any_below(index, item, &steps[n + 1..], elements, test) {
                        return true;
                    }
                }
                return false;
            }
        };
        let Some(next) = next else { return false };
        node = next;
    }
    test(index.value(node))
}

fn canonical(root: Root, steps: &[Step]) -> String {
    let mut text = root.as_str().to_owned();
    for step in steps {
        // Writing to a String cannot fail.
        let _ = match step {
            Step::Member(key) if !key.name().is_empty() && key.name().chars().all(is_plain) => {
                write!(text, ".{}", key.name())
            }
            Step::Member(key) => write!(text, "['{}']", quoted(key.name())),
            Step::Item(position) => write!(text, "[{position}]"),
            Step::Items => write!(text, "[*]"),
        };
    }
    text
}

fn quoted(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '\'' | '\\' => text.extend(['\\', c]),
            '\0'..='\u{1f}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c)); // Writing to a String cannot fail.
            }
            _ => text.push(c),
        }
    }
    text
}

/// Whether a character may stand in a name outside brackets.
const fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || !c.is_ascii()
}

/// Reads what follows the root.
struct Steps<'t> {
    text: &'t str,
    rest: Peekable<CharIndices<'t>>,
}

impl<'t> Steps<'t> {
    fn read(mut self, start: usize) -> Result<Vec<Step>, PathProblem> {
        while self.rest.next_if(|(at, _)| *at < start).is_some() {}
        let mut steps = Vec::new();
        while let Some((_, c)) = self.rest.next() {
            if steps.len() == limits::PATH_STEPS_MAX {
                return Err(PathProblem::TooManySteps);
            }
            steps.push(if c == '.' { self.plain_name()? } else { self.bracket()? });
            if !matches!(self.rest.peek(), None | Some((_, '.' | '['))) {
                return Err(
                    self.wants("\".\" or \"[\", or brackets and quotes around an unusual name: ['p 99']")
                );
            }
        }
        Ok(steps)
    }

    fn plain_name(&mut self) -> Result<Step, PathProblem> {
        let name = self.take_while(is_plain);
        if name.is_empty() {
            return Err(self.wants("a name, or brackets and quotes around an unusual one: ['p 99']"));
        }
        Ok(Step::Member(Key::new(name)))
    }

    fn bracket(&mut self) -> Result<Step, PathProblem> {
        let step = match self.rest.peek() {
            Some((_, quote @ ('\'' | '"'))) => {
                let quote = *quote;
                self.rest.next();
                self.quoted_name(quote)?
            }
            Some((_, '*')) => {
                self.rest.next();
                Step::Items
            }
            Some((_, '0'..='9')) => self.position()?,
            _ => return Err(self.wants("a position such as 0, \"*\" for any element, or a name in quotes")),
        };
        match self.rest.next_if(|(_, c)| *c == ']') {
            Some(_) => Ok(step),
            None => Err(self.wants("\"]\"")),
        }
    }

    fn position(&mut self) -> Result<Step, PathProblem> {
        let digits = self.take_while(|c| c.is_ascii_digit());
        let position = digits.parse().ok().filter(|position| *position <= limits::PATH_POSITION_MAX);
        position.map(Step::Item).ok_or(PathProblem::PositionTooLarge)
    }

    fn quoted_name(&mut self, quote: char) -> Result<Step, PathProblem> {
        let start = self.place();
        let mut escaped = false;
        loop {
            match self.rest.next() {
                None => return Err(self.wants("the quote that ends the name")),
                Some((end, c)) if c == quote => {
                    let raw = &self.text[start..end];
                    return if escaped { unescaped(raw, start) } else { Ok(Step::Member(Key::new(raw))) };
                }
                Some((_, '\\')) => {
                    escaped = true;
                    self.rest.next();
                }
                Some(_) => {}
            }
        }
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let start = self.place();
        while self.rest.next_if(|(_, c)| wanted(*c)).is_some() {}
        &self.text[start..self.place()]
    }

    fn place(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn wants(&mut self, wanted: &'static str) -> PathProblem {
        PathProblem::Syntax { at: self.place(), wanted }
    }
}

fn unescaped(raw: &str, at: usize) -> Result<Step, PathProblem> {
    let name = Text::escaped(raw).read_strictly();
    let name =
        name.ok_or(PathProblem::Syntax { at, wanted: "a name whose escapes are those of JSON, or \\'" })?;
    Ok(Step::Member(Key::new(&name)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelled(text: &str) -> Result<String, PathProblem> {
        Path::parse(text).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn a_path_has_one_spelling() {
        for (written, canonical) in [
            ("type", "type"),
            ("$.data", "data"),
            ("$.data.a.b", "data.a.b"),
            ("data['a'].b", "data.a.b"),
            (r#"data["a"]["p 99"]"#, "data.a['p 99']"),
            ("data[0][*].x", "data[0][*].x"),
            ("data[007]", "data[7]"),
            ("data.größe", "data.größe"),
            ("data['']", "data['']"),
            ("data.p-99._x.0", "data.p-99._x.0"),
            ("data['a.b'][\"it's\"]", r"data['a.b']['it\'s']"),
            (r"data['\u0041\n\ud83d\ude00']", "data['A\\u000a\u{1f600}']"),
            (r#"data["a\\'b"]"#, r"data['a\\\'b']"),
            ("data['\u{fffd}']", "data.\u{fffd}"),
            ("data[\"\u{fffd}'\"]", "data['\u{fffd}\\'']"),
        ] {
            assert_eq!(spelled(written).as_deref(), Ok(canonical), "{written}");
            assert_eq!(spelled(canonical).as_deref(), Ok(canonical), "{canonical}");
        }
    }

    #[test]
    fn an_unknown_start_is_refused_with_the_known_ones() {
        for text in ["", "$", "$.", "model.name", "Data.x", "['data']", " data", "datax", "$data"] {
            assert!(matches!(spelled(text), Err(PathProblem::UnknownRoot { .. })), "{text:?}");
        }
        assert_eq!(
            spelled("payload.x").unwrap_err().to_string(),
            r#"a path starts with "type", "version", "source", "data", "metadata", not "payload""#
        );
    }

    #[test]
    fn a_refusal_says_where_the_path_stops_making_sense() {
        for (text, place) in [
            ("data.", 5),
            ("data..a", 5),
            ("data.a b", 6),
            ("data[", 5),
            ("data[]", 5),
            ("data[-1]", 5),
            ("data[1", 6),
            ("data[1.5]", 6),
            ("data['a]", 8),
            ("data['a'", 8),
            ("data['a'b]", 8),
            ("data['\\", 7),
            ("data[0]a", 7),
            ("data.a\"", 6),
            ("data[**]", 6),
            ("data['\\x']", 6),
            ("data['\\ud800']", 6),
        ] {
            assert!(matches!(spelled(text), Err(PathProblem::Syntax { at, .. }) if at == place), "{text:?}");
        }
    }

    #[test]
    fn texts_and_numbers_have_nothing_below_them() {
        assert_eq!(spelled("type.x"), Err(PathProblem::BelowScalar { root: Root::Type }));
        assert_eq!(spelled("version[0]"), Err(PathProblem::BelowScalar { root: Root::Version }));
    }

    #[test]
    fn the_bounds_are_exact() {
        let steps = |count| format!("data{}", "[0]".repeat(count));
        assert!(spelled(&steps(limits::PATH_STEPS_MAX)).is_ok());
        assert_eq!(spelled(&steps(limits::PATH_STEPS_MAX + 1)), Err(PathProblem::TooManySteps));

        let bytes = |count| format!("data.{}", "a".repeat(count - 5));
        assert!(spelled(&bytes(limits::PATH_BYTES_MAX)).is_ok());
        assert!(matches!(spelled(&bytes(limits::PATH_BYTES_MAX + 1)), Err(PathProblem::TooLong { .. })));

        let position = |position: u64| format!("data[{position}]");
        assert!(spelled(&position(limits::PATH_POSITION_MAX.into())).is_ok());
        assert_eq!(
            spelled(&position(u64::from(limits::PATH_POSITION_MAX) + 1)),
            Err(PathProblem::PositionTooLarge)
        );
        assert_eq!(spelled("data[99999999999999999999]"), Err(PathProblem::PositionTooLarge));
    }

    #[test]
    fn a_path_that_only_its_one_spelling_makes_too_long_is_refused() {
        let text = format!("data[\"{}\"]", "'".repeat(limits::PATH_BYTES_MAX - 8));
        assert!(matches!(spelled(&text), Err(PathProblem::TooLong { .. })));
    }

    proptest! {
        #[test]
        fn the_one_spelling_reads_as_itself(names in proptest::collection::vec(any::<String>(), 0..4)) {
            let names = names.iter().map(|name| format!("[{}]", serde_json::to_string(name).unwrap()));
            let text = format!("data{}", names.collect::<String>());
            if let Ok(canonical) = spelled(&text) {
                prop_assert_eq!(spelled(&canonical), Ok(canonical));
            }
        }

        #[test]
        fn text_of_any_kind_is_read_or_refused(text in "(data)?[\\[\\].'\"\\\\*0a\u{e9} ]{0,12}|.*") {
            if let Ok(canonical) = spelled(&text) {
                prop_assert_eq!(spelled(&canonical), Ok(canonical));
            }
        }
    }
}
