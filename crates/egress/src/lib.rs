//! The only place that opens outgoing connections: address policy, DNS, TLS, deadlines, caps.
