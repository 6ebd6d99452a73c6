//! What can be configured, and how the sources of configuration are put together.
//!
//! One precedence: command line, then environment, then file, then defaults. Errors name the setting, the source it
//! came from, and what is wrong with it.

mod load;
mod settings;
mod values;

pub(crate) use load::{Overrides, load, template};
pub(crate) use settings::{LogFormat, Settings};
pub(crate) use values::StoreUrl;
