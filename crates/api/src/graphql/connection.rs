//! Lists as Relay has them: connections of edges, with cursors that mean nothing to anybody but us.

use async_graphql::{Error, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use projections::{Page, Take};

use super::errors::field_error;

/// How many entries a page has unless somebody says.
pub(crate) const PAGE_DEFAULT: usize = 20;
/// The most entries of one page.
pub(crate) const PAGE_MAX: usize = 100;
/// Totals are counted up to here.
pub(crate) const TOTAL_MAX: u64 = 10_000;
/// The most characters of a cursor.
const CURSOR_CHARS_MAX: usize = 512;

/// Which part of a list is wanted: the arguments of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageArgs {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
}

/// A checked wish for a part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// Whether it is taken from the end.
    pub(crate) backward: bool,
    /// How many entries.
    pub(crate) limit: usize,
    /// What the cursor `after` stands for.
    pub(crate) after: Option<String>,
    /// What the cursor `before` stands for.
    pub(crate) before: Option<String>,
}

impl PageArgs {
    /// Checks the arguments for a list whose cursors are of this `kind`.
    pub(crate) fn window(self, kind: &str) -> Result<Window, Error> {
        let (limit, backward) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(field_error("BAD_USER_INPUT", "give \"first\" or \"last\", not both"));
            }
            (Some(first), None) => (size("first", first)?, false),
            (None, Some(last)) => (size("last", last)?, true),
            (None, None) => (PAGE_DEFAULT, false),
        };
        let read = |cursor: Option<String>| cursor.map(|cursor| open(kind, &cursor)).transpose();
        Ok(Window { backward, limit, after: read(self.after)?, before: read(self.before)? })
    }
}

fn size(name: &str, value: i32) -> Result<usize, Error> {
    usize::try_from(value).ok().filter(|size| *size <= PAGE_MAX).ok_or_else(|| {
        field_error("BAD_USER_INPUT", format!("\"{name}\" is {value}, it must lie between 0 and {PAGE_MAX}"))
    })
}

/// The cursor of this `kind` that stands for `key`.
pub(crate) fn seal(kind: &str, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{key}"))
}

/// What a cursor of this `kind` stands for.
pub(crate) fn open(kind: &str, cursor: &str) -> Result<String, Error> {
    let bytes = (cursor.len() <= CURSOR_CHARS_MAX).then(|| URL_SAFE_NO_PAD.decode(cursor).ok()).flatten();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let key = text.as_deref().and_then(|text| text.strip_prefix(kind)?.strip_prefix(':'));
    key.map(str::to_owned).ok_or_else(bad_cursor)
}

/// The cursor is not one of this list.
pub(crate) fn bad_cursor() -> Error {
    field_error(
        "BAD_CURSOR",
        "this is not a cursor of this list; use what \"pageInfo\" or an edge of the same field gave",
    )
}

impl Window {
    /// As the views have it, where `parse` reads what a cursor stands for.
    pub(crate) fn page<K>(&self, parse: impl Fn(&str) -> Option<K>) -> Result<Page<K>, Error> {
        let read = |cursor: &Option<String>| {
            cursor.as_deref().map(|key| parse(key).ok_or_else(bad_cursor)).transpose()
        };
        let take = if self.backward { Take::Last(self.limit) } else { Take::First(self.limit) };
        Ok(Page { after: read(&self.after)?, before: read(&self.before)?, take })
    }
}

/// What a list costs: its entries, as many as one page may have of those that are asked for.
pub(crate) fn list_cost(first: Option<i32>, last: Option<i32>, entry: usize) -> usize {
    let wanted =
        first.or(last).map_or(PAGE_DEFAULT, |wanted| usize::try_from(wanted).unwrap_or(0).min(PAGE_MAX));
    times(wanted, entry)
}

/// What so many entries cost, without ever overflowing.
pub(crate) fn times(entries: usize, entry: usize) -> usize {
    const COST_MAX: usize = 1_000_000_000;
    entries.max(1).saturating_mul(entry).saturating_add(1).min(COST_MAX)
}

/// Where a page stands in its list.
#[derive(Debug, Clone, Default, PartialEq, Eq, SimpleObject)]
pub(crate) struct PageInfo {
    /// Whether there are entries after this page.
    pub(crate) has_next_page: bool,
    /// Whether there are entries before this page.
    pub(crate) has_previous_page: bool,
    /// The cursor of the first entry of the page, for `before`.
    pub(crate) start_cursor: Option<String>,
    /// The cursor of the last entry of the page, for `after`.
    pub(crate) end_cursor: Option<String>,
}

/// How many entries a list has, counted no further than to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub(crate) struct TotalCount {
    /// How many there are; 10,000 if there are more.
    count: u64,
    /// Whether that is all of them. If not, there are more than 10,000.
    exact: bool,
}

impl TotalCount {
    /// What was counted, up to one more than [`TOTAL_MAX`].
    pub(crate) fn of(counted: u64) -> Self {
        Self { count: counted.min(TOTAL_MAX), exact: counted <= TOTAL_MAX }
    }
}

/// A part of a list that is wholly in memory, in the order of its keys.
pub(crate) struct Slice<T> {
    pub(crate) entries: Vec<T>,
    pub(crate) has_next: bool,
    pub(crate) has_previous: bool,
}

