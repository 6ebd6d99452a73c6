//! What a filter may cost. Everything beyond is refused when the filter is read.

use crate::json;

/// The most bytes a filter may have as JSON text.
pub const FILTER_BYTES_MAX: usize = 64 * 1024;

/// How deep clauses may be nested; a lone condition has depth 1.
pub const DEPTH_MAX: usize = 16;

/// The most conditions a filter may have.
pub const CONDITIONS_MAX: usize = 64;

/// The most values a list (`in`, `not_in`) may have.
pub const LIST_MAX: usize = 256;

/// The most bytes an operand that is a string may have.
pub const STRING_BYTES_MAX: usize = 1_024;

/// The most bytes an operand that is a number may have.
pub const NUMBER_BYTES_MAX: usize = 128;

/// The largest power of ten, up or down, that an operand may be near. Numbers in events may be anything.
pub const EXPONENT_MAX: u64 = 1_000_000;

/// The most bytes a path may have.
pub const PATH_BYTES_MAX: usize = 256;

/// The most steps a path may have below its root.
pub const PATH_STEPS_MAX: usize = 32;

/// The largest position of an array that a path may name.
pub const PATH_POSITION_MAX: u32 = 99_999;

/// The most regular expressions a filter may have: compiled, each may take [`PATTERN_SIZE_MAX`] and a cache.
pub const PATTERNS_MAX: usize = 8;

/// The most bytes a regular expression may have.
pub const PATTERN_BYTES_MAX: usize = 512;

/// The most characters and classes that the regular expressions of a filter may have together, repetitions counted as
/// often as they may repeat: `a{40}[0-9]+` has 41. Time to look through a text grows with them.
pub const PATTERN_POSITIONS_MAX: usize = 128;

/// The most bytes a compiled regular expression may take; classes such as `\w` take many.
pub const PATTERN_SIZE_MAX: usize = 256 * 1024;

/// The most bytes the cache of a regular expression may take for each thread that uses it.
pub const PATTERN_CACHE_MAX: usize = 256 * 1024;

/// How deep groups and repetitions of a regular expression may be nested.
pub const PATTERN_NEST_MAX: u32 = 32;

/// The most bytes of an event's strings that a condition tries its regular expression on: a string longer than what is
/// left of it does not match.
pub const MATCHED_BYTES_MAX: usize = 8 * 1024;

/// The most bytes of data or metadata that filters look into; larger ones read as missing.
pub const TEXT_BYTES_MAX: usize = json::TEXT_BYTES_MAX;

/// The most conditions of a filter that may have `[*]` in their paths.
pub const STARS_MAX: usize = 16;

/// The most elements of arrays that `[*]` in one condition enters on one event; what follows reads as missing.
pub const ELEMENTS_MAX: usize = 10_000;

/// The most values that an explanation shows for one condition.
pub const SHOWN_VALUES_MAX: usize = 3;

/// The most bytes of a value that an explanation or a refusal shows.
pub const SHOWN_BYTES_MAX: usize = 160;
