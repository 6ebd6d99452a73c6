//! What tasks tell the person in front of the terminal: headings, lines, outcomes. Plain text when nobody watches.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

const BOLD: &str = "\x1b[1m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

/// Opens a part of a task.
pub(crate) fn heading(text: &str) {
    write(&format!("\n{}", styled(BOLD, &format!("── {text}"))));
}

/// One line of progress.
pub(crate) fn line(text: &str) {
    write(text);
}

/// The good end of a part or of a whole task.
pub(crate) fn success(text: &str) {
    write(&styled(GREEN, text));
}

/// The bad end of a whole task.
pub(crate) fn failure(text: &str) {
    write(&styled(RED, text));
}

/// A duration as people say it: `840 ms`, `12.3 s`, `3 min 12 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

fn styled(style: &str, text: &str) -> String {
    let is_plain = env::var_os("NO_COLOR").is_some() || !io::stdout().is_terminal();
    if is_plain { text.to_owned() } else { format!("{style}{text}{PLAIN}") }
}

/// A reader that went away (`| head`) is no reason to fail.
fn write(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_in_the_unit_that_people_would_choose() {
        let written = [840, 12_345, 192_000].map(|millis| duration(Duration::from_millis(millis)));
        assert_eq!(written, ["840 ms", "12.3 s", "3 min 12 s"]);
    }
}
