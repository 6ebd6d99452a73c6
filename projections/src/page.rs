//! Pages of lists, by cursor: quick wherever they start, and stable while rows come in.

use crate::store::{Connection, Sql, Value, as_id};

/// The most rows of one page.
pub const LIMIT_MAX: usize = 200;

/// From which end a page is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// This many from the front, at most [`LIMIT_MAX`].
    First(usize),
    /// This many from the back, at most [`LIMIT_MAX`].
    Last(usize),
}

/// Which part of a list is wanted. Lists start with what is newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// Only what follows the row with this cursor.
    pub after: Option<K>,
    /// Only what precedes the row with this cursor.
    pub before: Option<K>,
    /// How much of it.
    pub take: Take,
}

impl<K> Page<K> {
    /// The first `limit` rows.
    pub const fn first(limit: usize) -> Self {
        Self { after: None, before: None, take: Take::First(limit) }
    }

    /// The first `limit` rows behind the one with this cursor.
    pub const fn after(cursor: K, limit: usize) -> Self {
        Self { after: Some(cursor), before: None, take: Take::First(limit) }
    }

    /// The last `limit` rows ahead of the one with this cursor.
    pub const fn before(cursor: K, limit: usize) -> Self {
        Self { after: None, before: Some(cursor), take: Take::Last(limit) }
    }

    pub(crate) fn limit(&self) -> usize {
        let (Take::First(limit) | Take::Last(limit)) = self.take;
        limit.min(LIMIT_MAX)
    }

    pub(crate) const fn is_backward(&self) -> bool {
        matches!(self.take, Take::Last(_))
    }
}

/// A part of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are rows behind them. Where the page was taken from the back before a cursor: that row, at least.
    pub has_next: bool,
    /// Whether there are rows ahead of them. Where the page was taken from the front after a cursor: that row, at least.
    pub has_previous: bool,
}

impl<T> Listed<T> {
    /// What `page` asked for, of `found`: the wanted rows and one more if there is one, in the direction of the page.
    pub(crate) fn from_found<K>(mut found: Vec<T>, page: &Page<K>) -> Self {
        let more = found.len() > page.limit();
        found.truncate(page.limit());
        if page.is_backward() {
            found.reverse();
            Self { rows: found, has_next: page.before.is_some(), has_previous: more }
        } else {
            Self { rows: found, has_next: more, has_previous: page.after.is_some() }
        }
    }
}

/// A list in SQL: what is selected from where, under which conditions, in which order.
pub(crate) struct List<'l, K> {
    /// `SELECT ... FROM ...`
    pub(crate) select: &'l str,
    /// What orders it.
    pub(crate) keys: Keys<'l, K>,
    /// The rows are those that meet one of these, which exclude each other; each is met through an index that has the
    /// order of `keys`.
    pub(crate) arms: &'l [Conditions],
    /// And these, whichever arm they come by.
    pub(crate) also: &'l Conditions,
}

/// The order of a list, and the part of it that is looked at.
pub(crate) struct Keys<'l, K> {
    /// The columns that order it and make up its cursor, the most significant first; all of them descending.
    pub(crate) columns: &'l [&'l str],
    /// Whether PostgreSQL is to find this order in indexes that were made for it, and nowhere else: they say where nulls would
    /// be. Otherwise it goes over the primary key, which has the order as well, where it expects a row that meets the
    /// conditions to come soon, although there may be none.
    pub(crate) apart: bool,
    /// Only rows above this.
    pub(crate) above: Option<K>,
    /// Only rows below this.
    pub(crate) below: Option<K>,
}

/// Conditions that must all be met.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions(Vec<(String, Vec<Value<'static>>)>);

impl Conditions {
    /// Adds a condition in which each `?` stands for one of the values, in order.
    pub(crate) fn with(mut self, condition: &str, values: impl IntoIterator<Item = Value<'static>>) -> Self {
        self.add(condition, values);
        self
    }

    /// Adds a condition in which each `?` stands for one of the values, in order.
    pub(crate) fn add(&mut self, condition: &str, values: impl IntoIterator<Item = Value<'static>>) {
        self.0.push((condition.to_owned(), values.into_iter().collect()));
    }

    fn write(&self, sql: &mut Sql, mut first: bool) {
        for (condition, values) in &self.0 {
            sql.push(if first { " WHERE " } else { " AND " });
            first = false;
            let mut parts = condition.split('?');
            sql.push(parts.next().unwrap_or_default());
            for (value, part) in values.iter().zip(parts) {
                sql.bind(value.clone()).push(part);
            }
        }
    }
}

