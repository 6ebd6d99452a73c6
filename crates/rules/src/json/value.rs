//! A value in an indexed text.

use std::borrow::Cow;

use super::index::{Index, NodeId};
use super::text::Text;

/// A JSON value, borrowed from its text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'d> {
    Null,
    Bool(bool),
    /// The number as it is written.
    Number(&'d str),
    String(Text<'d>),
    Array(Container<'d>),
    Object(Container<'d>),
}

impl Value<'_> {
    /// What the value is, with its article.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// An array or object: a node whose children can be visited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Container<'d> {
    index: &'d Index<'d>,
    node: NodeId,
}

impl<'d> Container<'d> {
    pub(super) const fn new(index: &'d Index<'d>, node: NodeId) -> Self {
        Self { index, node }
    }

    /// Every member in the order of the text, repeated ones included.
    pub(crate) fn members(self) -> impl Iterator<Item = (Cow<'d, str>, Value<'d>)> {
        self.index.children(self.node).map(|node| (self.index.name(node).read(), self.index.value(node)))
    }

    /// Every element, in order.
    pub(crate) fn items(self) -> impl Iterator<Item = Value<'d>> {
        self.index.children(self.node).map(|node| self.index.value(node))
    }

    /// The container as it is written.
    pub(crate) fn source(self) -> &'d str {
        self.index.source(self.node)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::index::{Key, ROOT};
    use super::*;

    /// What somebody else's parser would make of the value.
    fn rebuilt(value: Value<'_>) -> serde_json::Value {
        match value {
            Value::Null => json!(null),
            Value::Bool(flag) => json!(flag),
            Value::Number(text) => serde_json::from_str(text).unwrap(),
            Value::String(text) => json!(text.read()),
            Value::Array(array) => array.items().map(rebuilt).collect(),
            Value::Object(object) => {
                object.members().map(|(name, value)| (name.into_owned(), rebuilt(value))).collect()
            }
        }
    }

    fn documents() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(|flag| json!(flag)),
            any::<i64>().prop_map(|number| json!(number)),
            any::<f64>().prop_map(|number| json!(number)),
            any::<String>().prop_map(|text| json!(text)),
            "[a-z\"\\\\\u{1f600}\n ]{0,12}".prop_map(|text| json!(text)),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(|items| json!(items)),
                proptest::collection::btree_map("[a-c\"\\\\\u{e9}]{0,3}", inner, 0..6)
                    .prop_map(|members| json!(members)),
            ]
        })
    }

    proptest! {
        #[test]
        fn an_index_holds_what_another_parser_reads(document in documents(), pretty: bool) {
            let text = if pretty {
                serde_json::to_string_pretty(&document).unwrap()
            } else {
                document.to_string()
            };
            let index = Index::build(&text).expect("serde_json writes JSON");
            // Read again, since a float may come back as its neighbour.
            let document: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(rebuilt(index.root()), document);
        }

        #[test]
        fn text_of_any_kind_is_read_or_refused(text in any::<String>()) {
            let _ = Index::build(&text);
        }

        #[test]
        fn text_made_of_json_pieces_is_read_or_refused(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"", "\\", "\"a\"", "1", "-", "e", ".", "true", "nul", " ", "\u{e9}",
                ]),
                0..30,
            ),
        ) {
            let text = pieces.concat();
            let index = Index::build(&text);
            if let Ok(document) = serde_json::from_str::<serde_json::Value>(&text) {
                let index = index.expect("what is JSON is indexed");
                prop_assert_eq!(rebuilt(index.root()), document);
            } else if let Some(index) = index {
                walk(index.root());
            }
        }

        #[test]
        fn a_text_cut_anywhere_is_missing(document in documents(), cut in any::<prop::sample::Index>()) {
            let text = json!({ "all": document }).to_string();
            let mut cut = cut.index(text.len());
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            prop_assert!(Index::build(&text[..cut]).is_none());
        }
    }

    fn number<'i>(index: &'i Index<'_>, name: &str) -> Option<&'i str> {
        let node = index.member(ROOT, &Key::new(name))?;
        let Value::Number(number) = index.value(node) else { panic!("a number") };
        Some(number)
    }

    fn walk(value: Value<'_>) {
        match value {
            Value::Array(array) => array.items().for_each(walk),
            Value::Object(object) => object.members().for_each(|(_, value)| walk(value)),
            _ => {}
        }
    }

    #[test]
    fn the_last_of_several_members_with_one_name_counts() {
        let text = r#"{"a":1,"b":{"a":9},"\u0061":2,"ab":8}"#;
        let index = Index::build(text).unwrap();
        assert_eq!(number(&index, "a"), Some("2"));
        assert_eq!(number(&index, "ab"), Some("8"));
        assert_eq!(number(&index, "c"), None);
    }

    #[test]
    fn names_may_be_empty_odd_or_very_long() {
        let long = "k".repeat(70_000);
        let text = format!(r#"{{"":1,"a\"b":2,"\u0000":3,"{long}":4,"\ud800":5}}"#);
        let index = Index::build(&text).unwrap();
        for (name, value) in [("", "1"), ("a\"b", "2"), ("\0", "3"), (long.as_str(), "4"), ("\u{fffd}", "5")]
        {
            assert_eq!(number(&index, name), Some(value));
        }
        assert_eq!(number(&index, &long[1..]), None);
    }

    #[test]
    fn depth_costs_no_stack() {
        let depth = 1_000_000;
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Index::build(&text).is_some());
        assert!(Index::build(&"[".repeat(depth)).is_none());
    }

    #[test]
    fn what_is_not_json_is_not_there() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[1",
            "[1,",
            "[1}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "tru",
            "nulll",
            "\"",
            "\"\\\"",
            "1 2",
            "{} {}",
            "[,]",
            "[1 2]",
            "{,}",
            "+1",
            "\u{feff}1",
        ] {
            assert!(Index::build(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_text_beyond_the_bound_is_missing() {
        let max = super::super::TEXT_BYTES_MAX;
        assert!(Index::build(&format!("1{}", " ".repeat(max - 1))).is_some());
        assert!(Index::build(&format!("1{}", " ".repeat(max))).is_none());
    }
}
