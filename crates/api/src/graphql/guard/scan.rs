//! Counts tokens and brackets of a document's text, in one pass and without memory.

use super::Excess;
use crate::graphql::limits::Limits;

/// Whether the text of a document is small and flat enough to be parsed.
pub(crate) fn scan(text: &str, limits: &Limits) -> Result<(), Excess> {
    let bytes = text.as_bytes();
    let (mut at, mut tokens, mut depth) = (0, 0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        at = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at = end_of_line(bytes, at);
                continue;
            }
            b'"' => end_of_text(bytes, at),
            _ if is_word(byte) => end_of_word(bytes, at),
            _ => at + 1,
        };
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens += 1;
        if tokens > limits.tokens_max {
            return Err(Excess::Tokens { max: limits.tokens_max });
        }
        if depth > limits.brackets_max {
            return Err(Excess::Brackets { max: limits.brackets_max });
        }
    }
    Ok(())
}

/// Bytes that stick together as a name, a number or three dots.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'+' | b'-') || !byte.is_ascii()
}

fn end_of_word(bytes: &[u8], from: usize) -> usize {
    from + bytes[from..].iter().take_while(|byte| is_word(**byte)).count()
}

fn end_of_line(bytes: &[u8], from: usize) -> usize {
    from + bytes[from..].iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count()
}

/// The end of a text in quotes, or of a block in triple quotes; the end of the document if it is never closed.
fn end_of_text(bytes: &[u8], from: usize) -> usize {
    let block = bytes[from..].starts_with(br#"""""#);
    let mut at = from + if block { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if block => at += if bytes[at..].starts_with(br#"\""""#) { 4 } else { 1 },
            b'\\' => at += 2,
            b'"' if !block => return at + 1,
            b'"' if bytes[at..].starts_with(br#"""""#) => return at + 3,
            // A text in single quotes ends with its line; what follows is judged for itself.
            b'\n' | b'\r' if !block => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> usize {
        (0..100)
            .find(|max| scan(text, &Limits { tokens_max: *max, ..Limits::default() }).is_ok())
            .expect("a test's document is short")
    }

    #[test]
    fn names_numbers_texts_and_punctuators_count_one_each() {
        assert_eq!(tokens("{ a }"), 3);
        assert_eq!(tokens("query Q($n: Int! = -1.5e3) { ...f @skip(if: true) }"), 21);
        assert_eq!(tokens(r#"{ a(b: "x { y \" z", c: """ } "" \""" """) }"#), 11);
    }

    #[test]
    fn space_commas_and_comments_are_free() {
        assert_eq!(tokens("\u{feff}{ a,,,, # {{{{ \n b }"), 5);
    }

    #[test]
    fn brackets_inside_texts_do_not_nest() {
        let text = format!("{{ a(b: \"{}\") }}", "[".repeat(100));
        assert_eq!(scan(&text, &Limits::default()), Ok(()));
    }

    #[test]
    fn a_list_in_a_list_in_a_list_is_refused_at_the_bound() {
        let nested = |depth: usize| format!("{{ a(b: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
        let limits = Limits::default();
        assert_eq!(scan(&nested(limits.brackets_max - 2), &limits), Ok(()));
        assert_eq!(scan(&nested(limits.brackets_max - 1), &limits), Err(Excess::Brackets { max: 64 }));
        assert!(scan(&nested(1_000_000), &limits).is_err());
    }

    #[test]
    fn a_text_that_is_never_closed_ends_with_the_document() {
        assert_eq!(scan("{ a(b: \"", &Limits::default()), Ok(()));
        assert_eq!(scan("{ a(b: \"\"\" \\", &Limits::default()), Ok(()));
        assert_eq!(scan("{ a(b: \"\\", &Limits::default()), Ok(()));
    }
}
