//! End to end: the real binary in its own process, real receivers on real sockets, other people's clients.
//!
//! One binary for all of them, so that they are linked once. `cargo nextest run -p hookledger-tests octokit` runs
//! one file.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

/// Makes of each of these functions, which are given an empty home, a test on files and one on PostgreSQL.
macro_rules! on_each_store {
    ($($test:ident),* $(,)?) => { $(
        mod $test {
            use hookledger_tests::Home;

            #[tokio::test]
            async fn on_files() {
                super::$test(Home::new()).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(home) = Home::in_database().await {
                    super::$test(home).await;
                }
            }
        }
    )* };
}

mod bad_input;
mod benchmark_result;
mod cloud_events;
mod containers;
mod copying;
mod documents;
mod graphql_http;
mod graphql_ws;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
#[path = "../../../crates/egress/tests/hostile/mod.rs"]
mod hostile_receivers;
mod interop;
mod kill;
mod lanes;
mod load;
mod main_paths;
mod nodes;
mod octokit;
mod outages;
mod playground;
mod postgres;
mod readme;
mod retries;
mod shown_request;
mod verification;
mod watermark;
