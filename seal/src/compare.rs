//! "Is this the same password?": asked of a phone, which answers yes or no and opens nothing.
//!
//! Both values go to the phone as they lie in the vault, each under a seal of its own. They must be two values of one password of one item, so that nobody learns by it which
//! items have the same one. Whoever holds the public key can seal a guess: phones answer [`LIMIT`] an hour, and list each; a guess must be sealed as the item is, so that it is listed under
//! its name and not answered at all where the owner wants to be asked for the PIN.

use crate::{
    Error, Result,
    field::{FieldAddress, FieldCiphertext, FieldKind, FieldSeal, Meaning, OpenedSeal},
    id::UnixMillis,
    keys::Unwrap,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// The most answers in an hour, by each side's own count.
pub const LIMIT: usize = 10;
/// That hour, in milliseconds.
pub const PERIOD_MILLIS: u64 = 3_600_000;
/// The most bytes of an encrypted value.
const VALUE_LIMIT: usize = 4096;

/// The values that a request asks about. The seal of the stored one is among the request's seals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// What is stored.
    pub stored: FieldCiphertext,
    /// The seal of the other value: of the same field of the same item.
    pub seal: FieldSeal,
    /// The other value.
    pub other: FieldCiphertext,
}

impl Compared {
    /// Checks sizes.
    pub(crate) fn check(&self) -> Result<()> {
        let fits = [&self.stored, &self.other].iter().all(|value| value.0.len() <= VALUE_LIMIT);
        if fits { Ok(()) } else { Err(Error::TooLarge { what: "compared value", limit: VALUE_LIMIT }) }
    }

    /// Opens both and compares them. Their seals must mean the same: what the owner decided of one value, and how the item is called, is so of the other.
    pub(crate) async fn are_equal(&self, stored: &OpenedSeal, approver: &impl Unwrap) -> Result<bool> {
        let other = self.seal.open(approver).await?;
        let address = FieldAddress { version: other.meaning.address.version, ..stored.meaning.address };
        let is_of_one = other.meaning == Meaning { address, ..stored.meaning.clone() };
        if !is_of_one || other.meaning.kind != FieldKind::Password {
            return Err(Error::NotAllowed("only two values of one password are compared"));
        }
        let one = self.stored.open(&stored.content_key, &stored.meaning.address)?;
        let other = self.other.open(&other.content_key, &other.meaning.address)?;
        Ok(one.expose().ct_eq(other.expose()).into())
    }
}

/// When the last answers were given: a guess an hour is none, a hundred a second would be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(Vec<UnixMillis>);

impl Answers {
    /// Whether one more may be given now; it counts then. A clock that went back gives none back.
    pub fn take(&mut self, now: UnixMillis) -> bool {
        self.0.retain(|at| at.plus(PERIOD_MILLIS) > now);
        let has_room = self.0.len() < LIMIT;
        if has_room {
            self.0.push(now);
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_answers_an_hour_whatever_the_clock_does() {
        let mut answers = Answers::default();
        let at = |minutes: u64| UnixMillis(1_700_000_000_000 + minutes * 60_000);
        assert!((0..10).all(|minute| answers.take(at(minute))));
        assert!(!answers.take(at(10)) && !answers.take(at(59)) && !answers.take(at(0)) && !answers.take(UnixMillis(0)));
        assert!(answers.take(at(60)) && !answers.take(at(60)) && answers.take(at(61)));
    }
}
