//! Refusals: answers of no that the caller can do something about. They are data, in the payload of a mutation.

use std::fmt::Display;

use app::Refused;
use async_graphql::SimpleObject;

/// Why a mutation did not do what it was asked for. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct Refusal {
    /// What kind of refusal it is: stable, lower case with underscores, such as `url_address`, `filter` or `stale`.
    code: String,
    /// What is wrong and what to do, in words for people.
    message: String,
    /// The argument that it is about, as a path such as `input.endpoint`; none if it is about no single one.
    field: Option<String>,
    /// The place within that argument, as a JSON pointer (RFC 6901), where it is itself a document such as a filter.
    pointer: Option<String>,
}

/// The refusals of one call, collected so that a form can show all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Vec<Refusal>);

/// The most refusals that one call is answered with; what is beyond is found when these are dealt with.
const REFUSALS_MAX: usize = 50;

impl Refusals {
    /// Adds one, about `field`.
    pub(crate) fn add(&mut self, field: &str, code: &str, message: impl Display) {
        self.add_at(field, "", code, message);
    }

    /// Adds one, about a place within `field`.
    pub(crate) fn add_at(&mut self, field: &str, pointer: &str, code: &str, message: impl Display) {
        if self.0.len() < REFUSALS_MAX {
            let pointer = (!pointer.is_empty()).then(|| pointer.to_owned());
            self.0.push(Refusal {
                code: code.into(),
                message: message.to_string(),
                field: path(field),
                pointer,
            });
        }
    }

    /// Adds those of a part of the input, whose fields are named within `part`.
    pub(crate) fn extend_under(&mut self, part: &str, refusals: Vec<Refusal>) {
        for mut refusal in refusals {
            let field = refusal.field.as_deref().and_then(|field| field.strip_prefix("input."));
            refusal.field = path(&field.map_or_else(|| part.to_owned(), |field| format!("{part}.{field}")));
            if self.0.len() < REFUSALS_MAX {
                self.0.push(refusal);
            }
        }
    }

    /// The value, or nothing and a refusal about `field`.
    pub(crate) fn take<T, E: Display>(&mut self, field: &str, code: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(field, code, error)).ok()
    }

    /// Whether there is none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them in one sentence, where there is no payload.
    pub(crate) fn into_message(self) -> String {
        let messages: Vec<_> = self.0.into_iter().map(|refusal| refusal.message).collect();
        messages.join("; ")
    }

    /// As they stand in a payload.
    pub(crate) fn into_vec(self) -> Vec<Refusal> {
        self.0
    }
}

/// What a use case refused, about `field` of the input.
pub(crate) fn refused(refusal: &impl Refused, field: &str) -> Vec<Refusal> {
    let mut refusals = Refusals::default();
    refusals.add(field, refusal.code(), refusal);
    refusals.into_vec()
}

/// Fields are named as in the call: all of them stand in the argument `input`.
fn path(field: &str) -> Option<String> {
    (!field.is_empty()).then(|| format!("input.{field}"))
}
