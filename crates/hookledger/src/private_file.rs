//! Files that only the server's user reads.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// Makes `file`, which must not exist, with one line of `text`, readable by its owner only.
pub(crate) fn make(file: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut made = options.open(file)?;
    writeln!(made, "{text}")?;
    made.sync_all()
}