impl<K: Cursor + Ord> List<'_, K> {
    /// The rows of `page` and one more, in its direction, as `connection` is asked best.
    pub(crate) fn page(&self, connection: Connection<'_>, page: &Page<K>) -> Sql {
        self.page_in(connection.is_postgres(), page)
    }

    /// Adds the query for the first `limit` rows.
    pub(crate) fn newest(&self, sql: &mut Sql, connection: Connection<'_>, limit: u64) {
        let bounds = [(self.keys.below.as_ref(), "<"), (self.keys.above.as_ref(), ">")];
        self.ordered(sql, connection.is_postgres(), bounds, (" DESC", crate::store::integer(limit)));
    }

    fn page_in(&self, for_postgres: bool, page: &Page<K>) -> Sql {
        // One bound on each side, the tighter one, so that the index is entered at the right place.
        let below = page.after.as_ref().into_iter().chain(&self.keys.below).min();
        let above = page.before.as_ref().into_iter().chain(&self.keys.above).max();
        let direction = if page.is_backward() { " ASC" } else { " DESC" };
        let mut sql = Sql::default();
        let limit = crate::store::integer(page.limit() as u64 + 1);
        self.ordered(&mut sql, for_postgres, [(below, "<"), (above, ">")], (direction, limit));
        sql
    }

    /// `SQLite` merges arms that an index has in order. PostgreSQL does so only where each arm says that it is ordered; and
    /// then of each no more need be looked at than is taken.
    fn ordered(
        &self,
        sql: &mut Sql,
        for_postgres: bool,
        bounds: [(Option<&K>, &str); 2],
        (direction, limit): (&str, i64),
    ) {
        let nulls = match (for_postgres && self.keys.apart, direction) {
            (false, _) => "",
            (true, " ASC") => " NULLS FIRST",
            (true, _) => " NULLS LAST",
        };
        let order: Vec<_> = self.keys.columns.iter().map(|key| format!("{key}{direction}{nulls}")).collect();
        let order = format!(" ORDER BY {} LIMIT ", order.join(", "));
        let each = (for_postgres && self.arms.len() > 1).then_some((order.as_str(), limit));
        self.arms(sql, self.select, bounds, each);
        sql.push(&order).bind(limit);
    }

    /// How many rows there are, counted up to `bound`.
    pub(crate) fn count(&self, bound: u64) -> Sql {
        let from = self.select.find(" FROM ").map_or(self.select, |at| &self.select[at..]);
        let bounds = [(self.keys.below.as_ref(), "<"), (self.keys.above.as_ref(), ">")];
        let mut sql = Sql::new("SELECT count(*) FROM (");
        self.arms(&mut sql, &format!("SELECT 1{from}"), bounds, None);
        sql.push(" LIMIT ").bind(crate::store::integer(bound)).push(") AS found");
        sql
    }

    fn arms(
        &self,
        sql: &mut Sql,
        select: &str,
        bounds: [(Option<&K>, &str); 2],
        ordered: Option<(&str, i64)>,
    ) {
        if self.arms.is_empty() {
            sql.push(select).push(" WHERE 1 = 0");
        }
        for (place, arm) in self.arms.iter().enumerate() {
            if place > 0 {
                sql.push(" UNION ALL ");
            }
            sql.push(if ordered.is_some() { "(" } else { "" }).push(select);
            arm.write(sql, true);
            self.also.write(sql, false);
            for (bound, is) in bounds {
                if let Some(bound) = bound {
                    sql.push(&format!(" AND ({}) {is} (", self.keys.columns.join(", ")));
                    sql.list(bound.values()).push(")");
                }
            }
            if let Some((order, limit)) = ordered {
                sql.push(order).bind(limit).push(")");
            }
        }
    }
}

/// What a page starts after: the values of a row in the columns that order the list.
pub(crate) trait Cursor {
    /// The values, the most significant first.
    fn values(&self) -> Vec<Value<'static>>;
}

/// A value as SQL knows it.
pub(crate) fn value(value: impl Into<Value<'static>>) -> Value<'static> {
    value.into()
}

/// An id as SQL knows it.
pub(crate) const fn id(uuid: uuid::Uuid) -> Value<'static> {
    as_id(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    struct Key(i64);

    impl Cursor for Key {
        fn values(&self) -> Vec<Value<'static>> {
            vec![value(self.0), value(7_i64)]
        }
    }

    fn list(page: &Page<Key>, for_postgres: bool) -> String {
        let arms = [
            Conditions::default().with("a = ?", [value(1_i64)]),
            Conditions::default().with("a = ?", [value(2_i64)]),
        ];
        let also = Conditions::default().with("b > ? OR b < ?", [value(3_i64), value(4_i64)]);
        let keys = Keys { columns: &["n", "m"], apart: false, above: None, below: None };
        List { select: "SELECT n FROM t", keys, arms: &arms, also: &also }
            .page_in(for_postgres, page)
            .text()
            .to_owned()
    }

    #[test]
    fn parameters_are_numbered_in_the_order_in_which_they_appear() {
        assert_eq!(
            list(&Page::after(Key(5), 10), false),
            "SELECT n FROM t WHERE a = $1 AND b > $2 OR b < $3 AND (n, m) < ($4, $5) UNION ALL \
             SELECT n FROM t WHERE a = $6 AND b > $7 OR b < $8 AND (n, m) < ($9, $10) \
             ORDER BY n DESC, m DESC LIMIT $11"
        );
    }

    #[test]
    fn arms_are_ordered_and_bounded_where_that_is_wanted() {
        assert_eq!(
            list(&Page::first(10), true),
            "(SELECT n FROM t WHERE a = $1 AND b > $2 OR b < $3 ORDER BY n DESC, m DESC LIMIT $4) UNION ALL \
             (SELECT n FROM t WHERE a = $5 AND b > $6 OR b < $7 ORDER BY n DESC, m DESC LIMIT $8) \
             ORDER BY n DESC, m DESC LIMIT $9"
        );
    }

    #[test]
    fn a_page_from_the_back_is_turned_around() {
        let page = Page::before(Key(5), 2);
        assert!(list(&page, false).ends_with("ORDER BY n ASC, m ASC LIMIT $11"));
        let listed = Listed::from_found(vec![6, 7, 8], &page);
        assert_eq!(listed, Listed { rows: vec![7, 6], has_next: true, has_previous: true });
    }

    #[test]
    fn no_page_is_larger_than_the_bound() {
        assert_eq!(Page::<Key>::first(1_000_000).limit(), LIMIT_MAX);
    }
}
