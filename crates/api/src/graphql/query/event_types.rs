//! Event types, one and many.

use async_graphql::{Context, Object, Result};

use crate::graphql::connection::{PageArgs, Slice, bad_cursor, list_cost, seal, slice, times};
use crate::graphql::entity::Entity;
use crate::graphql::errors::field_error;
use crate::graphql::model::event_type::{EventType, EventTypeConnection};
use crate::graphql::scope::CtxExt;

#[derive(Default)]
pub(crate) struct EventTypeQueries;

#[Object]
impl EventTypeQueries {
    /// The registered event type of this name, archived or not; none if there is none.
    ///
    /// Needs the scope `READ`.
    async fn event_type(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The name, such as `benchmark.completed`.")] name: String,
    ) -> Result<Option<EventType>> {
        let name = domain::EventType::parse(&name)
            .map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        EventType::load(ctx.scope(), &name).await
    }

    /// The event types that the tenant sees, its own and the platform's, archived or not, in the order of their names.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a connection has this many")]
    async fn event_types(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many of the list: 0 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many of the list: 0 to 100. Not together with `first`.")] last: Option<
            i32,
        >,
        #[graphql(desc = "Only what precedes the entry with this cursor.")] before: Option<String>,
        #[graphql(desc = "Only types below this family, at any depth, such as `benchmark`.")] family: Option<
            String,
        >,
        #[graphql(
            desc = "Only types with this text in name or description, whichever way it is capitalised."
        )]
        search: Option<String>,
    ) -> Result<EventTypeConnection> {
        let window = PageArgs { first, after, last, before }.window(EventType::CURSOR)?;
        let all = wanted(ctx, family.as_deref(), search.as_deref())?;
        let name = |text: &str| domain::EventType::parse(text).map_err(|_| bad_cursor());
        let Slice { entries, has_next, has_previous } =
            slice(all, &window, |entry| entry.key().clone(), name)?;
        let nodes = entries.into_iter().map(|entry| {
            let cursor = seal(EventType::CURSOR, entry.key().as_str());
            (entry, cursor)
        });
        Ok(EventTypeConnection::new(nodes, has_next, has_previous))
    }

    /// The event types that the tenant sees as a tree: the families at the top, with the types and families below them.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "times(FAMILIES_COST, child_complexity)")]
    async fn event_type_families(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only types with this text in name or description, whichever way it is capitalised."
        )]
        search: Option<String>,
    ) -> Result<Vec<EventTypeFamily>> {
        Ok(EventTypeFamily::tree(wanted(ctx, None, search.as_deref())?))
    }
}

/// What a list of families is taken to have when its cost is counted.
const FAMILIES_COST: usize = 5;

/// The types that the caller sees, as far as they are asked for.
fn wanted(ctx: &Context<'_>, family: Option<&str>, search: Option<&str>) -> Result<Vec<EventType>> {
    let search = search.map(|search| search.trim().to_lowercase()).filter(|search| !search.is_empty());
    let mut all = EventType::all(ctx.scope())?;
    all.retain(|one| family.is_none_or(|family| one.is_below(family)));
    all.retain(|one| search.as_ref().is_none_or(|search| one.mentions(search)));
    Ok(all)
}

/// Event types whose names begin alike.
struct EventTypeFamily {
    name: String,
    types: Vec<EventType>,
    families: Vec<Self>,
}

/// Event types whose names begin alike.
#[Object]
impl EventTypeFamily {
    /// What their names begin with, such as `system.alert`; empty for types without a family.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The types right below.
    #[graphql(complexity = "times(FAMILIES_COST, child_complexity)")]
    async fn event_types(&self) -> &[EventType] {
        &self.types
    }

    /// The families right below.
    #[graphql(complexity = "times(FAMILIES_COST, child_complexity)")]
    async fn families(&self) -> &[Self] {
        &self.families
    }
}

impl EventTypeFamily {
    /// Types in the order of their names, as a tree.
    fn tree(types: Vec<EventType>) -> Vec<Self> {
        let mut roots: Vec<Self> = Vec::new();
        for event_type in types {
            let name = event_type.key().clone();
            // Outermost first; a type without a family stands below the empty one.
            let mut way: Vec<_> = name.parents().map(str::to_owned).collect();
            way.reverse();
            if way.is_empty() {
                way.push(String::new());
            }
            let mut level = &mut roots;
            let mut left = way.into_iter().peekable();
            while let Some(family) = left.next() {
                let place = level.iter().position(|known| known.name == family).unwrap_or_else(|| {
                    level.push(Self { name: family, types: Vec::new(), families: Vec::new() });
                    level.len() - 1
                });
                if left.peek().is_none() {
                    level[place].types.push(event_type);
                    break;
                }
                level = &mut level[place].families;
            }
        }
        roots
    }
}
