//! The append-only event store: its port, its contract suite, its adapters, upcasting.
