//! Judges a GraphQL document before the library spends anything on it.
//!
//! The *scanner* counts tokens and brackets of the text, so that the parser meets nothing large or deep. The *measure*
//! counts what the parsed document would come to with every fragment in its place, without putting one there: each
//! fragment is measured once, however often it is used. Without it, 762 bytes of fragments that use each other twice
//! keep a core busy for seconds, past every limit that the library has.
//!
//! Promise: the judgement takes time in proportion to the text, and its stack is bounded.

mod measure;
mod scan;
mod variables;

pub(crate) use measure::measure;
pub(crate) use scan::scan;
pub(crate) use variables::{CannotStart, check_variables};

/// Which limit a document exceeds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Excess {
    /// Too many tokens.
    #[error("the document has more than {max} tokens; send values as variables, or ask for less at once")]
    Tokens {
        /// The bound.
        max: usize,
    },
    /// Brackets too deep.
    #[error("braces, brackets and parentheses are nested deeper than {max}")]
    Brackets {
        /// The bound.
        max: usize,
    },
    /// Too many operations in one document.
    #[error("the document defines {found} operations, at most {max} are allowed")]
    Operations {
        /// The bound.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// Too many fragments.
    #[error("the document defines {found} fragments, at most {max} are allowed")]
    Fragments {
        /// The bound.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// Too many aliases.
    #[error("the document has more than {max} aliases")]
    Aliases {
        /// The bound.
        max: usize,
    },
    /// Too many directives.
    #[error("the document has more than {max} directives")]
    Directives {
        /// The bound.
        max: usize,
    },
    /// Fields too deep.
    #[error("fields are nested deeper than {max} levels, fragments included")]
    Depth {
        /// The bound.
        max: usize,
    },
    /// Too many selections.
    #[error("the document selects more than {max} fields, counting each fragment as often as it is used")]
    Selections {
        /// The bound.
        max: u64,
    },
    /// Too many fields at the root.
    #[error("the operation has more than {max} fields at its root; send several operations instead")]
    RootFields {
        /// The bound.
        max: u64,
    },
    /// A fragment that uses itself.
    #[error("the fragment \"{fragment}\" uses itself, directly or through others")]
    Cycle {
        /// One of the fragments of the cycle.
        fragment: String,
    },
}

impl Excess {
    /// The stable code of the refusal.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Tokens { .. } | Self::Operations { .. } | Self::Fragments { .. } => "DOCUMENT_TOO_LARGE",
            Self::Brackets { .. } | Self::Depth { .. } => "DOCUMENT_TOO_DEEP",
            Self::Aliases { .. } | Self::Directives { .. } => "DOCUMENT_TOO_LARGE",
            Self::Selections { .. } | Self::RootFields { .. } => "DOCUMENT_TOO_COMPLEX",
            Self::Cycle { .. } => "GRAPHQL_VALIDATION_FAILED",
        }
    }
}
