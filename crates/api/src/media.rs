//! Media types: what a body is said to be, and what the caller wants back.

use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

/// The most characters of a header that are looked at; what is longer is treated as if it were not there.
const HEADER_CHARS_MAX: usize = 1_024;

/// Why a body cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsupported {
    /// No type, another type, or JSON in another character set than UTF-8.
    #[error(
        "send the body as JSON in UTF-8, with the header \"Content-Type: application/json\"; events also as \
         application/cloudevents+json or application/cloudevents-batch+json"
    )]
    Type,
    /// Compressed or otherwise encoded.
    #[error("send the body as it is, without a Content-Encoding")]
    Encoding,
}

/// Whether the body is said to be plain JSON in UTF-8.
pub(crate) fn check_json_body(headers: &HeaderMap) -> Result<(), Unsupported> {
    check_not_encoded(headers)?;
    let plain = text(headers, &CONTENT_TYPE).is_some_and(is_plain_json);
    if plain { Ok(()) } else { Err(Unsupported::Type) }
}

/// Whether the body comes as it is.
pub(crate) fn check_not_encoded(headers: &HeaderMap) -> Result<(), Unsupported> {
    let encoding = headers.get(CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Unsupported::Encoding);
    }
    Ok(())
}

/// The type of the body in lower case, without parameters; none if it is missing, malformed, or of a character set
/// other than UTF-8.
pub(crate) fn essence(headers: &HeaderMap) -> Option<String> {
    let range = text(headers, &CONTENT_TYPE).and_then(Range::parse).filter(|range| range.utf8)?;
    Some(format!("{}/{}", range.kind, range.subtype).to_ascii_lowercase())
}

/// Whether a media type is `application/json`, in UTF-8 if it says in what.
pub(crate) fn is_plain_json(media: &str) -> bool {
    Range::parse(media).is_some_and(|range| {
        range.utf8
            && range.kind.eq_ignore_ascii_case("application")
            && range.subtype.eq_ignore_ascii_case("json")
    })
}

/// Whether a media type is JSON of some kind (`*/json`, `*/*+json`), in UTF-8 if it says in what.
pub(crate) fn is_json(media: &str) -> bool {
    Range::parse(media).is_some_and(|range| {
        let subtype = range.subtype.to_ascii_lowercase();
        range.utf8 && (subtype == "json" || subtype.ends_with("+json"))
    })
}

/// Which of `offers` (full types, the preferred first) the caller wants most; `None` if it accepts none of them.
///
/// `offers` also says what is sent when the caller has no preference: the last one.
pub(crate) fn negotiate<'a>(headers: &HeaderMap, offers: &[&'a str]) -> Option<&'a str> {
    let fallback = *offers.last()?;
    let Some(accept) = text(headers, &ACCEPT).filter(|accept| !accept.trim().is_empty()) else {
        return Some(fallback);
    };
    let ranges: Vec<Range<'_>> = accept.split(',').filter_map(Range::parse).collect();
    let mut best: Option<(u16, bool, &str)> = None;
    for offer in offers {
        // The most specific range decides, as RFC 9110 section 12.5.1 has it.
        let Some((exact, quality)) =
            ranges.iter().filter_map(|range| range.judge(offer)).max_by_key(|(exact, _)| *exact)
        else {
            continue;
        };
        // Among equals, named types come before those that only a wildcard lets in, and earlier offers before later ones.
        let named = exact == EXACT;
        if quality > 0 && best.is_none_or(|(most, most_named, _)| (quality, named) > (most, most_named)) {
            best = Some((quality, named, offer));
        }
    }
    match best {
        // A wildcard alone is no preference.
        Some((_, false, _)) if accepted(&ranges, fallback) => Some(fallback),
        Some((_, _, offer)) => Some(offer),
        None => None,
    }
}

