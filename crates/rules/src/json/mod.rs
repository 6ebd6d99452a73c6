//! JSON text read in place: an index over it, values that borrow from it, numbers compared digit by digit.
//!
//! Text has usually been checked before, so that nothing here explains what is wrong with it; but whatever the text,
//! nothing here panics or loops: what cannot be read is not there.

mod build;
mod decimal;
mod index;
mod node;
mod scan;
mod text;
mod value;

pub(crate) use decimal::Decimal;
pub(crate) use index::{Index, Key, NodeId, ROOT, TEXT_BYTES_MAX};
pub(crate) use text::Text;
pub(crate) use value::{Container, Value};
