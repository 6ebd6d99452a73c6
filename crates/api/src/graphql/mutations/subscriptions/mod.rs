//! What owners do with their subscriptions.

mod change;
mod create;
mod input;
mod secrets;
mod validate;

use app::subscriptions::Refusal;

pub(super) use self::field as subscription_field;
pub(crate) use change::SubscriptionMutations;
pub(super) use create::CreateSubscriptionInput;
pub(crate) use create::CreateSubscriptionMutation;
pub(crate) use input::RetryPolicyInput;
pub(crate) use secrets::SecretMutations;
pub(crate) use validate::SubscriptionValidations;

/// Which argument a refusal is about.
pub(super) const fn field(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound => "id",
        Refusal::Stale { .. } => "expectedVersion",
        Refusal::TooMany { .. } => "",
        Refusal::Endpoint(_) | Refusal::NoInbox => "endpoint",
        Refusal::Headers(_) | Refusal::ForbiddenHeader { .. } | Refusal::RepeatedHeader { .. } => "headers",
        Refusal::Secret(_) => "secret.own",
        Refusal::Rule(rule) => match rule {
            domain::subscription::Refusal::CurrentSecret | domain::subscription::Refusal::UnknownSecret => {
                "secretId"
            }
            _ => "id",
        },
    }
}
