//! A recorded selection as the views have it.

use domain::bulk_action::{SelectedAnswer, SelectedState, Selection};
use projections::status::{DeliveryFilter, DeliveryState, StatusClass};

/// The filter that finds what `selection` names.
pub fn filter(selection: &Selection) -> DeliveryFilter {
    let state = |state: &SelectedState| match state {
        SelectedState::Waiting => DeliveryState::Waiting,
        SelectedState::Retrying => DeliveryState::Retrying,
        SelectedState::Delivered => DeliveryState::Delivered,
        SelectedState::DeadLettered => DeliveryState::DeadLettered,
        SelectedState::Cancelled => DeliveryState::Cancelled,
    };
    DeliveryFilter {
        states: selection.states.iter().map(state).collect(),
        subscription: selection.subscription,
        event: selection.event,
        event_type: selection.event_type.clone(),
        status: selection.answer.map(|answer| match answer {
            SelectedAnswer::Success => StatusClass::Success,
            SelectedAnswer::Redirect => StatusClass::Redirect,
            SelectedAnswer::ClientError => StatusClass::ClientError,
            SelectedAnswer::ServerError => StatusClass::ServerError,
            SelectedAnswer::NoResponse => StatusClass::NoResponse,
            SelectedAnswer::NoAttempt => StatusClass::NoAttempt,
        }),
        last_status: selection.status,
        error_class: selection.error_class.clone(),
        dead_letter_reason: selection.dead_letter_reason,
        from: selection.from,
        before: selection.before,
    }
}

/// What is recorded of a filter; one that says nothing of states means dead letters.
pub(super) fn selection(filter: DeliveryFilter) -> Selection {
    let state = |state: DeliveryState| match state {
        DeliveryState::Waiting => SelectedState::Waiting,
        DeliveryState::Retrying => SelectedState::Retrying,
        DeliveryState::Delivered => SelectedState::Delivered,
        DeliveryState::DeadLettered => SelectedState::DeadLettered,
        DeliveryState::Cancelled => SelectedState::Cancelled,
    };
    let mut states: Vec<_> = filter.states.into_iter().map(state).collect();
    if states.is_empty() {
        states.push(SelectedState::DeadLettered);
    }
    Selection {
        states,
        subscription: filter.subscription,
        event: filter.event,
        event_type: filter.event_type,
        answer: filter.status.map(|class| match class {
            StatusClass::Success => SelectedAnswer::Success,
            StatusClass::Redirect => SelectedAnswer::Redirect,
            StatusClass::ClientError => SelectedAnswer::ClientError,
            StatusClass::ServerError => SelectedAnswer::ServerError,
            StatusClass::NoResponse => SelectedAnswer::NoResponse,
            StatusClass::NoAttempt => SelectedAnswer::NoAttempt,
        }),
        status: filter.last_status,
        error_class: filter.error_class,
        dead_letter_reason: filter.dead_letter_reason,
        from: filter.from,
        before: filter.before,
    }
}
