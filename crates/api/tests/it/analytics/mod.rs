//! How much happened, and what is going on now.

mod overview;
mod series;
