//! Measures a parsed document as if every fragment stood where it is used.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::Excess;
use crate::graphql::limits::Limits;

/// Whether the document stays within the limits once its fragments are in place.
pub(crate) fn measure(document: &ExecutableDocument, limits: &Limits) -> Result<(), Excess> {
    let operations = document.operations.iter().len();
    if operations > limits.operations_max {
        return Err(Excess::Operations { max: limits.operations_max, found: operations });
    }
    if document.fragments.len() > limits.fragments_max {
        return Err(Excess::Fragments { max: limits.fragments_max, found: document.fragments.len() });
    }
    let mut measurer = Measurer { document, limits, done: HashMap::new(), aliases: 0, directives: 0 };
    for (_, operation) in document.operations.iter() {
        measurer.count_directives(operation.node.directives.len())?;
        let size = measurer.set(&operation.node.selection_set.node, 0)?;
        if size.direct > limits.root_fields_max {
            return Err(Excess::RootFields { max: limits.root_fields_max });
        }
    }
    // What no operation uses is still validated, so it is measured too.
    for name in document.fragments.keys() {
        measurer.fragment(name, 0)?;
    }
    Ok(())
}

/// What a selection set comes to.
#[derive(Clone, Copy, Default)]
struct Size {
    /// Fields at its own level.
    direct: u64,
    /// Selections in all.
    all: u64,
    /// Levels of fields.
    depth: usize,
}

enum Progress {
    /// It is being measured: meeting it again is a cycle.
    Open,
    Done(Size),
}

struct Measurer<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    done: HashMap<&'a str, Progress>,
    aliases: usize,
    directives: usize,
}

impl<'a> Measurer<'a> {
    /// `level` is how deep the recursion stands: it bounds the stack, and is never more than the path from a root.
    fn set(&mut self, set: &'a SelectionSet, level: usize) -> Result<Size, Excess> {
        if level > self.limits.brackets_max {
            return Err(Excess::Depth { max: self.limits.depth_max });
        }
        let mut sum = Size::default();
        for selection in &set.items {
            let size = self.selection(&selection.node, level)?;
            sum.direct += size.direct;
            sum.all += size.all;
            sum.depth = sum.depth.max(size.depth);
            if sum.all > self.limits.selections_max {
                return Err(Excess::Selections { max: self.limits.selections_max });
            }
            if sum.depth > self.limits.depth_max {
                return Err(Excess::Depth { max: self.limits.depth_max });
            }
        }
        Ok(sum)
    }

    fn selection(&mut self, selection: &'a Selection, level: usize) -> Result<Size, Excess> {
        self.count_directives(selection.directives().len())?;
        let inner = match selection {
            Selection::Field(field) => {
                self.aliases += usize::from(field.node.alias.is_some());
                if self.aliases > self.limits.aliases_max {
                    return Err(Excess::Aliases { max: self.limits.aliases_max });
                }
                let inner = self.set(&field.node.selection_set.node, level + 1)?;
                return Ok(Size { direct: 1, all: inner.all + 1, depth: inner.depth + 1 });
            }
            Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node, level + 1)?,
            Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, level + 1)?,
        };
        Ok(Size { all: inner.all + 1, ..inner })
    }

    fn fragment(&mut self, name: &str, level: usize) -> Result<Size, Excess> {
        // An unknown fragment is for the validation to name.
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Ok(Size::default());
        };
        match self.done.get(name.as_str()) {
            Some(Progress::Open) => return Err(Excess::Cycle { fragment: name.to_string() }),
            Some(Progress::Done(size)) => return Ok(*size),
            None => {}
        }
        self.done.insert(name, Progress::Open);
        self.count_directives(fragment.node.directives.len())?;
        let size = self.set(&fragment.node.selection_set.node, level)?;
        self.done.insert(name, Progress::Done(size));
        Ok(size)
    }

    const fn count_directives(&mut self, more: usize) -> Result<(), Excess> {
        self.directives += more;
        if self.directives > self.limits.directives_max {
            return Err(Excess::Directives { max: self.limits.directives_max });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use async_graphql::parser::parse_query;

    use super::*;

    fn judge(text: &str) -> Result<(), Excess> {
        measure(&parse_query(text).expect("a test's document"), &Limits::default())
    }

    /// Fragments that each use the next one twice.
    fn bomb(fragments: usize) -> String {
        let mut text = String::from("{ ...f0 }");
        for n in 0..fragments {
            write!(text, " fragment f{n} on Q {{ ...f{next} ...f{next} }}", next = n + 1)
                .expect("a text grows");
        }
        write!(text, " fragment f{fragments} on Q {{ __typename }}").expect("a text grows");
        text
    }

    #[test]
    fn fragments_that_double_each_other_are_refused_without_being_expanded() {
        assert_eq!(judge(&bomb(60)), Err(Excess::Selections { max: 2_000 }));
        assert_eq!(judge(&bomb(4)), Ok(()));
    }

    #[test]
    fn a_fragment_that_uses_itself_is_refused() {
        assert_eq!(
            judge("{ ...a } fragment a on Q { x { ...a } }"),
            Err(Excess::Cycle { fragment: "a".into() })
        );
        let unused = "{ x } fragment a on Q { ...b } fragment b on Q { ...a }";
        assert!(matches!(judge(unused), Err(Excess::Cycle { .. })));
    }

    #[test]
    fn depth_counts_fields_through_fragments() {
        let deep = |levels: usize| format!("{{ {}x{} }}", "x {".repeat(levels - 1), "}".repeat(levels - 1));
        assert_eq!(judge(&deep(20)), Ok(()));
        assert_eq!(judge(&deep(21)), Err(Excess::Depth { max: 20 }));
        let half = format!("{{ x {{ ...f }} }} fragment f on Q {}", deep(20));
        assert_eq!(judge(&half), Err(Excess::Depth { max: 20 }));
    }

    #[test]
    fn a_chain_of_fragments_does_not_deepen_the_stack_without_end() {
        let mut text = String::from("{ ...f0 }");
        for n in 0..99 {
            write!(text, " fragment f{n} on Q {{ ...f{} }}", n + 1).expect("a text grows");
        }
        text.push_str(" fragment f99 on Q { x }");
        assert_eq!(judge(&text), Err(Excess::Depth { max: 20 }));
    }

    #[test]
    fn roots_aliases_directives_and_definitions_have_bounds_of_their_own() {
        assert_eq!(judge(&format!("{{ {} }}", "x ".repeat(21))), Err(Excess::RootFields { max: 20 }));
        let root = "{ ...f } fragment f on Q { x x x x x x x x x x x x x x x x x x x x x }";
        assert_eq!(judge(root), Err(Excess::RootFields { max: 20 }));
        assert_eq!(
            judge(&format!("{{ x {{ {} }} }}", "a: x ".repeat(101))),
            Err(Excess::Aliases { max: 100 })
        );
        assert_eq!(judge(&format!("{{ x {} }}", "@a ".repeat(101))), Err(Excess::Directives { max: 100 }));
        let operations: String =
            (0..11).fold(String::new(), |text, n| text + &format!("query q{n} {{ x }} "));
        assert_eq!(judge(&operations), Err(Excess::Operations { max: 10, found: 11 }));
        let fragments: String =
            (0..101).fold("{ x } ".into(), |text, n| text + &format!("fragment f{n} on Q {{ x }} "));
        assert_eq!(judge(&fragments), Err(Excess::Fragments { max: 100, found: 101 }));
    }
}
