//! `POST /v1/events`.

mod publish;
mod refused;
mod repeat;
