//! Prints the GraphQL schema as it stands in `schemas/graphql/schema.graphql`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(hookledger_api::schema_sdl().as_bytes())
}
