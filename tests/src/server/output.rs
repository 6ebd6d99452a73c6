//! What a child process printed.

use std::io::{BufRead as _, BufReader, Read};
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::wait;

/// Lines of standard output and standard error, in the order in which they came.
#[derive(Default)]
pub struct Output {
    lines: Mutex<Vec<String>>,
    /// How many of the two streams have ended.
    ended: AtomicUsize,
}

impl Output {
    /// Keeps reading the piped output of `child` until it closes both streams.
    pub fn of(child: &mut Child) -> Arc<Self> {
        let output = Arc::new(Self::default());
        output.follow(child.stdout.take().expect("the output was asked for"));
        output.follow(child.stderr.take().expect("the output was asked for"));
        output
    }

    fn follow(self: &Arc<Self>, stream: impl Read + Send + 'static) {
        let output = Arc::clone(self);
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                output.lines.lock().expect("nobody panics while holding the lines").push(line);
            }
            output.ended.fetch_add(1, Ordering::Release);
        });
    }

    /// All lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("nobody panics while holding the lines").clone()
    }

    /// All lines so far, as one text.
    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// Waits until everything is there that a child printed which has ended.
    pub async fn wait_until_complete(&self) {
        let complete = async || self.ended.load(Ordering::Acquire) == 2;
        wait::until_true("the output of a process that has ended", complete).await;
    }

    /// Waits for the first word (between spaces) that is wanted.
    pub async fn wait_for_word(&self, what: &str, is_wanted: impl Fn(&str) -> bool) -> String {
        let find = || self.text().split_whitespace().find(|word| is_wanted(word)).map(str::to_owned);
        wait::until(&format!("{what} in the output"), async || find()).await
    }
}
