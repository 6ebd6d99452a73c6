//! Tenants, for operators.

mod manage;
