//! Many rows in one statement: an array for each column, whatever their number.

use sqlx::Arguments;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use uuid::Uuid;

use crate::store::error::Fault;
use crate::store::value::Value;

/// Rows that are being filled in, column by column.
#[derive(Debug, Default)]
pub(crate) struct Arrays {
    columns: Vec<Array>,
    /// The column that comes next.
    next: usize,
    /// Whether the first row is complete, so that all columns are known.
    known: bool,
}

/// The values of one column.
#[derive(Debug)]
enum Array {
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Vec<u8>>),
    Ids(Vec<Option<Uuid>>),
}

impl Arrays {
    /// Adds the next column of the current row.
    pub(crate) fn add(&mut self, value: Value<'_>) {
        if self.known {
            self.columns[self.next].push(value);
        } else {
            self.columns.push(Array::of(value));
        }
        self.next += 1;
    }

    /// Ends the current row.
    pub(crate) const fn end_row(&mut self) {
        self.known = true;
        self.next = 0;
    }

    /// The types of the columns.
    pub(crate) fn types(&self) -> Vec<&'static str> {
        self.columns.iter().map(Array::sql_type).collect()
    }

    /// The columns as a statement takes them.
    pub(crate) fn arguments(self) -> Result<PgArguments, Fault> {
        let mut arguments = PgArguments::default();
        for column in self.columns {
            column.add_to(&mut arguments).map_err(|error| Fault::Postgres(sqlx::Error::Encode(error)))?;
        }
        Ok(arguments)
    }
}

impl Array {
    fn of(value: Value<'_>) -> Self {
        match value {
            Value::Number(number) => Self::Numbers(vec![number]),
            Value::Text(text) => Self::Texts(vec![text.map(Into::into)]),
            Value::Bytes(bytes) => Self::Bytes(vec![bytes.into_owned()]),
            Value::Id(id) => Self::Ids(vec![id]),
        }
    }

    fn push(&mut self, value: Value<'_>) {
        match (self, value) {
            (Self::Numbers(numbers), Value::Number(number)) => numbers.push(number),
            (Self::Texts(texts), Value::Text(text)) => texts.push(text.map(Into::into)),
            (Self::Bytes(all), Value::Bytes(bytes)) => all.push(bytes.into_owned()),
            (Self::Ids(ids), Value::Id(id)) => ids.push(id),
            (column, value) => panic!("a column of {} is given {value:?}", column.sql_type()),
        }
    }

    const fn sql_type(&self) -> &'static str {
        match self {
            Self::Numbers(_) => "bigint",
            Self::Texts(_) => "text",
            Self::Bytes(_) => "bytea",
            Self::Ids(_) => "uuid",
        }
    }

    fn add_to(self, arguments: &mut PgArguments) -> Result<(), BoxDynError> {
        match self {
            Self::Numbers(numbers) => arguments.add(numbers),
            Self::Texts(texts) => arguments.add(texts),
            Self::Bytes(bytes) => arguments.add(bytes),
            Self::Ids(ids) => arguments.add(ids),
        }
    }
}

/// `ids` as a statement takes them that was made by [`for_ids`].
pub(crate) fn arguments_of_ids(ids: &[Uuid]) -> Result<PgArguments, Fault> {
    let mut arguments = PgArguments::default();
    arguments.add(ids).map_err(|error| Fault::Postgres(sqlx::Error::Encode(error)))?;
    Ok(arguments)
}

/// A statement over one row, `VALUES ($1, ...)`, as one over arrays of so many columns. Its columns are called `column1`
/// and so on, as those of `VALUES` are.
pub(crate) fn for_arrays(sql: &str, types: &[&str]) -> String {
    const START: &str = "VALUES (";
    let (head, rest) = sql.split_once(START).unwrap_or((sql, ""));
    let tail = rest.split_once(')').map_or("", |(_, tail)| tail);
    let arrays: Vec<_> = types.iter().zip(1..).map(|(kind, place)| format!("${place}::{kind}[]")).collect();
    let names: Vec<_> = (1..=types.len()).map(|place| format!("column{place}")).collect();
    let (arrays, names) = (arrays.join(", "), names.join(", "));
    format!("{head}SELECT * FROM unnest({arrays}) AS given ({names}){tail}")
}

/// A statement about the row with one id, `= $1`, as one about those with any of many.
pub(crate) fn for_ids(sql: &str) -> String {
    sql.replace("= $1", "= ANY ($1::uuid[])")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insert_of_one_row_becomes_one_of_arrays_with_its_end() {
        let one = "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = excluded.b";
        let many = "INSERT INTO t (a, b) SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS given (column1, column2) \
                    ON CONFLICT (a) DO UPDATE SET b = excluded.b";
        assert_eq!(for_arrays(one, &["uuid", "bigint"]), many);
    }

    #[test]
    fn a_look_up_of_one_row_becomes_one_of_many() {
        let one = "SELECT a FROM t WHERE id = $1";
        assert_eq!(for_ids(one), "SELECT a FROM t WHERE id = ANY ($1::uuid[])");
    }
}
