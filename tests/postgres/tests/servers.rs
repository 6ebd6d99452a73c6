//! The servers themselves: shared, separate, and gone when their run is.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hookledger_test_postgres::{Database, Server, Version};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

/// Its presence makes a child of this test, which says where its server is and waits to be killed.
const CHILD: &str = "HOOKLEDGER_TEST_POSTGRES_CHILD";

async fn connect(database: &Database) -> PgConnection {
    PgConnection::connect_with(&database.options()).await.expect("a database of one's own takes connections")
}

async fn number(connection: &mut PgConnection, sql: &str) -> i64 {
    connection.fetch_one(AssertSqlSafe(sql)).await.expect("the query is good").get(0)
}

fn servers() -> impl Iterator<Item = Server> {
    Version::ALL.into_iter().filter_map(Version::server)
}

#[tokio::test]
async fn a_server_is_of_the_version_that_was_asked_for() {
    for server in servers() {
        let database = server.empty_database().await;
        let sql = "SELECT current_setting('server_version_num')::bigint / 10000";
        assert_eq!(number(&mut connect(&database).await, sql).await, i64::from(server.version().major()));
    }
}

#[tokio::test]
async fn databases_do_not_see_each_other_and_go_with_their_test() {
    for server in servers() {
        let (one, other) = (server.empty_database().await, server.empty_database().await);
        connect(&one).await.execute("CREATE TABLE mine (n int)").await.unwrap();
        assert!(connect(&other).await.execute("SELECT FROM mine").await.is_err());
        let url = one.url();
        assert!(PgConnection::connect(&url).await.is_ok());
        drop(one);
        assert!(PgConnection::connect(&url).await.is_err());
    }
}

#[tokio::test]
async fn a_template_is_filled_once_and_copied() {
    for server in servers() {
        let fill = async |options| {
            let mut connection = PgConnection::connect_with(&options).await.unwrap();
            connection.execute("CREATE TABLE filled AS SELECT 7::bigint AS n").await.unwrap();
            connection.close().await.unwrap();
        };
        let one = server.database("servers_filled", fill).await;
        let other = server.database("servers_filled", async |_| panic!("it is filled")).await;
        for database in [&one, &other] {
            assert_eq!(number(&mut connect(database).await, "SELECT n FROM filled").await, 7);
        }
    }
}

#[tokio::test]
async fn a_server_of_ones_own_can_be_crashed_and_comes_back_with_what_was_committed() {
    let Some(server) = Version::Eighteen.server_of_its_own(&[]) else { return };
    let database = server.empty_database().await;
    connect(&database).await.execute("CREATE TABLE kept AS SELECT 1::bigint AS n").await.unwrap();
    let before = server.pid();
    server.crash().await;
    assert_ne!(server.pid(), before);
    assert_eq!(number(&mut connect(&database).await, "SELECT n FROM kept").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_has_what_was_committed_and_takes_writes_once_it_is_promoted() {
    let Some(primary) = Version::Eighteen.server_of_its_own(&[]) else { return };
    let database = primary.empty_database().await;
    connect(&database).await.execute("CREATE TABLE kept AS SELECT 1::bigint AS n").await.unwrap();
    let standby = primary.standby("follower", &[]).await;
    let mut reader = connect(&database).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    let follows = "SELECT count(*) FROM pg_stat_replication WHERE application_name = 'follower'";
    while number(&mut reader, follows).await == 0 {
        assert!(Instant::now() < deadline, "nobody follows");
    }
    primary.goes_down();
    standby.promote().await;
    let name = database.options().get_database().unwrap().to_owned();
    let mut promoted = PgConnection::connect_with(&standby.options(&name)).await.unwrap();
    promoted.execute("INSERT INTO kept VALUES (2)").await.unwrap();
    assert_eq!(number(&mut promoted, "SELECT count(*) FROM kept").await, 2);
    for server in [primary, standby] {
        server.end();
        assert!(!server.data().exists());
    }
}

#[test]
fn a_run_that_is_killed_leaves_neither_server_nor_folder_behind() {
    if std::env::var_os(CHILD).is_some() {
        let server = Version::Eighteen.server_of_its_own(&[]).expect("the parent looked");
        println!("\nserver {} {}", server.pid(), server.url("postgres"));
        let mut forever = String::new();
        std::io::stdin().read_line(&mut forever).expect("the parent holds the other end");
        return;
    }
    if Version::Eighteen.server().is_none() {
        return;
    }
    let name = "a_run_that_is_killed_leaves_neither_server_nor_folder_behind";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let line = lines.find_map(|line| line.unwrap().strip_prefix("server ").map(str::to_owned));
    let line = line.expect("the child says where its server is");
    let (pid, folder) = (line.split(' ').next().unwrap(), line.split("host=").nth(1).unwrap());
    assert!(Path::new(folder).exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while Path::new(folder).exists() {
        assert!(Instant::now() < deadline, "{folder} is still there");
        std::thread::sleep(Duration::from_millis(50));
    }
    let alive = Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().unwrap();
    assert!(!alive.success(), "process {pid} is still there");
}
