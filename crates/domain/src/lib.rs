//! Ids, aggregates, commands, records and policies; pure: no IO, no async, no clock.
