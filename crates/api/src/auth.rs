//! Who calls: the bearer token of a request, or the session of the browser that sent it, and whom it belongs to.

use std::sync::Arc;

use app::App;
use app::auth::AuthError;
use domain::Caller;
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};

use crate::middleware::CallContext;
use crate::problem::{Kind, Problem};

/// Why a call is not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denied {
    /// No credentials.
    #[error("no credentials were sent; send \"Authorization: Bearer hk_...\"")]
    Missing,
    /// Credentials of another scheme, or several.
    #[error("the Authorization header must be \"Bearer\", a space, and one API key")]
    Malformed,
    /// A token that is not good.
    #[error("{0}")]
    Refused(AuthError),
    /// A browser sent a session along with a request that some other site made.
    #[error("a session is good only for requests of the console's own pages; elsewhere, send an API key")]
    CrossSite,
}

/// What a caller proves itself with.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// An API key.
    Key(String),
    /// A session of the console.
    Session(String),
}

impl Denied {
    /// Whether the caller is known, and turned away all the same.
    pub(crate) const fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused(AuthError::Suspended) | Self::CrossSite)
    }

    /// The error code of RFC 6750, which is given only where credentials were.
    pub(crate) const fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::Missing | Self::CrossSite => None,
            Self::Malformed | Self::Refused(_) => Some("invalid_token"),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        if denied.is_forbidden() {
            return Self::new(Kind::Forbidden, denied.to_string());
        }
        Self::unauthenticated(denied.to_string(), denied.challenge())
    }
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Denied> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let header = given.next().ok_or(Denied::Missing)?;
    if given.next().is_some() {
        return Err(Denied::Malformed);
    }
    header.to_str().ok().and_then(bearer_text).ok_or(Denied::Malformed)
}

/// The token in the value of an `Authorization` header.
pub(crate) fn bearer_text(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim_start();
    let good = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ');
    good.then_some(token)
}

/// The name of the cookie that carries a session.
pub(crate) const SESSION_COOKIE: &str = "hookledger_session";

impl Credential {
    /// What `headers` bring: an API key, or else a session.
    ///
    /// A browser sends its cookies along whoever made the request, so a session counts only where the browser says
    /// that it was a page of this very service.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Denied> {
        match bearer(headers) {
            Err(Denied::Missing) => {
                let session = session(headers).ok_or(Denied::Missing)?;
                if is_same_origin(headers) {
                    Ok(Self::Session(session.to_owned()))
                } else {
                    Err(Denied::CrossSite)
                }
            }
            token => token.map(|token| Self::Key(token.to_owned())),
        }
    }

    /// Whose it is.
    pub(crate) fn caller(&self, app: &App) -> Result<Arc<Caller>, AuthError> {
        match self {
            Self::Key(key) => app.authenticate(key),
            Self::Session(session) => app.authenticate_session(session),
        }
    }
}

/// The session in the cookies of a request.
pub(crate) fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
        .filter(|session| !session.is_empty())
}

/// Whether a browser says that the request comes from a page of this service.
///
/// `Sec-Fetch-Site` cannot be set by a page and survives proxies that change the `Host`; browsers without it send the
/// `Origin`, which then has to name the host that was asked.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    if let Some(site) = text(http::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let origin = text(ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin.is_some() && origin == text(HOST)
}

/// The call of whoever holds the API key or the session in `headers`.
pub(crate) fn authenticate_any(
    app: &App,
    headers: &HeaderMap,
    call: &CallContext,
) -> Result<app::Request, Denied> {
    let caller = Credential::read(headers)?.caller(app).map_err(Denied::Refused)?;
    Ok(app::Request::new(caller).correlated(call.correlation.clone()).traced(call.trace.clone()))
}

/// The call of whoever holds the token in `headers`.
pub(crate) fn authenticate(
    app: &App,
    headers: &HeaderMap,
    call: &CallContext,
) -> Result<app::Request, Denied> {
    let caller = app.authenticate(bearer(headers)?).map_err(Denied::Refused)?;
    Ok(app::Request::new(caller).correlated(call.correlation.clone()).traced(call.trace.clone()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn token(values: &[&'static str]) -> Result<String, Denied> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        assert_eq!(token(&["Bearer hk_1"]), Ok("hk_1".into()));
        assert_eq!(token(&["bearer  hk_1"]), Ok("hk_1".into()));
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let parse = |(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value));
        pairs.iter().copied().map(parse).collect()
    }

    #[test]
    fn a_session_is_found_among_other_cookies() {
        let found = |cookies| session(&headers(&[("cookie", cookies)])).map(str::to_owned);
        assert_eq!(found("a=1; hookledger_session=hs_1; b=2"), Some("hs_1".into()));
        for none in ["", "a=1", "xhookledger_session=hs_1", "hookledger_session=", "hookledger_session"] {
            assert_eq!(found(none), None, "{none}");
        }
    }

    #[test]
    fn a_request_is_of_the_same_origin_only_where_the_browser_says_so() {
        let good: [&[_]; 3] = [
            &[("sec-fetch-site", "same-origin")],
            &[("origin", "http://127.0.0.1:4300"), ("host", "127.0.0.1:4300")],
            &[("origin", "https://hooks.example"), ("host", "hooks.example")],
        ];
        for pairs in good {
            assert!(is_same_origin(&headers(pairs)), "{pairs:?}");
        }
        let bad: [&[_]; 7] = [
            &[],
            &[("host", "127.0.0.1:4300")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://127.0.0.1:9999"), ("host", "127.0.0.1:4300")],
            &[("origin", "null"), ("host", "127.0.0.1:4300")],
        ];
        for pairs in bad {
            assert!(!is_same_origin(&headers(pairs)), "{pairs:?}");
        }
    }

    #[test]
    fn an_api_key_goes_before_a_session() {
        let both = headers(&[("authorization", "Bearer hk_1"), ("cookie", "hookledger_session=hs_1")]);
        assert!(matches!(Credential::read(&both), Ok(Credential::Key(key)) if key == "hk_1"));
    }

    #[test]
    fn other_schemes_several_headers_and_none_are_told_apart() {
        assert_eq!(token(&[]), Err(Denied::Missing));
        for bad in ["Basic aGk6aGk=", "Bearer", "Bearer ", "hk_1", "Bearer a b"] {
            assert_eq!(token(&[bad]), Err(Denied::Malformed), "{bad}");
        }
        assert_eq!(token(&["Bearer hk_1", "Bearer hk_2"]), Err(Denied::Malformed));
    }
}
