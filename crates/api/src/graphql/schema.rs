//! The schema: what there is to ask, to change and to follow.

use async_graphql::{SDLExportOptions, Schema};

use super::execute::NoteStart;
use super::limits::Limits;
use super::mutations::Mutation;
use super::query::Query;
use super::subscriptions::Subscription;

/// The schema of the API.
pub(crate) type ApiSchema = Schema<Query, Mutation, Subscription>;

/// The schema, with the limits that its execution keeps to.
pub(crate) fn build_schema(limits: &Limits) -> ApiSchema {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .extension(NoteStart)
        .limit_complexity(limits.complexity_max)
        // The guard has judged depth and nesting already; these only must not be stricter.
        .limit_depth(limits.depth_max)
        .limit_recursive_depth(limits.brackets_max + 1)
        .finish()
}

/// The schema in the schema definition language, as it stands in `schemas/graphql/schema.graphql`.
pub fn schema_sdl() -> String {
    let options =
        SDLExportOptions::new().prefer_single_line_descriptions().include_specified_by().use_space_ident();
    let sdl = build_schema(&Limits::default()).sdl_with_options(options);
    let lines: Vec<_> = sdl.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim())
}
