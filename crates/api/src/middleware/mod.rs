//! What happens around every request: it gets an id, room, a deadline and safe headers; it is counted and logged; and
//! if it panics, the caller still gets an answer.

mod context;
mod headers;
mod observe;
mod panic;
mod room;
mod surround;

pub(crate) use context::CallContext;
pub(crate) use observe::{Asked, PUBLISH_PATH};
pub(crate) use panic::answer_panic;
pub(crate) use room::{Room, within_room};
pub(crate) use surround::{Begun, Surroundings, surround};
