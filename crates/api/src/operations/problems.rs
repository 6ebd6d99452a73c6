//! `GET /problems/{name}`: what a kind of problem means and what to do about it.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};

use crate::problem::{Kind, Problem};

/// Explains a kind of problem, so that the `type` of a problem document leads somewhere.
pub(crate) async fn explain(Path(slug): Path<String>) -> Response {
    let Some(kind) = Kind::from_slug(&slug) else {
        return no_such_page();
    };
    format!("{}\n\n{}\n\nHTTP status: {}\n", kind.title(), kind.help(), kind.status().as_u16())
        .into_response()
}

fn no_such_page() -> Response {
    let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
    Problem::new(Kind::NotFound, format!("there is no such kind of problem; there are: {}", names.join(", ")))
        .into_response()
}
