//! Which form of a file a client takes.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// How content is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// Its name in headers; none for content as it is.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// The smallest form among those that exist and that the client takes.
    pub(crate) fn choose(headers: &HeaderMap, has_brotli: bool, has_gzip: bool) -> Self {
        let wanted = Wanted::read(headers);
        if has_brotli && wanted.takes("br") {
            Self::Brotli
        } else if has_gzip && wanted.takes("gzip") {
            Self::Gzip
        } else {
            Self::Identity
        }
    }
}

/// The `Accept-Encoding` of a request.
struct Wanted<'a>(Vec<&'a str>);

impl<'a> Wanted<'a> {
    fn read(headers: &'a HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        Self(values.flat_map(|value| value.split(',')).map(str::trim).collect())
    }

    /// Whether `name` is listed, or everything is, with a weight above 0. What is named itself counts before `*`.
    fn takes(&self, name: &str) -> bool {
        self.weight(name).or_else(|| self.weight("*")).unwrap_or(false)
    }

    fn weight(&self, name: &str) -> Option<bool> {
        self.0.iter().find_map(|entry| {
            let (coding, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            coding.trim().eq_ignore_ascii_case(name).then(|| !is_zero(parameters))
        })
    }
}

/// Whether parameters such as `q=0.000` refuse.
fn is_zero(parameters: &str) -> bool {
    let weight = parameters.trim().strip_prefix("q=").or_else(|| parameters.trim().strip_prefix("Q="));
    weight.and_then(|weight| weight.trim().parse::<f32>().ok()).is_some_and(|weight| weight <= 0.0)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn chosen(accepted: Option<&'static str>) -> Encoding {
        let mut headers = HeaderMap::new();
        if let Some(accepted) = accepted {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        }
        Encoding::choose(&headers, true, true)
    }

    #[test]
    fn the_smallest_form_that_the_client_takes_is_sent() {
        assert_eq!(chosen(Some("gzip, deflate, br, zstd")), Encoding::Brotli);
        assert_eq!(chosen(Some("gzip, deflate")), Encoding::Gzip);
        assert_eq!(chosen(Some("GZIP;q=0.5")), Encoding::Gzip);
        assert_eq!(chosen(Some("*")), Encoding::Brotli);
    }

    #[test]
    fn what_the_client_refuses_is_not_sent() {
        assert_eq!(chosen(None), Encoding::Identity);
        assert_eq!(chosen(Some("identity")), Encoding::Identity);
        assert_eq!(chosen(Some("br;q=0, gzip")), Encoding::Gzip);
        assert_eq!(chosen(Some("*, br;q=0.000")), Encoding::Gzip);
        assert_eq!(chosen(Some("*;q=0")), Encoding::Identity);
    }

    #[test]
    fn a_form_that_does_not_exist_is_not_chosen() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("br, gzip"));
        assert_eq!(Encoding::choose(&headers, false, true), Encoding::Gzip);
        assert_eq!(Encoding::choose(&headers, false, false), Encoding::Identity);
    }
}
