//! A database for one test.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Row};

use crate::server::Server;

/// A database that goes away with this value.
#[derive(Debug)]
pub struct Database {
    server: Server,
    name: String,
}

impl Database {
    /// A copy of the database `template`.
    pub(crate) async fn copy(server: &Server, template: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        server.order(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { server: server.clone(), name }
    }

    /// How to reach it as its superuser.
    pub fn options(&self) -> PgConnectOptions {
        self.server.options(&self.name)
    }

    /// The same as an address.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// The server that it is in.
    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// Keeps it under another name, for later copies.
    pub(crate) async fn keep_as(mut self, name: &str) {
        self.server.order(&format!("ALTER DATABASE {} RENAME TO {name}", self.name)).await;
        self.name.clear();
    }
}

/// Whether the server has a database of this name.
pub(crate) async fn exists(server: &Server, name: &str) -> bool {
    let mut connection = server.connect().await;
    let found = sqlx::query("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)");
    let row = found.bind(name).fetch_one(&mut connection).await.expect("the catalogue can be read");
    let _ = connection.close().await;
    row.get(0)
}

impl Drop for Database {
    /// Connections that are left are cut. A server that has gone took the database with it.
    fn drop(&mut self) {
        if self.name.is_empty() || !self.server.answers() {
            return;
        }
        let (server, name) = (self.server.clone(), std::mem::take(&mut self.name));
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(async {
                server.order(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
            });
        });
        // A test that failed because the server is gone says so by itself.
        let _ = dropping.join();
    }
}
