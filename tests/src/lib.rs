//! End to end: the real binary, real receivers, other people's clients.
