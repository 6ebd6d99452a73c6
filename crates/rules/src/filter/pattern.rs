//! Regular expressions with bounds, compiled once.

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

use super::error::{FilterProblem, shortened};
use super::limits;
use crate::json::Text;

/// A compiled regular expression.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    positions: usize,
}

impl Pattern {
    pub(super) fn compile(text: &str) -> Result<Self, FilterProblem> {
        if text.len() > limits::PATTERN_BYTES_MAX {
            return Err(FilterProblem::PatternTooLong { found: text.len() });
        }
        let hir = ParserBuilder::new()
            .nest_limit(limits::PATTERN_NEST_MAX)
            .build()
            .parse(text)
            .map_err(|error| FilterProblem::PatternInvalid { reason: reason(&error) })?;
        let positions = positions(&hir);
        if positions > limits::PATTERN_POSITIONS_MAX {
            return Err(FilterProblem::PatternTooCostly);
        }
        RegexBuilder::new(text)
            .size_limit(limits::PATTERN_SIZE_MAX)
            .dfa_size_limit(limits::PATTERN_CACHE_MAX)
            .nest_limit(limits::PATTERN_NEST_MAX)
            .build()
            .map(|regex| Self { regex, positions })
            .map_err(|_| FilterProblem::PatternTooCostly) // Its syntax was good a moment ago.
    }

    pub(super) fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    /// How many characters and classes there are: see [`limits::PATTERN_POSITIONS_MAX`].
    pub(super) const fn positions(&self) -> usize {
        self.positions
    }

    /// Whether the expression is found in `text`.
    pub(super) fn is_found_in(&self, text: Text<'_>) -> bool {
        self.regex.is_match(&text.read())
    }
}

/// Recursion is bounded by [`limits::PATTERN_NEST_MAX`].
fn positions(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(_) => 1,
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            positions(&repetition.sub).saturating_mul(usize::try_from(times).unwrap_or(usize::MAX))
        }
        HirKind::Capture(capture) => positions(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(positions).fold(0, usize::saturating_add)
        }
    }
}

/// What is wrong, without the drawing of the expression around it.
fn reason(error: &regex_syntax::Error) -> String {
    shortened(&match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    })
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
        let long = "(?:)".repeat(limits::PATTERN_BYTES_MAX / 4);
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
    fn repetitions_count_as_often_as_they_may_repeat() {
        for (pattern, positions) in [
            ("", 0),
            ("^$", 0),
            ("abc", 3),
            ("[0-9]", 1),
            (r"\w+\d*", 2),
            ("a{40}[0-9]+", 41),
            ("(ab|cd){2,5}", 20),
            ("x{3,}", 3),
            ("x{0}", 0),
            ("é", 2),
        ] {
            assert_eq!(Pattern::compile(pattern).unwrap().positions(), positions, "{pattern}");
        }
        let max = limits::PATTERN_POSITIONS_MAX;
        assert!(Pattern::compile(&format!("[ab]{{{max}}}")).is_ok());
        assert_eq!(
            Pattern::compile(&format!("[ab]{{{max}}}c")).unwrap_err(),
            FilterProblem::PatternTooCostly
        );
    }
}
