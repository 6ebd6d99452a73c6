//! `POST /v1/events`.

use serde::Deserialize;
use serde_json::json;

use super::Api;

/// What became of one published event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Published {
    /// The event's id.
    pub id: String,
    /// Where it stands in the ledger.
    pub position: u64,
    /// Whether it was there already.
    pub duplicate: bool,
}

/// A refusal, as RFC 9457 writes them.
#[derive(Debug, Clone, Deserialize)]
pub struct Problem {
    /// What kind it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status, again.
    pub status: u16,
    /// What is wrong this time, and what to do.
    pub detail: String,
    /// Each thing that is wrong, by its place.
    #[serde(default)]
    pub errors: Vec<Flaw>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Flaw {
    /// Where, as a JSON pointer into the body.
    pub pointer: String,
    /// What, as a stable name.
    pub code: String,
}

#[derive(Deserialize)]
struct Answer {
    events: Vec<Published>,
}

impl Api {
    /// Publishes one event with this data, byte for byte.
    pub async fn publish(&self, event_type: &str, data: &str) -> Published {
        let body = format!(r#"{{"type":"{event_type}","source":"/tests","data":{data}}}"#);
        self.publish_body(&body).await.expect("the event is accepted").remove(0)
    }

    /// Publishes a number, which is all that many tests need to recognise an event.
    pub async fn publish_number(&self, event_type: &str, number: u64) -> Published {
        self.publish(event_type, &json!({ "number": number }).to_string()).await
    }

    /// Sends a body as it is: accepted or refused.
    ///
    /// # Panics
    /// If the server is not there, or answers neither.
    pub async fn publish_body(&self, body: &str) -> Result<Vec<Published>, Problem> {
        self.try_publish_body(body)
            .await
            .unwrap_or_else(|error| panic!("the server was not reached: {error:?}"))
    }

    /// The same for a server that may be gone.
    pub async fn try_publish_body(&self, body: &str) -> reqwest::Result<Result<Vec<Published>, Problem>> {
        let response = self.post("/v1/events", body.to_owned()).send().await?;
        let status = response.status();
        let text = response.text().await?;
        if status.is_success() {
            let answer: Answer = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{status} with a body that is none ({error}): {text}"));
            Ok(Ok(answer.events))
        } else {
            let problem: Problem = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{status} with a body that is no problem ({error}): {text}"));
            assert_eq!(problem.status, status.as_u16(), "the body repeats the status");
            Ok(Err(problem))
        }
    }
}
