//! What a browser gets, and under which rules. Holds with and without the app in the binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tower::ServiceExt;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

async fn get(path: &str, encodings: &str) -> Answer {
    let router = hookledger_console::router(StdRng::seed_from_u64(7));
    let request = Request::get(path).header("accept-encoding", encodings).body(Body::empty()).unwrap();
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

#[tokio::test]
async fn every_address_of_the_app_leads_to_its_page() {
    for path in ["/console/", "/console/subscriptions", "/console/deliveries/dlv_1", "/console/index.html"] {
        let answer = get(path, "br").await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"), "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
    }
    assert_eq!(get("/console", "").await.header("location"), "/console/");
}

#[tokio::test]
async fn a_page_allows_no_script_but_our_files_and_no_style_without_its_nonce() {
    let (one, other) = (get("/console/", "").await, get("/console/", "").await);
    let policy = one.header("content-security-policy");
    for rule in ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(rule), "{rule} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(policy, other.header("content-security-policy"), "the same chance gives the same nonce");
}

#[tokio::test]
async fn two_pages_of_one_server_have_different_nonces() {
    let router = hookledger_console::router(StdRng::seed_from_u64(7));
    let mut policies = Vec::new();
    for _ in 0..2 {
        let request = Request::get("/console/").body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        policies.push(answer.headers()["content-security-policy"].clone());
    }
    assert_ne!(policies[0], policies[1]);
}

#[tokio::test]
async fn a_file_that_is_gone_is_not_found() {
    assert_eq!(get("/console/assets/index-gone.js", "br").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_names_files_that_are_served_packed_and_for_good_or_says_that_it_was_not_built() {
    let page = get("/console/", "").await;
    if !hookledger_console::IS_BUILT {
        assert!(page.text().contains("cargo xtask console"));
        return;
    }
    let path = page
        .text()
        .split('"')
        .find(|part| part.rsplit('.').next() == Some("js"))
        .expect("the page starts a script");
    let plain = get(path, "identity").await;
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"));
    for encoding in ["br", "gzip"] {
        let packed = get(path, encoding).await;
        assert_eq!(packed.header("content-encoding"), encoding);
        assert_eq!(packed.header("content-type"), "text/javascript; charset=utf-8");
        assert!(packed.body.len() * 2 < plain.body.len(), "{encoding}: {}", packed.body.len());
    }
}

#[tokio::test]
async fn the_page_of_an_app_carries_the_nonce_of_its_policy() {
    if !hookledger_console::IS_BUILT {
        return;
    }
    let page = get("/console/", "").await;
    let policy = page.header("content-security-policy").to_owned();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    assert!(page.text().contains(&format!("nonce=\"{nonce}\"")), "{}", page.text());
    assert!(!page.text().contains("__HOOKLEDGER_NONCE__"));
}
