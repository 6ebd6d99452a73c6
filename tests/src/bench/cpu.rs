//! The processor time of a process, as Linux counts it: in steps of 10 ms, over all of its threads.

use std::fs;

/// One step of the kernel's count, in microseconds; every Linux that we run on counts a hundred in a second.
const STEP_US: u64 = 10_000;

/// What a process has used so far, in microseconds; zero where the system does not say.
pub fn cpu_of(pid: u32) -> u64 {
    used(&fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default()).unwrap_or(0)
}

/// What this process has used so far, in microseconds.
pub fn own_cpu() -> u64 {
    cpu_of(std::process::id())
}

/// The fourteenth and the fifteenth field; the second may have spaces, but ends with the last parenthesis.
fn used(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(STEP_US * (next()? + next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_system_time_are_added_whatever_the_program_is_called() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 9 0 100";
        assert_eq!(used(stat), Some(3_000_000));
        assert_eq!(used(""), None);
    }
}