/// Cuts the window out of a list that is ordered by `key`.
pub(crate) fn slice<T, K: Ord>(
    all: Vec<T>,
    window: &Window,
    key: impl Fn(&T) -> K,
    parse: impl Fn(&str) -> Result<K, Error>,
) -> Result<Slice<T>, Error> {
    let after = window.after.as_deref().map(&parse).transpose()?;
    let before = window.before.as_deref().map(&parse).transpose()?;
    let total = all.len();
    let start = after.map_or(0, |after| all.partition_point(|entry| key(entry) <= after));
    let end = before.map_or(total, |before| all.partition_point(|entry| key(entry) < before)).max(start);
    let (from, to) = if window.backward {
        (end.saturating_sub(window.limit).max(start), end)
    } else {
        (start, (start + window.limit).min(end))
    };
    let entries = all.into_iter().skip(from).take(to - from).collect();
    Ok(Slice { entries, has_next: to < total, has_previous: from > 0 })
}

/// A connection type and its edge type, with words for the schema.
///
/// Edges are made from a list of nodes; `cursor` names the cursor of one. `total` gives the connection a field that
/// counts, when and only when somebody selects it.
macro_rules! connection {
    ($(#[$doc:meta])* $connection:ident, $(#[$edge_doc:meta])* $edge:ident, $node:ty $(, total: $total:ty)?) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        #[graphql(complex)]
        pub(crate) struct $connection {
            /// The entries of the page, each with its cursor.
            edges: Vec<$edge>,
            /// Where the page stands in its list.
            page_info: $crate::graphql::connection::PageInfo,
            $(
                #[graphql(skip)]
                total: $total,
            )?
        }

        $(#[$edge_doc])*
        #[derive(async_graphql::SimpleObject)]
        pub(crate) struct $edge {
            /// The entry.
            node: $node,
            /// The place of the entry in its list, for `after` and `before`.
            cursor: String,
        }

        #[async_graphql::ComplexObject]
        impl $connection {
            /// The entries of the page, without cursors.
            async fn nodes(&self) -> Vec<$node> {
                self.edges.iter().map(|edge| edge.node.clone()).collect()
            }

            $(
                /// How many entries the whole list has. Counted only if selected, and no further than to 10,000.
                #[graphql(complexity = 100)]
                async fn total_count(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<$crate::graphql::connection::TotalCount> {
                    let total: &$total = &self.total;
                    total.count(ctx).await
                }
            )?
        }

        impl $connection {
            /// A page of `nodes`.
            pub(crate) fn new(
                nodes: impl IntoIterator<Item = ($node, String)>,
                has_next_page: bool,
                has_previous_page: bool,
                $(total: $total,)?
            ) -> Self {
                let edges: Vec<_> = nodes.into_iter().map(|(node, cursor)| $edge { node, cursor }).collect();
                let page_info = $crate::graphql::connection::PageInfo {
                    has_next_page,
                    has_previous_page,
                    start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                    end_cursor: edges.last().map(|edge| edge.cursor.clone()),
                };
                Self { edges, page_info, $(total: { let total: $total = total; total })? }
            }
        }
    };
}

pub(crate) use connection;

#[cfg(test)]
mod tests {
    use super::*;

    fn window(args: PageArgs) -> Result<Window, String> {
        args.window("list").map_err(|error| error.message)
    }

    #[test]
    fn a_page_has_twenty_entries_unless_somebody_says() {
        let plain = window(PageArgs::default()).unwrap();
        assert_eq!((plain.limit, plain.backward), (20, false));
        let back = window(PageArgs { last: Some(5), ..PageArgs::default() }).unwrap();
        assert_eq!((back.limit, back.backward), (5, true));
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        for size in [-1, 101, i32::MAX] {
            assert!(window(PageArgs { first: Some(size), ..PageArgs::default() }).is_err(), "{size}");
        }
        assert!(window(PageArgs { first: Some(1), last: Some(1), ..PageArgs::default() }).is_err());
    }

    #[test]
    fn a_cursor_opens_only_where_it_belongs() {
        let cursor = seal("list", "a:b");
        assert_eq!(open("list", &cursor).unwrap(), "a:b");
        assert!(open("other", &cursor).is_err());
        assert!(open("lis", &cursor).is_err());
        for bad in ["", "%%%", "bGlzdA", &"A".repeat(1_000)] {
            assert!(open("list", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_slice_is_cut_from_either_end() {
        let cut = |args: PageArgs| {
            let window = args.window("list").unwrap();
            let number = |text: &str| text.parse::<u32>().map_err(|_| bad_cursor());
            let slice = slice((1..=9).collect(), &window, |n| *n, number).unwrap();
            (slice.entries, slice.has_previous, slice.has_next)
        };
        let at = |n: u32| Some(seal("list", &n.to_string()));
        assert_eq!(cut(PageArgs { first: Some(2), ..PageArgs::default() }), (vec![1, 2], false, true));
        assert_eq!(
            cut(PageArgs { first: Some(2), after: at(7), ..PageArgs::default() }),
            (vec![8, 9], true, false)
        );
        assert_eq!(
            cut(PageArgs { last: Some(2), before: at(3), ..PageArgs::default() }),
            (vec![1, 2], false, true)
        );
        assert_eq!(cut(PageArgs { last: Some(2), ..PageArgs::default() }), (vec![8, 9], true, false));
        assert_eq!(cut(PageArgs { first: Some(0), ..PageArgs::default() }), (vec![], false, true));
    }

    #[test]
    fn a_list_costs_no_more_than_its_longest_page() {
        assert_eq!(list_cost(None, None, 3), 61);
        assert_eq!(list_cost(Some(i32::MAX), None, 3), 301);
        assert_eq!(list_cost(Some(-1), None, 3), 4);
        assert_eq!((0..30).fold(3, |entry, _| list_cost(Some(100), None, entry)), 1_000_000_000);
    }
}
