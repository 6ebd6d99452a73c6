//! Filters over event data: compiled once, evaluated with a bound.
