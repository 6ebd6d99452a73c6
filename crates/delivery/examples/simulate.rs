//! Runs the simulation of the engine's core for as many steps as asked for: `cargo xtask simulate`.
//!
//! Arguments: how many steps in all, and the seed to begin with.

#[path = "../tests/simulation/sim/mod.rs"]
mod sim;

use std::io::{self, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sim::{Counts, WORLD_STEPS};

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(10);

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse());
    let (Some(Ok(steps)), Some(Ok(first)), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err(io::Error::other("wanted are two numbers: how many steps, and the first seed"));
    };
    let worlds = Worlds::new(first, steps);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(|| worlds.run())).collect();
        // A world that fails has said so; the others need not go on.
        running.into_iter().all(|thread| thread.join().is_ok())
    })
    .then_some(())
    .ok_or_else(|| io::Error::other("something did not hold; see above"))?;
    worlds.tell_all()
}

/// The worlds to run, whoever runs them.
struct Worlds {
    first: u64,
    count: u64,
    next: AtomicU64,
    done: Mutex<(u64, Counts)>,
    began: Instant,
}

impl Worlds {
    fn new(first: u64, steps: u64) -> Self {
        let (next, done) = (AtomicU64::new(0), Mutex::default());
        Self { first, count: steps.div_ceil(WORLD_STEPS), next, done, began: Instant::now() }
    }

    /// Runs one world after the other until none is left, or one has failed.
    fn run(&self) {
        let mut told = Instant::now();
        loop {
            let nth = self.next.fetch_add(1, Ordering::Relaxed);
            if nth >= self.count {
                return;
            }
            let stop = StopOthers(self);
            let counts = sim::run(self.first.wrapping_add(nth));
            std::mem::forget(stop);
            let mut done = self.done.lock().expect("nobody fails while counting");
            done.0 += 1;
            done.1.add(&counts);
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                let _ = self.tell(done.0);
            }
        }
    }

    fn tell(&self, worlds: u64) -> io::Result<()> {
        let (steps, seconds) = (worlds * WORLD_STEPS, self.began.elapsed().as_secs().max(1));
        let rate = steps / seconds;
        writeln!(io::stdout(), "{worlds} seeds, {steps} steps in {seconds} s: {rate} steps/s")
    }

    fn tell_all(&self) -> io::Result<()> {
        let done = self.done.lock().expect("nobody fails while counting");
        write!(io::stdout(), "{}", done.1)?;
        let missing = done.1.missing();
        if !missing.is_empty() {
            writeln!(io::stdout(), "never happened in so few steps: {}", missing.join(", "))?;
        }
        let last = self.first.wrapping_add(self.count - 1);
        writeln!(io::stdout(), "everything held, for the seeds {} to {last}", self.first)?;
        self.tell(done.0)
    }
}

/// Ends the run when it is dropped, which only a world that fails does.
struct StopOthers<'w>(&'w Worlds);

impl Drop for StopOthers<'_> {
    fn drop(&mut self) {
        self.0.next.store(u64::MAX / 2, Ordering::Relaxed);
    }
}
