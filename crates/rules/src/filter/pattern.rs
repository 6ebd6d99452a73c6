//! Regular expressions with bounds, compiled once.

use regex::{Regex, RegexBuilder};

use super::error::{FilterProblem, shortened};
use super::limits;
use crate::json::Text;

/// A compiled regular expression.
#[derive(Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    pub(super) fn compile(text: &str) -> Result<Self, FilterProblem> {
        if text.len() > limits::PATTERN_BYTES_MAX {
            return Err(FilterProblem::PatternTooLong { found: text.len() });
        }
        RegexBuilder::new(text)
            .size_limit(limits::PATTERN_SIZE_MAX)
            .dfa_size_limit(limits::PATTERN_CACHE_MAX)
            .nest_limit(limits::PATTERN_NEST_MAX)
            .build()
            .map(Self)
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => FilterProblem::PatternTooCostly,
                other => FilterProblem::PatternInvalid { reason: reason(&other.to_string()) },
            })
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the expression is found in `text`; never in one beyond [`limits::MATCHED_BYTES_MAX`].
    pub(super) fn is_found_in(&self, text: Text<'_>) -> bool {
        text.bytes() <= limits::MATCHED_BYTES_MAX && self.0.is_match(&text.read())
    }
}

/// The parser draws the expression with carets below it, over several lines; the last one says what is wrong.
fn reason(message: &str) -> String {
    let last = message.lines().last().unwrap_or_default();
    shortened(last.strip_prefix("error: ").unwrap_or(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> bool {
        Pattern::compile(pattern).unwrap().is_found_in(Text::plain(text))
    }

    #[test]
    fn a_pattern_is_found_anywhere_unless_anchored() {
        assert!(found("b+", "abbc"));
        assert!(!found("^b+$", "abbc"));
        assert!(found("(?i)^ÄRGER$", "ärger"));
    }

    #[test]
    fn a_refusal_says_what_is_wrong_in_one_line() {
        assert_eq!(
            Pattern::compile("a(b").unwrap_err(),
            FilterProblem::PatternInvalid { reason: "unclosed group".into() }
        );
        assert!(matches!(Pattern::compile(r"(a)\1"), Err(FilterProblem::PatternInvalid { .. })));
        assert!(matches!(Pattern::compile("(?=a)"), Err(FilterProblem::PatternInvalid { .. })));
    }

    #[test]
    fn costly_patterns_are_refused() {
        assert_eq!(Pattern::compile("(a{1000}){1000}").unwrap_err(), FilterProblem::PatternTooCostly);
        assert_eq!(Pattern::compile(r"\w{200}").unwrap_err(), FilterProblem::PatternTooCostly);
        let deep = format!("{}a{}", "(".repeat(40), ")".repeat(40));
        assert!(matches!(Pattern::compile(&deep), Err(FilterProblem::PatternInvalid { .. })));
        let long = "a".repeat(limits::PATTERN_BYTES_MAX);
        assert!(Pattern::compile(&long).is_ok());
        assert_eq!(
            Pattern::compile(&format!("{long}a")).unwrap_err(),
            FilterProblem::PatternTooLong { found: limits::PATTERN_BYTES_MAX + 1 }
        );
    }

    #[test]
    fn patterns_that_people_write_are_within_the_bounds() {
        for pattern in [
            r"^[\w.+-]+@[\w-]+\.[\w.]+$",
            r"^\d{4}-\d{2}-\d{2}$",
            r"(?i)\b(error|failure|panic)\b",
            r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
            r"^https?://[^/\s]+/.*$",
            r"^\p{Lu}\p{L}*$",
            r"^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$",
        ] {
            assert!(Pattern::compile(pattern).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn a_string_beyond_the_bound_does_not_match() {
        let longest = "a".repeat(limits::MATCHED_BYTES_MAX);
        assert!(found("a", &longest));
        assert!(!found("a", &format!("{longest}a")));
    }
}
