//! `POST /v1/events`.

mod cloudevents;
mod publish;
mod refused;
mod repeat;
