//! Instants, to the microsecond, and the clock that hands them out.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Tells the time; injected, so that tests and simulations drive it by hand.
pub trait Clock: Send + Sync {
    /// The present instant. May step backwards when the machine's clock is set.
    fn now(&self) -> Timestamp;
}

/// An instant in UTC with microsecond precision, between the years 1970 and 9999; written as RFC 3339.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an instant as RFC 3339, such as \"2026-11-23T15:04:05.123456Z\", between 1970 and 9999")]
pub struct TimestampError;

impl Timestamp {
    /// The last instant that can be written: the end of the year 9999.
    pub const MAX: Self = Self(253_402_207_200_000_000 - 1);

    /// The instant this many microseconds after the Unix epoch, clamped to the range of the type.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < 0 {
            Self(0)
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// The instant this many whole seconds after the Unix epoch, clamped to the range of the type.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, as `webhook-timestamp` carries them.
    pub const fn as_seconds(self) -> i64 {
        self.0 / 1_000_000
    }

    /// This instant plus `duration`, never past [`Timestamp::MAX`].
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// `2026-11-23T15:04:05.123456Z`. A delivery writes half a dozen instants: by hand that takes a tenth of what a
    /// formatter for every calendar needs, which was one per cent of the server's time.
    fn text(self) -> [u8; 27] {
        let micros = u64::try_from(self.0).unwrap_or(0);
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        let (days, of_day) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = date(days);
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        write_digits(&mut text[0..4], year);
        write_digits(&mut text[5..7], month);
        write_digits(&mut text[8..10], day);
        write_digits(&mut text[11..13], of_day / 3_600);
        write_digits(&mut text[14..16], of_day / 60 % 60);
        write_digits(&mut text[17..19], of_day % 60);
        write_digits(&mut text[20..26], fraction);
        text
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).expect("digits and separators are ASCII"))
    }
}

/// Year, month and day in the Gregorian calendar, so many days after the first of January 1970.
///
/// Counted from the first of March of the year 0, so that a leap day is the last of its year; 400 years have 146,097 days.
const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March on have 153 days every five.
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + (month <= 2) as u64, month, day)
}

/// Fills `place` with the last digits of `number`.
fn write_digits(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimestampError)?;
        let micros = instant.as_microsecond();
        if (0..=Self::MAX.0).contains(&micros) { Ok(Self(micros)) } else { Err(TimestampError) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_with_six_digits_and_reads_back() {
        let instant = Timestamp::from_micros(1_790_000_000_120_000);
        assert_eq!(instant.to_string(), "2026-09-21T14:13:20.120000Z");
        assert_eq!(instant.to_string().parse(), Ok(instant));
    }

    #[test]
    fn every_day_is_written_as_the_calendar_has_it() {
        let of_day = 86_399_999_999;
        for day in (0..=253_402_207_199 / 86_400).chain([11_016, 47_540]) {
            let instant = Timestamp::from_micros(day * 86_400_000_000 + day * 7_919 % of_day);
            let known = jiff::Timestamp::from_microsecond(instant.as_micros()).unwrap();
            assert_eq!(instant.to_string(), format!("{known:.6}"));
        }
    }

    #[test]
    fn the_last_instant_can_be_written() {
        assert_eq!(Timestamp::MAX.to_string().parse(), Ok(Timestamp::MAX));
        assert_eq!(Timestamp::MAX.after(Duration::MAX), Timestamp::MAX);
    }

    #[test]
    fn offsets_are_read_and_times_before_the_epoch_refused() {
        assert_eq!("1970-01-01T01:00:00+01:00".parse(), Ok(Timestamp::from_micros(0)));
        assert_eq!("1969-12-31T23:59:59Z".parse::<Timestamp>(), Err(TimestampError));
        assert_eq!("yesterday".parse::<Timestamp>(), Err(TimestampError));
    }
}
