//! `eventTypes`.

use serde_json::{Value, json};

use crate::support::app;

#[tokio::test]
async fn types_are_listed_by_name_in_pages() {
    let server = app().await;
    server.register(&["c", "a", "b.x"]).await;
    let query = "query($after: String, $before: String, $first: Int, $last: Int) { eventTypes(after: $after, before: $before, first: $first, last: $last) { nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
    let names = |data: &Value| -> Vec<String> {
        data["eventTypes"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = server.data(query, json!({ "first": 2 })).await;
    assert_eq!(names(&first), ["a", "b.x"]);
    let info = &first["eventTypes"]["pageInfo"];
    assert_eq!((&info["hasNextPage"], &info["hasPreviousPage"]), (&json!(true), &json!(false)));
    let rest = server.data(query, json!({ "after": info["endCursor"] })).await;
    assert_eq!(names(&rest), ["c"]);
    let back = server
        .data(query, json!({ "last": 1, "before": rest["eventTypes"]["pageInfo"]["startCursor"] }))
        .await;
    assert_eq!(names(&back), ["b.x"]);
}
