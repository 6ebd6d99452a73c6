//! Which subscriptions a list shows. A tenant has a bounded number of them, so conditions are looked at row by row.

use domain::{EventType, SubscriptionId, TenantId};

use super::row::{SELECT, Subscription, SubscriptionState, read};
use crate::page::{Conditions, Keys, List, Listed, Page, id, value};
use crate::store::{Connection, ReadError};

/// Which subscriptions a list shows; those that meet all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionFilter {
    /// In one of these states; in any but deleted if there is none.
    pub states: Vec<SubscriptionState>,
    /// With this text in endpoint or description, whichever way it is capitalised. The first 256 characters count.
    pub search: Option<String>,
    /// That want events of this type.
    pub event_type: Option<EventType>,
}

/// Characters of a search that count.
const SEARCH_CHARS_MAX: usize = 256;

pub(in crate::status) fn list(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &SubscriptionFilter,
    page: &Page<SubscriptionId>,
) -> Result<Listed<Subscription>, ReadError> {
    let sql = with_list(tenant, filter, |list| list.page(connection, page));
    Ok(Listed::from_found(sql.all(connection, read)?, page))
}

pub(in crate::status) fn count(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &SubscriptionFilter,
    bound: u64,
) -> Result<u64, ReadError> {
    with_list(tenant, filter, |list| list.count(bound)).number(connection)
}

/// Those that need a look, the worst first.
pub(in crate::status) fn troubled(
    connection: Connection<'_>,
    tenant: TenantId,
    limit: usize,
) -> Result<Vec<Subscription>, ReadError> {
    let mut sql = crate::store::Sql::new(SELECT);
    sql.push(" WHERE tenant = ").bind(id(tenant.uuid()));
    sql.push(" AND state <> ").bind(SubscriptionState::Deleted.number());
    sql.push(" AND (last_succeeded = 0 OR state = ").bind(SubscriptionState::Disabled.number()).push(")");
    let mut found = sql.all(connection, read)?;
    found.sort_by_key(|found| {
        let rank = match (&found.disable_reason, found.failing_since) {
            (Some(domain::subscription::DisableReason::Failing { .. }), _) => 0,
            (Some(domain::subscription::DisableReason::EndpointGone), _) => 1,
            (None, Some(_)) => 2,
            (None, None) => 3,
            // Somebody wanted it so.
            (Some(_), _) => 4,
        };
        (rank, found.failing_since, found.id)
    });
    found.retain(|found| {
        use domain::subscription::DisableReason::{NotActivated, Requested};
        !matches!(found.disable_reason, Some(Requested { .. } | NotActivated))
    });
    found.truncate(limit);
    Ok(found)
}

/// How a page is found.
#[cfg(test)]
pub(in crate::status) fn sql_of_page(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &SubscriptionFilter,
    page: &Page<SubscriptionId>,
) -> crate::store::Sql {
    with_list(tenant, filter, |list| list.page(connection, page))
}

fn with_list<T>(
    tenant: TenantId,
    filter: &SubscriptionFilter,
    ask: impl FnOnce(&List<'_, SubscriptionId>) -> T,
) -> T {
    let arms = [Conditions::default().with("tenant = ?", [id(tenant.uuid())])];
    let mut also = Conditions::default();
    if filter.states.is_empty() {
        also.add("state <> ?", [value(SubscriptionState::Deleted.number())]);
    } else {
        let places = vec!["?"; filter.states.len()].join(", ");
        also.add(&format!("state IN ({places})"), filter.states.iter().map(|state| value(state.number())));
    }
    if let Some(search) = &filter.search {
        also.add(r"search LIKE ? ESCAPE '\'", [value(like(search))]);
    }
    if let Some(event_type) = &filter.event_type {
        let patterns = accepting(event_type);
        let places = vec!["?"; patterns.len()].join(", ");
        let wants = "SELECT 1 FROM status_subscription_pattern AS wanted \
                     WHERE wanted.subscription = status_subscription.id AND wanted.pattern IN";
        also.add(&format!("EXISTS ({wants} ({places}))"), patterns.into_iter().map(value));
    }
    let keys = Keys { columns: &["id"], apart: false, above: None, below: None };
    ask(&List { select: SELECT, keys, arms: &arms, also: &also })
}

/// The patterns that accept `event_type`, as they are written.
fn accepting(event_type: &EventType) -> Vec<String> {
    let families = event_type.parents().map(|family| format!("{family}.*"));
    [event_type.as_str().to_owned(), "*".to_owned()].into_iter().chain(families).collect()
}

/// `text` without differences of capitalisation, letter by letter.
pub(super) fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// What a text that has `search` in it is like.
fn like(search: &str) -> String {
    let mut like = String::from("%");
    let search: String = search.chars().take(SEARCH_CHARS_MAX).collect();
    for c in folded(&search).chars() {
        if matches!(c, '%' | '_' | '\\') {
            like.push('\\');
        }
        like.push(c);
    }
    like.push('%');
    like
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_a_wildcard_is_taken_literally() {
        assert_eq!(like(r"50%_Ü\"), r"%50\%\_ü\\%");
    }

    #[test]
    fn a_type_is_wanted_by_its_families_at_any_depth() {
        let patterns = accepting(&EventType::parse("a.b.c").unwrap());
        assert_eq!(patterns, ["a.b.c", "*", "a.b.*", "a.*"]);
    }
}
