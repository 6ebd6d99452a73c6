//! How long a request may take, by phase and as a whole.

use std::time::Duration;

/// The time budget of one request.
///
/// `dns`, `connect` (TCP and TLS together) and `first_byte` (from handing the request to an open connection
/// to the end of the response's head) each bound their phase; `total` bounds everything from the call to the
/// end of the response's body, so no phase outlives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    dns: Duration,
    connect: Duration,
    first_byte: Duration,
    total: Duration,
}

impl Deadlines {
    /// No phase can be given less.
    pub const SHORTEST: Duration = Duration::from_millis(1);
    /// No phase can be given more.
    pub const LONGEST: Duration = Duration::from_mins(2);

    /// The bound of the DNS phase; 3 s unless changed.
    pub fn dns(&self) -> Duration {
        self.dns
    }

    /// The bound of TCP and TLS together; 5 s unless changed.
    pub fn connect(&self) -> Duration {
        self.connect
    }

    /// The bound of waiting for the response's head; 10 s unless changed.
    pub fn first_byte(&self) -> Duration {
        self.first_byte
    }

    /// The bound of everything; 15 s unless changed.
    pub fn total(&self) -> Duration {
        self.total
    }

    /// With another bound of the DNS phase.
    pub fn with_dns(self, dns: Duration) -> Result<Self, DeadlineRefusal> {
        Ok(Self { dns: checked("dns", dns)?, ..self })
    }

    /// With another bound of TCP and TLS together.
    pub fn with_connect(self, connect: Duration) -> Result<Self, DeadlineRefusal> {
        Ok(Self { connect: checked("connect", connect)?, ..self })
    }

    /// With another bound of waiting for the response's head.
    pub fn with_first_byte(self, first_byte: Duration) -> Result<Self, DeadlineRefusal> {
        Ok(Self { first_byte: checked("first_byte", first_byte)?, ..self })
    }

    /// With another bound of everything.
    pub fn with_total(self, total: Duration) -> Result<Self, DeadlineRefusal> {
        Ok(Self { total: checked("total", total)?, ..self })
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            dns: Duration::from_secs(3),
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(10),
            total: Duration::from_secs(15),
        }
    }
}

fn checked(phase: &'static str, given: Duration) -> Result<Duration, DeadlineRefusal> {
    if (Deadlines::SHORTEST..=Deadlines::LONGEST).contains(&given) {
        Ok(given)
    } else {
        Err(DeadlineRefusal { phase, given })
    }
}

/// A deadline outside [`Deadlines::SHORTEST`] to [`Deadlines::LONGEST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{phase} deadline of {given:?} is not between {:?} and {:?}",
    Deadlines::SHORTEST,
    Deadlines::LONGEST
)]
pub struct DeadlineRefusal {
    /// Which deadline.
    pub phase: &'static str,
    /// What was asked for.
    pub given: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_outside_the_bounds_are_refused_not_bent() {
        let deadlines = Deadlines::default();
        assert!(deadlines.with_total(Duration::ZERO).is_err());
        let refusal = deadlines.with_dns(Duration::from_secs(121)).unwrap_err();
        assert_eq!(refusal.to_string(), "dns deadline of 121s is not between 1ms and 120s");
        assert_eq!(deadlines.with_connect(Duration::from_secs(1)).unwrap().connect(), Duration::from_secs(1));
    }
}
