//! Registering the types of the platform itself, at start: what is there already is left as it is.

use catalog::builtin::{self, BuiltinType};
use domain::event_type::{Command, NewVersion, PLATFORM, Registration};
use domain::{
    Actor, Decider, Description, EventType, EventTypeId, Fact, Metadata, RawJson, RecordId, Sequence,
    StreamId,
};
use ledger::{Batch, NewRecord, Origin};

use crate::app::App;
use crate::error::Fault;

/// How often it is tried when other nodes start at the same moment.
const TRIES: u32 = 4;

impl App {
    /// Registers the built-in catalogue, as far as it is not registered; says how many records that took.
    ///
    /// What is recorded counts. A version that is registered and differs from the one in this program stays as it is, and
    /// is told in the log: versions are frozen.
    pub async fn register_platform_types(&self) -> Result<usize, Fault> {
        for _ in 0..TRIES {
            let mut records = Vec::new();
            for builtin in builtin::types() {
                if !self.is_registered(builtin) {
                    records.extend(self.missing(builtin).await?);
                }
            }
            if records.is_empty() {
                return Ok(0);
            }
            let count = records.len();
            let batch = Batch::new(records).expect("the built-in catalogue fits into a batch");
            let appended = self.append_surely(batch).await?.is_ok();
            self.caught_up_to(self.ledger().head()).await?;
            if appended {
                return Ok(count);
            }
        }
        Err(Fault::Contended { what: "the built-in event types".to_owned(), tries: TRIES })
    }

    /// Whether a type is registered in full, by what is in memory.
    fn is_registered(&self, builtin: &BuiltinType) -> bool {
        let Some(known) =
            EventType::parse(builtin.name).ok().and_then(|name| self.catalog().of_platform(&name))
        else {
            return false;
        };
        known.description.as_str() == description(builtin).as_str()
            && builtin.versions.iter().all(|version| {
                known
                    .version(version.number)
                    .is_some_and(|entry| entry.spec.schema.as_str() == version.schema.trim())
            })
    }

    /// What has to be recorded of a type.
    async fn missing(&self, builtin: &BuiltinType) -> Result<Vec<NewRecord>, Fault> {
        let Ok(name) = EventType::parse(builtin.name) else {
            tracing::error!(event_type = builtin.name, "a built-in event type has a name that cannot be");
            return Ok(Vec::new());
        };
        let stream = StreamId::from(EventTypeId::of(PLATFORM, name.as_str()));
        let (mut state, mut sequence) = match self.load::<Registration>(PLATFORM, stream, None).await? {
            Some(known) => (known.state, known.version),
            None => (Registration::default(), Sequence::NONE),
        };
        let origin = Origin::new(PLATFORM, &Metadata::by(Actor::System), self.clock().now());
        let mut records = Vec::new();
        for command in commands(&name, builtin) {
            let events = state.decide(command).unwrap_or_else(|refusal| {
                tracing::error!(event_type = builtin.name, %refusal, "a built-in event type is kept as it is registered");
                Vec::new()
            });
            for event in events {
                state = state.evolve(&event);
                sequence = sequence.next();
                let id = RecordId::generate(self.ids());
                records.push(NewRecord::of(id, stream, sequence, Fact::EventType(event), &origin));
            }
        }
        Ok(records)
    }
}

/// What makes a type what this program says of it.
fn commands(name: &EventType, builtin: &BuiltinType) -> Vec<Command> {
    let register = Command::Register { name: name.clone(), description: description(builtin) };
    let versions = builtin.versions.iter().filter_map(|version| {
        let json = |text: &str| RawJson::parse(text).ok();
        let mapping = version.mapping.map(json);
        let mapping = match mapping {
            Some(None) => return None,
            Some(mapping) => mapping,
            None => None,
        };
        let read = NewVersion::read(version.number, json(version.schema)?, mapping, builtin::shared_parts());
        match read {
            Ok(version) => Some(Command::AddVersion { version: Box::new(version) }),
            Err(error) => {
                tracing::error!(event_type = builtin.name, version = version.number, %error, "a built-in version is none");
                None
            }
        }
    });
    std::iter::once(register).chain(versions).collect()
}

/// What the type means and when it is sent, as far as a description goes.
fn description(builtin: &BuiltinType) -> Description {
    let text = format!("{} {}", builtin.description.trim(), builtin.sent_when.trim());
    let short: String = text.chars().take(Description::CHARS_MAX).collect();
    Description::new(short.trim()).unwrap_or_default()
}
