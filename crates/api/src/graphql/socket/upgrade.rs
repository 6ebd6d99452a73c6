//! From an HTTP request to a socket.

use axum::Extension;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{State, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use http::header::{SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::PROTOCOL;
use super::connection::Connection;
use crate::auth::{Credential, Denied};
use crate::middleware::CallContext;
use crate::problem::{Kind, Problem};
use crate::state::ApiState;

/// Opens a socket, if there is room and the peer speaks the protocol.
///
/// Credentials in the header are judged at once; without any, `connection_init` has to bring them.
pub(crate) async fn upgrade(
    State(state): State<ApiState>,
    Extension(call): Extension<CallContext>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else { return not_a_handshake() };
    let upgrade = upgrade.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return wrong_protocol();
    }
    let credential = match Credential::read(&headers) {
        Ok(credential) => match credential.caller(state.app()) {
            Ok(_) => Some(credential),
            Err(error) => return Problem::from(Denied::Refused(error)).into_response(),
        },
        Err(Denied::Missing) => None,
        Err(denied) => return Problem::from(denied).into_response(),
    };
    let Ok(place) = state.sockets().clone().try_acquire_owned() else {
        return Problem::new(Kind::Unavailable, "as many sockets as the service takes are open")
            .retry_after(RETRY_AFTER_S)
            .into_response();
    };
    let bytes_max = state.config().socket.message_bytes_max;
    upgrade.max_message_size(bytes_max).max_frame_size(bytes_max).write_buffer_size(0).on_upgrade(
        move |socket| async move {
            Connection::new(state, call, credential).serve(socket).await;
            drop(place);
        },
    )
}

/// When a peer that found no room should come back, in seconds.
const RETRY_AFTER_S: u64 = 5;

fn not_a_handshake() -> Response {
    let mut response =
        Problem::new(Kind::MalformedHeader, "open a WebSocket here, with the protocol graphql-transport-ws")
            .into_response();
    *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    response
}

fn wrong_protocol() -> Response {
    let detail =
        "the protocol graphql-transport-ws is the only one spoken here; name it in Sec-WebSocket-Protocol";
    let mut response = Problem::new(Kind::MalformedHeader, detail).into_response();
    response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    response
}
