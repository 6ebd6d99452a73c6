//! Steps of a mapping as sentences.

use crate::json::Json;

/// What changed, step by step, in the direction of a mapping (`up` or `down`).
pub(crate) fn sentences(direction: &Json) -> Vec<String> {
    direction.get("steps").map(Json::elements).unwrap_or_default().iter().map(sentence).collect()
}

fn sentence(step: &Json) -> String {
    let field = |name: &str| step.text(name).map(|pointer| code(&pointer)).unwrap_or_default();
    match step.text("op").as_deref() {
        Some("move") => format!("{} became {}", field("from"), field("to")),
        Some("copy") => format!("{} also stands in {}", field("from"), field("to")),
        Some("rename") => {
            let path = step.text("path").unwrap_or_default();
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            let to = code(&format!("{parent}/{}", step.text("to").unwrap_or_default()));
            format!("{} is called {to}", code(&path))
        }
        Some("default") => format!("{} is `{}` where it was missing", field("path"), value(step)),
        Some("drop") => format!("{} is gone", field("path")),
        Some("split") => format!(
            "{} is split at `{}` into {}",
            field("path"),
            step.text("separator").unwrap_or_default(),
            list(step, "into")
        ),
        Some("join") => format!(
            "{} is made of {}, with `{}` between",
            field("path"),
            list(step, "from"),
            step.text("separator").unwrap_or_default()
        ),
        Some("values") => format!("{} has other values: {}", field("path"), pairs(step)),
        Some("convert") => conversion(step, &field("path")),
        Some("each") => format!("in each element of {}: {}", field("path"), sentences(step).join("; ")),
        other => format!("{} ({})", field("path"), other.unwrap_or_default()),
    }
}

fn conversion(step: &Json, field: &str) -> String {
    let pair = |name: &str| {
        let pair = step.get(name)?.elements();
        Some((pair.first()?.as_text()?, pair.get(1)?.as_text()?))
    };
    if let Some((from, to)) = pair("unit") {
        return format!("{field} is in {to}, and was in {from}");
    }
    if let Some((from, to)) = pair("time") {
        return format!("{field} is written as {}, and was as {}", instant(&to), instant(&from));
    }
    format!("{field} is a {}", step.text("type").unwrap_or_default())
}

fn instant(form: &str) -> &str {
    match form {
        "unix_s" => "seconds since 1970",
        "unix_ms" => "milliseconds since 1970",
        "rfc3339" => "an RFC 3339 instant",
        other => other,
    }
}

fn value(step: &Json) -> String {
    step.get("value").map(Json::compact).unwrap_or_default()
}

fn pairs(step: &Json) -> String {
    let pairs = step.get("map").map(Json::elements).unwrap_or_default().iter();
    let pairs = pairs
        .filter_map(|pair| Some((pair.elements().first()?.compact(), pair.elements().get(1)?.compact())));
    let changed = pairs.filter(|(from, to)| from != to).map(|(from, to)| format!("`{from}` became `{to}`"));
    changed.collect::<Vec<_>>().join(", ")
}

fn list(step: &Json, name: &str) -> String {
    let pointers = step.get(name).map(Json::elements).unwrap_or_default().iter().filter_map(Json::as_text);
    pointers.map(|pointer| code(&pointer)).collect::<Vec<_>>().join(", ")
}

/// A pointer as the tables write paths.
fn code(pointer: &str) -> String {
    format!("`{}`", pointer.trim_start_matches('/').replace('/', "."))
}