fn accepted(ranges: &[Range<'_>], offer: &str) -> bool {
    let judged = ranges.iter().filter_map(|range| range.judge(offer)).max_by_key(|(exact, _)| *exact);
    judged.is_some_and(|(_, quality)| quality > 0)
}

const EXACT: u8 = 2;

/// One media range of an `Accept` header, or the type of a body.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// Thousandths.
    quality: u16,
    utf8: bool,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';');
        let (kind, subtype) = parts.next()?.trim().split_once('/')?;
        let mut range = Self { kind, subtype, quality: 1_000, utf8: true };
        for part in parts {
            let (name, value) = part.trim().split_once('=').unwrap_or((part.trim(), ""));
            let value = value.trim().trim_matches('"');
            if name.eq_ignore_ascii_case("q") {
                range.quality = quality(value)?;
            } else if name.eq_ignore_ascii_case("charset") {
                range.utf8 = value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8");
            }
        }
        Some(range)
    }

    /// How exactly this range names `offer`, and how much it is wanted.
    fn judge(&self, offer: &str) -> Option<(u8, u16)> {
        let (kind, subtype) = offer.split_once('/')?;
        let exact = match (self.kind, self.subtype) {
            ("*", "*") => 0,
            (own, "*") if own.eq_ignore_ascii_case(kind) => 1,
            (own, sub) if own.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype) => EXACT,
            _ => return None,
        };
        self.utf8.then_some((exact, self.quality))
    }
}

/// A weight of 0 to 1 with at most three digits, in thousandths.
fn quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !matches!(whole, "0" | "1")
        || fraction.len() > 3
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    Some((if whole == "1" { 1_000 } else { thousandths }).min(1_000))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| text.len() <= HEADER_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const OFFERS: [&str; 2] = ["application/graphql-response+json", "application/json"];

    fn wanted(accept: &'static str) -> Option<&'static str> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        negotiate(&headers, &OFFERS)
    }

    #[test]
    fn the_type_with_the_highest_weight_wins_and_the_first_offer_among_equals() {
        assert_eq!(wanted("application/graphql-response+json"), Some(OFFERS[0]));
        assert_eq!(wanted("application/json"), Some(OFFERS[1]));
        assert_eq!(wanted("application/graphql-response+json, application/json;q=0.9"), Some(OFFERS[0]));
        assert_eq!(wanted("application/json, application/graphql-response+json"), Some(OFFERS[0]));
        assert_eq!(wanted("application/graphql-response+json;q=0.5, application/json"), Some(OFFERS[1]));
        assert_eq!(wanted("APPLICATION/JSON; charset=utf-8"), Some(OFFERS[1]));
    }

    #[test]
    fn no_preference_is_answered_with_plain_json() {
        assert_eq!(negotiate(&HeaderMap::new(), &OFFERS), Some(OFFERS[1]));
        assert_eq!(wanted("*/*"), Some(OFFERS[1]));
        assert_eq!(wanted("text/html, application/*;q=0.8"), Some(OFFERS[1]));
        assert_eq!(wanted(""), Some(OFFERS[1]));
    }

    #[test]
    fn a_named_type_comes_before_a_wildcard() {
        assert_eq!(wanted("application/graphql-response+json, */*"), Some(OFFERS[0]));
        assert_eq!(wanted("application/json;q=0, */*"), Some(OFFERS[0]));
    }

    #[test]
    fn what_is_not_wanted_is_not_sent() {
        assert_eq!(wanted("text/html"), None);
        assert_eq!(wanted("application/json;q=0"), None);
        assert_eq!(wanted("application/json; charset=utf-16"), None);
    }

    #[test]
    fn a_body_is_json_in_utf8_without_an_encoding() {
        let check = |pairs: &[(HeaderName, &'static str)]| {
            let headers = pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            check_json_body(&headers.collect())
        };
        assert_eq!(check(&[(CONTENT_TYPE, "application/json")]), Ok(()));
        assert_eq!(check(&[(CONTENT_TYPE, "Application/JSON; charset=\"UTF-8\"")]), Ok(()));
        assert_eq!(check(&[]), Err(Unsupported::Type));
        assert_eq!(check(&[(CONTENT_TYPE, "text/plain")]), Err(Unsupported::Type));
        assert_eq!(check(&[(CONTENT_TYPE, "application/json; charset=latin1")]), Err(Unsupported::Type));
        let zipped = [(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")];
        assert_eq!(check(&zipped), Err(Unsupported::Encoding));
    }
}
