//! The client against real sockets: ordinary, hostile and forbidden receivers.
//!
//! Receivers listen on port 0 of loopback addresses. Where a timeout is what is tested, its deadline is short;
//! everywhere else deadlines are long and never reached.

#[cfg(test)]
mod addresses;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod failures;
#[cfg(test)]
#[path = "../hostile/mod.rs"]
mod hostile;
#[cfg(test)]
mod hostile_receivers;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod name_server;
#[cfg(test)]
mod names;
#[cfg(test)]
mod ordinary;
#[cfg(test)]
mod pool;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
