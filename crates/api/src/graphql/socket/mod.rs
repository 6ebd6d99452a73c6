//! GraphQL over WebSocket, at `/graphql/ws`: the protocol `graphql-transport-ws`, and no other.
//!
//! A *connection* belongs to whoever proves who they are, by an `Authorization` header or by the payload of
//! `connection_init`; until then nothing is executed. A *task* per operation produces its results; one *writer* sends
//! everything in order. All of it is bounded: sockets, operations of a socket, sizes, queues, and how long a peer may
//! keep silent or not read.
//!
//! Promise: a peer that reads slowly is slowed down, then told what it missed (by the feeds themselves), then cut off;
//! it never makes memory grow.

mod connection;
mod message;
mod operations;
mod upgrade;
mod writer;

pub(crate) use upgrade::upgrade;

use std::time::Duration;

/// The limits of sockets.
#[derive(Debug, Clone)]
pub struct SocketLimits {
    /// The most sockets at once.
    pub sockets_max: usize,
    /// The most operations of one socket at once.
    pub operations_max: usize,
    /// The most bytes of one message from the peer.
    pub message_bytes_max: usize,
    /// How long a peer may take to say `connection_init`.
    pub init_timeout: Duration,
    /// How often a silent peer is asked whether it is still there.
    pub ping_interval: Duration,
    /// How long a peer may keep silent altogether.
    pub silence_max: Duration,
    /// How long one message may take to be sent.
    pub send_timeout: Duration,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            sockets_max: 1_000,
            operations_max: 20,
            message_bytes_max: 256 * 1024,
            init_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(20),
            silence_max: Duration::from_mins(1),
            send_timeout: Duration::from_secs(30),
        }
    }
}

/// The name of the protocol.
const PROTOCOL: &str = "graphql-transport-ws";
