//! JSON text that is edited in places: what is not edited keeps its bytes.

mod node;
mod pointer;
pub(crate) mod read;

pub(crate) use node::{Node, Obstacle};
pub(crate) use pointer::{Pointer, PointerError};
