//! How each record type that has evolved gets from one version to the next.

use super::{Fields, Step};

/// Every step there is.
pub(super) fn all() -> Vec<Step> {
    vec![
        // Before the platform had types of its own, every type was its tenant's.
        Step::new("event_type.registered", 1, "add \"origin\": \"tenant\"", |payload| {
            let mut fields = Fields::parse(payload)?;
            fields.edit("registered", |registered| registered.set("origin", "\"tenant\""))?;
            Ok(fields.to_string())
        }),
        // It did not say why; whoever archives now does.
        Step::new("event_type.archived", 1, "become an object, with an empty \"note\"", |payload| {
            match payload {
                "\"archived\"" => Ok(r#"{"archived":{"note":""}}"#.to_owned()),
                other => Err(format!("{other} is not what version 1 says").into()),
            }
        }),
    ]
}
