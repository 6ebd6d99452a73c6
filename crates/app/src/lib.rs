//! The use cases: what an actor may ask for, whoever carries the request.
