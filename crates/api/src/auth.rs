//! Who calls: the bearer token of a request, and whom it belongs to.

use app::App;
use app::auth::AuthError;
use http::HeaderMap;
use http::header::AUTHORIZATION;

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
}

impl Denied {
    /// Whether the caller is known, and turned away all the same.
    pub(crate) const fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused(AuthError::Suspended))
    }

    /// The error code of RFC 6750, which is given only where credentials were.
    pub(crate) const fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::Missing => None,
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

    #[test]
    fn other_schemes_several_headers_and_none_are_told_apart() {
        assert_eq!(token(&[]), Err(Denied::Missing));
        for bad in ["Basic aGk6aGk=", "Bearer", "Bearer ", "hk_1", "Bearer a b"] {
            assert_eq!(token(&[bad]), Err(Denied::Malformed), "{bad}");
        }
        assert_eq!(token(&["Bearer hk_1", "Bearer hk_2"]), Err(Denied::Malformed));
    }
}
