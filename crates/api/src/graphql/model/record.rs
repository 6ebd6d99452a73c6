//! Records of the ledger, as they are stored and lifted.

use app::records::RecordAt;
use async_graphql::{Object, SimpleObject};
use domain::RawJson;

use super::scalars::{DateTime, Json, PositionText, Version};

/// A step that lifts records of a type from one version to the next.
#[derive(Debug, Clone, SimpleObject)]
struct RecordStep {
    /// From which version.
    from: u32,
    /// To which version.
    to: u32,
    /// What it does.
    description: String,
}

/// A record of the ledger at some version. What is stored never changes; newer versions are made of it when it is read.
pub(crate) struct Record(pub(crate) RecordAt);

/// A record of the ledger at some version. What is stored never changes; newer versions are made of it when it is read.
#[Object]
impl Record {
    /// Its place in the order of everything.
    async fn position(&self) -> PositionText {
        self.0.position.into()
    }

    /// What it tells about: the id of the thing.
    async fn stream(&self) -> String {
        self.0.stream.to_string()
    }

    /// Its place among the records of that thing.
    async fn sequence(&self) -> Version {
        self.0.sequence.into()
    }

    /// What happened, such as `event_type.registered`.
    #[graphql(name = "type")]
    async fn record_type(&self) -> &str {
        &self.0.record_type
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        self.0.recorded_at.into()
    }

    /// The version of `payload`.
    async fn version(&self) -> u32 {
        self.0.version.into()
    }

    /// The version that it is stored as.
    async fn stored_version(&self) -> u32 {
        self.0.stored_version.into()
    }

    /// The newest version of records of this type.
    async fn latest_version(&self) -> u32 {
        self.0.latest_version.into()
    }

    /// What it says, at this version.
    async fn payload(&self) -> Json {
        Json(self.0.payload.clone())
    }

    /// Likewise as a text; of the stored version, byte for byte as it is stored.
    async fn payload_text(&self) -> &str {
        RawJson::as_str(&self.0.payload)
    }

    /// The steps that lifted it, in order; none if it is the stored version.
    async fn steps(&self) -> Vec<RecordStep> {
        let step = |(from, says): &(u16, String)| RecordStep {
            from: (*from).into(),
            to: u32::from(*from) + 1,
            description: says.clone(),
        };
        self.0.steps.iter().map(step).collect()
    }
}
