//! No query of the ledger reads more of the table than it answers, however large the table is.

use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use super::place::Place;

/// Enough that a plan through an index is worth it to the planner.
const RECORDS: u32 = 60_000;

macro_rules! query {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../src/postgres/queries/", $name, ".sql")))
    };
}

/// Each query, with arguments as they come.
const QUERIES: &[((&str, &str), &str)] = &[
    (query!("page"), "100, 60000, 1000, 8388608"),
    (query!("page_of_kinds"), "100, 20100, 1000, 8388608, '{event}'"),
    (query!("page_of_control"), "100, 60000, 1000, 8388608, '{subscription,tenant}'"),
    (query!("stream"), "'event', 'evt_00000000000000000000000009', 1000, 8388608, 0"),
    (
        query!("versions"),
        "'{event,tenant}', '{evt_00000000000000000000000009,ten_00000000000000000000000009}'",
    ),
    (query!("standing"), "'{event}', '{evt_00000000000000000000000009}', '{1}'"),
    (
        query!("append"),
        "'{event}', '{evt_x}', '{2}', '{t}', '{1}', '{1}', '{1}', \
         '{00000000-0000-0000-0000-000000000001}', '{00000000-0000-0000-0000-000000000001}', '{2026-01-01}', \
         '{event}', '{evt_x}', '{1}'",
    ),
];

/// One record in a hundred is of the control plane.
async fn fill(connection: &mut PgConnection) {
    let sql = format!(
        "INSERT INTO hookledger.records (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
                                         metadata, record_id, tenant) \
         SELECT CASE n % 100 WHEN 0 THEN 'tenant' ELSE 'event' END, \
                CASE n % 100 WHEN 0 THEN 'ten_' ELSE 'evt_' END || lpad(n::text, 26, '0'), 1, 't', '1', '{{}}', '{{}}', \
                gen_random_uuid(), gen_random_uuid() \
         FROM generate_series(1, {RECORDS}) AS n; \
         ANALYZE hookledger.records"
    );
    connection.execute(AssertSqlSafe(sql.as_str())).await.expect("it fits");
}

#[tokio::test]
async fn every_query_goes_through_an_index() {
    let Some(place) = Place::newest().await else { return };
    let mut connection = place.connect().await;
    fill(&mut connection).await;
    connection.execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
    for ((name, sql), arguments) in QUERIES {
        connection.execute(AssertSqlSafe(format!("PREPARE {name} AS {sql}"))).await.unwrap();
        let explain = format!("EXPLAIN EXECUTE {name}({arguments})");
        let rows = connection.fetch_all(AssertSqlSafe(explain.as_str())).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("Index Scan") || plan.contains("Index Only Scan"), "{name}:\n{plan}");
        assert!(!plan.contains("Seq Scan on records"), "{name}:\n{plan}");
    }
}
