//! The content of a JSON string, read in place.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::str::Chars;

/// The content of a string: text, or text with JSON escapes in it.
///
/// Escapes that stand for nothing (half a surrogate pair, an unknown letter) read as U+FFFD.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'d> {
    raw: &'d str,
    escaped: bool,
}

impl<'d> Text<'d> {
    /// Text that means what it says.
    pub(crate) const fn plain(raw: &'d str) -> Self {
        Self { raw, escaped: false }
    }

    /// What stands between the quotes of a JSON string with at least one backslash.
    pub(crate) const fn escaped(raw: &'d str) -> Self {
        Self { raw, escaped: true }
    }

    /// The text as its author meant it; borrowed unless there are escapes.
    pub(crate) fn read(self) -> Cow<'d, str> {
        if self.escaped { Cow::Owned(self.characters().collect()) } else { Cow::Borrowed(self.raw) }
    }

    /// The text, unless an escape in it stands for nothing.
    pub(crate) fn read_strictly(self) -> Option<Cow<'d, str>> {
        if self.escaped {
            Unescaped(self.raw.chars()).collect::<Option<_>>().map(Cow::Owned)
        } else {
            Some(self.read())
        }
    }

    /// Whether the text is `other`.
    pub(crate) fn is(self, other: &str) -> bool {
        if self.escaped { self.characters().eq(other.chars()) } else { self.raw == other }
    }

    /// The order of the two texts by code points.
    pub(crate) fn order(self, other: &str) -> Ordering {
        if self.escaped { self.characters().cmp(other.chars()) } else { self.raw.cmp(other) }
    }

    /// How many bytes the text takes in the event, escapes as they are written.
    pub(crate) const fn bytes(self) -> usize {
        self.raw.len()
    }

    fn characters(self) -> impl Iterator<Item = char> {
        Unescaped(self.raw.chars()).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

/// The characters that a text with escapes stands for; `None` for an escape that stands for nothing.
struct Unescaped<'d>(Chars<'d>);

impl Iterator for Unescaped<'_> {
    type Item = Option<char>;

    fn next(&mut self) -> Option<Option<char>> {
        match self.0.next()? {
            '\\' => Some(self.escape()),
            plain => Some(Some(plain)),
        }
    }
}

impl Unescaped<'_> {
    fn escape(&mut self) -> Option<char> {
        match self.0.next()? {
            // JSON has no escaped apostrophe, paths do.
            same @ ('"' | '\'' | '\\' | '/') => Some(same),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'u' => self.code_point(),
            _ => None,
        }
    }

    fn code_point(&mut self) -> Option<char> {
        let unit = self.unit()?;
        if !(0xd800..0xdc00).contains(&unit) {
            return char::from_u32(unit); // None for the second half of a pair without its first.
        }
        // Look ahead on a copy: what follows may be a character of its own.
        let mut ahead = Unescaped(self.0.clone());
        if ahead.0.next() != Some('\\') || ahead.0.next() != Some('u') {
            return None;
        }
        let low = ahead.unit().filter(|low| (0xdc00..0xe000).contains(low))?;
        self.0 = ahead.0;
        char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
    }

    fn unit(&mut self) -> Option<u32> {
        let mut ahead = self.0.clone();
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + ahead.next()?.to_digit(16)?;
        }
        self.0 = ahead;
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_read_as_what_they_stand_for() {
        for (raw, meant) in [
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u0041\u00e9\u2028\u0000", "A\u{e9}\u{2028}\0"),
            (r"\ud83d\ude00!", "\u{1f600}!"),
            (r"\uD83D\uDE00", "\u{1f600}"),
        ] {
            let text = Text::escaped(raw);
            assert_eq!(text.read(), meant);
            assert_eq!(text.read_strictly().as_deref(), Some(meant));
            assert!(text.is(meant));
            assert_eq!(text.order(meant), Ordering::Equal);
        }
    }

    #[test]
    fn escapes_that_stand_for_nothing_read_as_replacements() {
        for (raw, meant) in [
            (r"\ud83d", "\u{fffd}"),
            (r"\ude00", "\u{fffd}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (r"\ud83dx", "\u{fffd}x"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\uzz", "\u{fffd}zz"),
            (r"\u12", "\u{fffd}12"),
            (r"\x", "\u{fffd}"),
            ("\\", "\u{fffd}"),
        ] {
            assert_eq!(Text::escaped(raw).read(), meant, "{raw}");
            assert_eq!(Text::escaped(raw).read_strictly(), None, "{raw}");
        }
    }

    #[test]
    fn order_is_by_code_point_with_and_without_escapes() {
        assert_eq!(Text::escaped(r"\u0061").order("b"), Ordering::Less);
        assert_eq!(Text::plain("b").order("a"), Ordering::Greater);
        // UTF-16 units would order these the other way round.
        assert_eq!(Text::escaped(r"\ud83d\ude00").order("\u{ff5e}"), Ordering::Greater);
        assert_eq!(Text::plain("\u{1f600}").order("\u{ff5e}"), Ordering::Greater);
    }
}
