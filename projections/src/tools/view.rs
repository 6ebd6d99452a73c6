//! The fold of the `tools` view. It has few records, each of which is written as it comes.

use domain::Fact;

use super::{action, test_send};
use crate::runner::{Parking, Projection, Routed, RoutedPage};
use crate::store::{Tables, WriteError};

/// See [`crate::tools`].
pub(crate) struct ToolsView;

impl Projection for ToolsView {
    const NAME: &'static str = "tools";
    const VERSION: u32 = 1;
    const DDL: &'static str = include_str!("tables.sql");

    fn fold(page: &RoutedPage<'_>, tables: Tables<'_>, parking: &mut Parking) -> Result<(), WriteError> {
        for Routed { record, fact, .. } in &page.records {
            let metadata = match fact {
                Fact::BulkAction(_) | Fact::Test(_) => record.parse_metadata(),
                _ => continue,
            };
            match (fact, metadata) {
                (Fact::BulkAction(event), Ok(metadata)) => {
                    action::fold(record, &metadata.actor, event, tables)?;
                }
                (Fact::Test(event), Ok(metadata)) => {
                    test_send::fold(record, &metadata.actor, event, tables)?;
                }
                (_, Ok(_)) => {}
                (_, Err(error)) => parking.park(record, &error),
            }
        }
        Ok(())
    }
}
