//! Signing in to the console and out of it.

use std::sync::Arc;

use domain::{Actor, Caller, Scope, TenantId, Timestamp};
use secrecy::SecretString;

use super::AuthError;
use super::sessions::{Holder, SESSION_AGE_MAX};
use super::token::{fresh_text, hash};
use crate::app::App;

const SESSION_START: &str = "hs_";
const TICKET_START: &str = "ht_";

/// What somebody signs in with.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// An API key: the session may do what the key may, and ends with it.
    Key(&'a str),
    /// A ticket of [`App::issue_ticket`].
    Ticket(&'a str),
}

/// Somebody is signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// What proves it from now on. Given out this once; only its hash is kept.
    pub token: SecretString,
    /// When the session ends at the latest.
    pub until: Timestamp,
}

impl App {
    /// A text that signs somebody in once and soon, as an operator of `tenant` with every scope: for whoever started the
    /// server, at its own terminal.
    pub fn issue_ticket(&self, tenant: TenantId) -> SecretString {
        let text = self.draw(|rng| fresh_text(TICKET_START, rng));
        let caller = Caller { tenant, actor: Actor::Operator, scopes: Scope::ALL.to_vec() };
        self.sessions().issue(hash(&text), Arc::new(caller), self.clock().now());
        SecretString::from(text.as_str())
    }

    /// Begins a session for whoever can prove who they are.
    pub fn sign_in(&self, proof: Proof<'_>) -> Result<SignedIn, AuthError> {
        let now = self.clock().now();
        let holder = match proof {
            Proof::Key(key) => self.holder_of(key)?,
            Proof::Ticket(ticket) => {
                let caller = self.sessions().spend(&hash(ticket), now).ok_or(AuthError::TicketSpent)?;
                self.keyring().serves(caller.tenant)?;
                Holder::Operator(caller)
            }
        };
        let text = self.draw(|rng| fresh_text(SESSION_START, rng));
        self.sessions().begin(hash(&text), holder, now);
        Ok(SignedIn { token: SecretString::from(text.as_str()), until: now.after(SESSION_AGE_MAX) })
    }

    /// Who is signed in with the session `token`. What their key may not do any more, they may not either.
    pub fn authenticate_session(&self, token: &str) -> Result<Arc<Caller>, AuthError> {
        let now = self.clock().now();
        match self.sessions().holder(&hash(token), now).ok_or(AuthError::SessionEnded)? {
            Holder::Key(id) => self.keyring().holder(id, now),
            Holder::Operator(caller) => {
                self.keyring().serves(caller.tenant)?;
                Ok(caller)
            }
        }
    }

    /// Ends the session `token`, if there is one.
    pub fn sign_out(&self, token: &str) {
        self.sessions().end(&hash(token));
    }

    fn holder_of(&self, key: &str) -> Result<Holder, AuthError> {
        let caller = self.authenticate(key)?;
        match caller.actor {
            Actor::ApiKey { id } => Ok(Holder::Key(id)),
            // Keys belong to nobody else.
            Actor::Operator | Actor::Engine | Actor::System => Err(AuthError::Unknown),
        }
    }
}
