//! Which ports may be called.
//!
//! Any port may, because receivers sit on any port, except those on which a service that is not HTTP is
//! known to listen: a request there is not a delivery but a way to make us talk to somebody's mail server.
//! The list is the one that browsers block (the Fetch standard's bad ports), and common databases, caches
//! and queues.

/// Sorted, so that it can be searched.
const FORBIDDEN: &[u16] = &[
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
    109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161, 162, 179, 389, 427, 445, 465, 512,
    513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 873, 989, 990, 993, 995, 1433,
    1521, 1719, 1720, 1723, 2049, 2181, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5671, 5672, 5900,
    6000, 6379, 6380, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9092, 9160, 10080, 11211, 27017,
    27018, 27019,
];

/// Whether a well-known service that is not HTTP lives on this port; port 0 is none at all.
pub fn is_forbidden_port(port: u16) -> bool {
    port == 0 || FORBIDDEN.binary_search(&port).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_so_that_the_search_finds_every_entry() {
        assert!(FORBIDDEN.is_sorted_by(|a, b| a < b));
        assert!(FORBIDDEN.iter().copied().all(is_forbidden_port));
    }

    #[test]
    fn ports_of_web_servers_are_open() {
        for port in [80, 443, 3000, 4000, 5000, 8000, 8080, 8443, 9000, 65535] {
            assert!(!is_forbidden_port(port), "{port}");
        }
        assert!(is_forbidden_port(0));
    }
}
