//! Events at other versions of their types, and what is wrong with their data.

use async_graphql::{Object, Result, SimpleObject};
use domain::versions::{Leg, NotCastable, View};
use domain::{EventId, RawJson};

use super::scalars::Json;
use crate::graphql::errors::{field_error, plain};
use crate::graphql::scope::Scope;

/// Something in the data of an event that the schema of its type does not allow.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ValidationProblem {
    /// Where in the data: a JSON pointer, empty for the whole.
    path: String,
    /// The rule that is broken: a keyword of the schema such as `required`, or `deprecated`.
    rule: String,
    /// Where that rule stands in the schema: a JSON pointer.
    schema_path: String,
    /// What is wrong, in words.
    message: String,
}

impl From<&catalog::Problem> for ValidationProblem {
    fn from(problem: &catalog::Problem) -> Self {
        let catalog::Problem { path, rule, schema_path, message } = problem.clone();
        Self { path, rule, schema_path, message }
    }
}

/// Why an event cannot be shown at a version.
#[derive(Debug, Clone, SimpleObject)]
struct CastProblem {
    /// What kind of reason: stable, such as `occupied`, `not_in_map` or `no_way`.
    code: String,
    /// From which version the failing step leads.
    #[graphql(name = "from")]
    from_version: u32,
    /// To which version.
    #[graphql(name = "to")]
    to_version: u32,
    /// Which step of that mapping, from 0.
    step: u32,
    /// What the step does, such as `rename`.
    op: String,
    /// Where in the data: a JSON pointer.
    path: String,
    /// What is wrong, in words.
    message: String,
}

impl CastProblem {
    fn of(refused: &NotCastable) -> Self {
        let error = &refused.error;
        Self {
            code: error.reason.code().to_owned(),
            from_version: error.from,
            to_version: error.to,
            step: u32::try_from(error.step).unwrap_or(u32::MAX),
            op: error.op.to_owned(),
            path: error.path.clone(),
            message: refused.to_string(),
        }
    }
}

/// One version to its neighbour, on the way to another one.
#[derive(Debug, Clone, SimpleObject)]
struct CastLeg {
    /// From which version.
    from: u32,
    /// To which version.
    to: u32,
    /// Whether nothing is lost by it.
    lossless: bool,
    /// What is lost by it, in words.
    loses: Vec<String>,
    /// Its steps, in order.
    steps: Vec<CastStep>,
}

/// A step of a mapping that was done on an event.
#[derive(Debug, Clone, SimpleObject)]
struct CastStep {
    /// The step as it was registered: an object with `op` and what belongs to it.
    step: Json,
    /// Whether it changed the data.
    changed: bool,
}

impl CastLeg {
    fn of(leg: &Leg) -> Self {
        let step = |(text, changed): &(Box<str>, bool)| {
            RawJson::parse(text).ok().map(|step| CastStep { step: Json(step), changed: *changed })
        };
        Self {
            from: leg.from,
            to: leg.to,
            lossless: leg.lossless,
            loses: leg.loses.clone(),
            steps: leg.steps.iter().filter_map(step).collect(),
        }
    }
}

/// An event at some version of its type.
pub(crate) struct EventAtVersion {
    version: u32,
    stored_version: u32,
    schema: Option<String>,
    data: Option<RawJson>,
    legs: Vec<CastLeg>,
    problem: Option<CastProblem>,
}

/// An event at some version of its type.
#[Object]
impl EventAtVersion {
    /// Which version.
    async fn version(&self) -> u32 {
        self.version
    }

    /// The version that it was published at.
    async fn stored_version(&self) -> u32 {
        self.stored_version
    }

    /// What the schema of this version is called; none if the type has no schemas.
    async fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The data at this version; none if it cannot be cast, see `problem`.
    async fn data(&self) -> Option<Json> {
        self.data.clone().map(Json)
    }

    /// The data at this version as a text: as it was published, byte for byte, as far as no step changed it.
    async fn data_text(&self) -> Option<&str> {
        self.data.as_ref().map(RawJson::as_str)
    }

    /// The versions on the way from the stored one, with their steps; none if it is the stored one.
    async fn steps(&self) -> &[CastLeg] {
        &self.legs
    }

    /// Why it cannot be cast; none if it can.
    async fn problem(&self) -> Option<&CastProblem> {
        self.problem.as_ref()
    }
}

impl EventAtVersion {
    pub(crate) async fn load(
        scope: &Scope,
        id: EventId,
        stored_version: u32,
        wanted: Option<u32>,
    ) -> Result<Self> {
        let view = wanted.map_or(View::Latest, View::Pinned);
        let found = scope.app().event_at_version(scope.request(), id, view).await;
        let found = found.map_err(|error| plain(error, scope.request_id()))?;
        match found.ok_or_else(|| field_error("INTERNAL", "the content of the event could not be found"))? {
            Ok(at) => {
                scope.charge(at.seen.data.as_str().len())?;
                Ok(Self {
                    version: at.seen.version,
                    stored_version,
                    schema: at.seen.schema.as_deref().map(str::to_owned),
                    data: Some(at.seen.data.into_owned()),
                    legs: at.legs.iter().map(CastLeg::of).collect(),
                    problem: None,
                })
            }
            Err(refused) => Ok(Self {
                version: refused.wanted,
                stored_version,
                schema: None,
                data: None,
                legs: Vec::new(),
                problem: Some(CastProblem::of(&refused)),
            }),
        }
    }
}
