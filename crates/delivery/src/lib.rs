//! Turns published events into HTTP requests, and their outcomes into records.
