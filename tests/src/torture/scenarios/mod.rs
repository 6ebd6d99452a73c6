//! How each kind of fault is played. All of them leave a sound server behind that finishes the work.

pub(super) mod clock;
pub(super) mod database;
pub(super) mod dies;
pub(super) mod disk;
pub(super) mod kills;
pub(super) mod log;
pub(super) mod second;
