//! Whoever is asked for consent: answers what a test wrote, and keeps what it was asked.

use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use egress::{BodyEnd, Failure, FailureKind, Outcome, Request, Response, Timing, Transport};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use tokio::sync::Notify;

/// An endpoint that refuses connections until it is told what to answer.
#[derive(Default)]
pub(crate) struct Endpoint {
    answer: Mutex<Option<(u16, HeaderMap)>>,
    asked: Mutex<Vec<Request>>,
    hanging: Mutex<bool>,
    heard: Notify,
}

impl Endpoint {
    /// Answers so from now on.
    pub(crate) fn answers(&self, status: u16, headers: &[(&'static str, &'static str)]) {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        *self.answer.lock().unwrap() = Some((status, headers.collect()));
    }

    /// Refuses connections from now on.
    pub(crate) fn is_down(&self) {
        *self.answer.lock().unwrap() = None;
    }

    /// Never answers from now on.
    pub(crate) fn hangs(&self) {
        *self.hanging.lock().unwrap() = true;
    }

    /// Waits until it is asked.
    pub(crate) async fn hears(&self) {
        self.heard.notified().await;
    }

    /// What it was asked last.
    pub(crate) fn asked(&self) -> Request {
        self.asked.lock().unwrap().last().expect("it was asked").clone()
    }
}

#[async_trait]
impl Transport for Endpoint {
    async fn send(&self, request: Request) -> Outcome {
        self.asked.lock().unwrap().push(request);
        self.heard.notify_one();
        if *self.hanging.lock().unwrap() {
            std::future::pending::<()>().await;
        }
        let answer = self.answer.lock().unwrap().clone();
        let (status, headers) = answer.ok_or_else(|| Box::new(Failure::new(FailureKind::ConnectRefused)))?;
        Ok(Response {
            status: StatusCode::from_u16(status).unwrap(),
            version: Version::HTTP_11,
            headers,
            body: Bytes::new(),
            body_end: BodyEnd::Complete,
            peer: ([192, 0, 2, 1], 443).into(),
            tls: None,
            timing: Timing::default(),
        })
    }
}
