//! For operators and for whoever opens the address in a browser: health, metrics, problems explained, a first page.

mod health;
mod index;
mod metrics;
mod problems;

pub use health::{Probe, Unready};
pub(crate) use health::{livez, readyz};
pub(crate) use index::index;
pub(crate) use metrics::metrics;
pub(crate) use problems::explain;
