//! A JSON object as a list of fields whose values are kept byte for byte.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of a JSON object in their order; values are untouched text.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, Box<RawValue>)>);

/// Why an object could not be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    /// The text is not an object, or a value is not JSON.
    #[error("not the expected JSON: {0}")]
    Json(String),
    /// There is no field of this name.
    #[error("there is no field \"{0}\"")]
    Absent(String),
}

impl From<serde_json::Error> for FieldsError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error.to_string())
    }
}

impl Fields {
    /// Reads an object.
    pub fn parse(object: &str) -> Result<Self, FieldsError> {
        Ok(serde_json::from_str(object)?)
    }

    /// The JSON text of the field `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.get())
    }

    /// Sets the field `name` to this JSON text, at its old place or at the end.
    pub fn set(&mut self, name: &str, json: &str) -> Result<(), FieldsError> {
        let value = RawValue::from_string(json.to_owned())?;
        match self.0.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
        Ok(())
    }

    /// Calls the field `from` something else.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), FieldsError> {
        let field = self.0.iter_mut().find(|(field, _)| field == from);
        let (name, _) = field.ok_or_else(|| FieldsError::Absent(from.to_owned()))?;
        to.clone_into(name);
        Ok(())
    }

    /// Takes the field `name` out, and returns its JSON text.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        let place = self.0.iter().position(|(field, _)| field == name)?;
        Some(self.0.remove(place).1.get().to_owned())
    }

    /// Edits the object that the field `name` holds: records wrap what happened in a field that names it.
    pub fn edit(
        &mut self,
        name: &str,
        edit: impl FnOnce(&mut Self) -> Result<(), FieldsError>,
    ) -> Result<(), FieldsError> {
        let inner = self.get(name).ok_or_else(|| FieldsError::Absent(name.to_owned()))?;
        let mut inner = Self::parse(inner)?;
        edit(&mut inner)?;
        self.set(name, &inner.to_string())
    }
}

/// The object as JSON, without white space between its fields.
impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (place, (name, value)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            let name = serde_json::to_string(name).map_err(|_| fmt::Error)?;
            write!(f, "{comma}{name}:{}", value.get())?;
        }
        f.write_str("}")
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_edited_stays_as_it_was_written() {
        let mut fields = Fields::parse(r#"{"b":{"x":1.10, "y":1e999},"a":"é\u0000","n":1}"#).unwrap();
        fields.rename("n", "count").unwrap();
        fields.edit("b", |inner| inner.set("z", "true")).unwrap();
        assert_eq!(fields.to_string(), r#"{"b":{"x":1.10,"y":1e999,"z":true},"a":"é\u0000","count":1}"#);
        assert_eq!(fields.remove("a").as_deref(), Some(r#""é\u0000""#));
    }

    #[test]
    fn absent_fields_and_other_values_are_errors() {
        assert_eq!(Fields::default().rename("n", "count"), Err(FieldsError::Absent("n".into())));
        assert!(matches!(Fields::parse("[1]"), Err(FieldsError::Json(_))));
        assert!(matches!(Fields::default().set("n", "{"), Err(FieldsError::Json(_))));
    }
}
