//! State and answer of a delivery in one short text, which orders the ranges that lists are merged from.

use domain::TenantId;

use super::filter::{DeliveryFilter, StatusClass};
use super::row::Delivery;
use super::state::DeliveryState;
use crate::page::id;
use crate::store::{Columns, Connection, ReadError, Sql};

/// What stands for the answer while there was no attempt.
const NO_ATTEMPT: char = '-';

/// State and answer in one: the number of the state; the first digit of the last status, 0 if there was no response, or
/// `-` while there was no attempt; the class of the error. A healthy delivery is `0-`, then `22`.
///
/// There are few of them, however many deliveries there are: five states, and the answers that endpoints really give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome(String);

impl Outcome {
    /// The outcome of a delivery as it stands.
    pub(super) fn of(delivery: &Delivery) -> Self {
        let class = match (delivery.last_attempt_at, delivery.last_status) {
            (None, _) => NO_ATTEMPT,
            (Some(_), None) => '0',
            (Some(_), Some(status)) => char::from_digit(u32::from(status / 100), 10).unwrap_or('9'),
        };
        let error = delivery.last_error_class.as_deref().unwrap_or_default();
        Self(format!("{}{class}{error}", delivery.state.number()))
    }

    /// One that was stored.
    pub(super) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it is stored.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Whether deliveries with this outcome are in `state`.
    pub(super) fn is_of(&self, state: DeliveryState) -> bool {
        self.0.starts_with(|first: char| first.to_digit(10).map(i64::from) == Some(state.number()))
    }

    /// Whether deliveries with this outcome meet what the filter says of state, kind of answer and error.
    pub(super) fn is_wanted(&self, filter: &DeliveryFilter) -> bool {
        let class = self.0.chars().nth(1);
        let error = self.0.get(2..).unwrap_or_default();
        (filter.states.is_empty() || filter.states.iter().any(|state| self.is_of(*state)))
            && filter.status.is_none_or(|wanted| class == Some(wanted.digit()))
            && filter.error_class.as_deref().is_none_or(|wanted| !wanted.is_empty() && error == wanted)
    }
}

impl StatusClass {
    /// What outcomes have in its place: the first digit of its statuses, if it has any.
    pub(super) const fn digit(self) -> char {
        match self {
            Self::Success => '2',
            Self::Redirect => '3',
            Self::ClientError => '4',
            Self::ServerError => '5',
            Self::NoResponse => '0',
            Self::NoAttempt => NO_ATTEMPT,
        }
    }
}

/// The outcomes that a tenant's deliveries have: one step over the index for each, however many deliveries have it.
pub(super) fn outcomes(connection: Connection<'_>, tenant: TenantId) -> Result<Vec<Outcome>, ReadError> {
    let mut sql = Sql::new("WITH RECURSIVE found (outcome) AS (");
    sql.push("SELECT (SELECT min(outcome) FROM status_delivery WHERE tenant = ").bind(id(tenant.uuid()));
    sql.push(") UNION ALL SELECT (SELECT min(status_delivery.outcome) FROM status_delivery WHERE tenant = ");
    sql.bind(id(tenant.uuid())).push(" AND status_delivery.outcome > found.outcome) FROM found ");
    sql.push("WHERE found.outcome IS NOT NULL) SELECT outcome FROM found WHERE outcome IS NOT NULL");
    sql.all(connection, |row| Columns::of("status_delivery", row).text().map(Outcome::stored))
}
