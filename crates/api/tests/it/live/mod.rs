//! Live feeds over a real WebSocket.

mod deliveries;
mod events;
mod protocol;
