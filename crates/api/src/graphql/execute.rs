//! From the text of an operation to its outcome: guarded, parsed, measured, validated, executed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{OperationType, Selection};
use async_graphql::{Request, Response, ServerError, Variables, async_trait};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::StatusCode;

use super::errors::{coded, finish, finish_executed};
use super::front::Operation;
use super::guard::{self, CannotStart};
use super::scope::Scope;
use crate::state::ApiState;

/// What became of an operation.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was executed; single fields may have failed.
    Executed(Response),
    /// It was not.
    Refused {
        /// The status for it, if it came alone.
        status: StatusCode,
        /// Why.
        errors: Vec<ServerError>,
    },
}

impl Outcome {
    /// Refused for one reason.
    pub(crate) fn refused(status: StatusCode, error: ServerError) -> Self {
        Self::Refused { status, errors: vec![error] }
    }
}

/// Set when an operation passed validation: what follows is its result, good or bad.
#[derive(Debug, Default, Clone)]
struct Started(Arc<AtomicBool>);

/// Notes that execution began. The library answers an invalid document and a failed root field alike otherwise.
pub(crate) struct NoteStart;

impl ExtensionFactory for NoteStart {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for NoteStart {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        if let Some(started) = ctx.data_opt::<Started>() {
            started.0.store(true, Ordering::Relaxed);
        }
        next.run(ctx, name).await
    }
}

/// An operation that is ready to be executed, and not validated yet.
pub(crate) struct Prepared {
    /// Whether it is a subscription: it has a stream of results then, and one otherwise.
    pub(crate) is_subscription: bool,
    request: Request,
    started: Started,
}

/// Executes operations for one scope.
pub(crate) struct Runner<'a> {
    state: &'a ApiState,
    scope: &'a Arc<Scope>,
}

impl<'a> Runner<'a> {
    /// For whoever `scope` belongs to.
    pub(crate) const fn new(state: &'a ApiState, scope: &'a Arc<Scope>) -> Self {
        Self { state, scope }
    }

    /// Carries out a query or a mutation.
    pub(crate) async fn execute(&self, operation: Operation) -> Outcome {
        match self.prepare(operation) {
            Ok(prepared) if prepared.is_subscription => Outcome::refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                coded(
                    "SUBSCRIPTION_OVER_HTTP",
                    "open a WebSocket at /graphql/ws (graphql-transport-ws) for subscriptions",
                ),
            ),
            Ok(prepared) => self.single(prepared).await,
            Err(outcome) => outcome,
        }
    }

    /// Carries out what has one result.
    pub(crate) async fn single(&self, prepared: Prepared) -> Outcome {
        self.finish(self.state.schema().execute(prepared.request).await, &prepared.started)
    }

    /// The results of a subscription. The first one is an error without data if it is not valid.
    pub(crate) fn stream(&self, prepared: Prepared) -> BoxStream<'static, Response> {
        let max = self.state.config().graphql.errors_max;
        let results = self.state.schema().execute_stream(prepared.request);
        let finished = results.map(move |mut response| {
            finish(&mut response.errors, "GRAPHQL_VALIDATION_FAILED", max);
            response
        });
        finished.boxed()
    }

    fn finish(&self, mut response: Response, started: &Started) -> Outcome {
        let max = self.state.config().graphql.errors_max;
        if started.0.load(Ordering::Relaxed) {
            finish_executed(&mut response, max);
            return Outcome::Executed(response);
        }
        let mut errors = response.errors;
        let code = match errors.first() {
            // The library's own words for its limit, which has no code.
            Some(error) if error.message == "Query is too complex." => "DOCUMENT_TOO_COMPLEX",
            _ => "GRAPHQL_VALIDATION_FAILED",
        };
        finish(&mut errors, code, max);
        Outcome::Refused { status: StatusCode::UNPROCESSABLE_ENTITY, errors }
    }

    /// Reads an operation and judges its size.
    #[expect(clippy::result_large_err, reason = "it is moved once for each request")]
    pub(crate) fn prepare(&self, operation: Operation) -> Result<Prepared, Outcome> {
        let limits = &self.state.config().graphql;
        let excess = |excess: guard::Excess| {
            Outcome::refused(StatusCode::UNPROCESSABLE_ENTITY, coded(excess.code(), excess.to_string()))
        };
        let Operation { query, operation_name, variables, .. } = operation;
        let variables: Variables = variables.unwrap_or_default();
        guard::scan(&query, limits).map_err(excess)?;
        let document = parse_query(&query).map_err(|error| {
            let mut errors = vec![ServerError::from(error)];
            finish(&mut errors, "GRAPHQL_PARSE_FAILED", 1);
            Outcome::Refused { status: StatusCode::BAD_REQUEST, errors }
        })?;
        guard::measure(&document, limits).map_err(excess)?;
        let chosen =
            guard::check_variables(&document, operation_name.as_deref(), &variables).map_err(|error| {
                let code = match error {
                    CannotStart::NameMissing | CannotStart::NameUnknown { .. } => "OPERATION_NOT_FOUND",
                    CannotStart::VariableMissing { .. } => "BAD_USER_INPUT",
                };
                Outcome::refused(StatusCode::UNPROCESSABLE_ENTITY, coded(code, error.to_string()))
            })?;
        let is_subscription = chosen.node.ty == OperationType::Subscription;
        if is_subscription {
            let roots = &chosen.node.selection_set.node.items;
            if roots.len() != 1 || !matches!(roots[0].node, Selection::Field(_)) {
                let error = coded(
                    "GRAPHQL_VALIDATION_FAILED",
                    "a subscription selects exactly one field at its root, not through a fragment",
                );
                return Err(Outcome::refused(StatusCode::UNPROCESSABLE_ENTITY, error));
            }
        }
        let started = Started::default();
        let mut request =
            Request::new(query).variables(variables).data(self.scope.clone()).data(started.clone());
        request.operation_name = operation_name;
        request.set_parsed_query(document);
        Ok(Prepared { is_subscription, request, started })
    }
}
