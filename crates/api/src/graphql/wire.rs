//! A GraphQL response as it is written: without `data` where nothing was executed, as the specification has it.

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::execute::Outcome;

/// One response.
#[derive(Debug, Serialize)]
pub(crate) struct Wire<'a> {
    #[serde(skip_serializing_if = "<[ServerError]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

impl<'a> Wire<'a> {
    /// The response to one operation.
    pub(crate) fn of(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Executed(response) => Self::executed(response),
            Outcome::Refused { errors, .. } => Self::errors(errors),
        }
    }

    /// The response of an operation that was executed, whether or not fields failed.
    pub(crate) fn executed(response: &'a Response) -> Self {
        Self { errors: &response.errors, data: Some(&response.data) }
    }

    /// The response where nothing was executed.
    pub(crate) const fn errors(errors: &'a [ServerError]) -> Self {
        Self { errors, data: None }
    }
}
