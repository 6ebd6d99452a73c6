//! `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.

use std::time::{Duration, UNIX_EPOCH};

use domain::Timestamp;

/// The longest wait that a receiver may ask for; more is taken as this.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// When the receiver wants to be asked again, counted from `now`, and no later than [`RETRY_AFTER_MAX`] from then.
pub(crate) fn parse(value: &str, now: Timestamp) -> Option<Timestamp> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long wait, not a mistake.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let at = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
        Timestamp::from_seconds(i64::try_from(at.as_secs()).ok()?).since(now)
    };
    Some(now.after(wait.min(RETRY_AFTER_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn seconds(value: &str) -> Option<u64> {
        parse(value, NOW).map(|at| at.since(NOW).as_secs())
    }

    #[test]
    fn both_forms_are_read_and_clamped() {
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("Mon, 21 Sep 2026 14:15:20 GMT"), Some(120));
        assert_eq!(seconds("99999999999999999999999"), Some(86_400));
        assert_eq!(seconds("Fri, 01 Jan 2100 00:00:00 GMT"), Some(86_400));
        assert_eq!(seconds("Mon, 21 Sep 2020 14:15:20 GMT"), Some(0));
    }

    #[test]
    fn what_is_neither_is_passed_over() {
        for value in ["", "-5", "soon", "1.5"] {
            assert_eq!(seconds(value), None, "{value}");
        }
    }
}
