//! What is to be seen: data without words. [`crate::view`] draws it, [`crate::text`] finds the words.

use countersign_seal::{
    id::{RequestId, UnixMillis},
    log::{DeviceKind, State},
    request::Refusal,
    review::{self, Change, Subject},
};
use countersign_wire::mail::Withdrawal;

use crate::{activity::Past, pin::PinFault, record::Stop};

/// Everything that is to be seen now.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The screen.
    pub screen: Screen,
    /// How the relay is reached.
    pub connection: Connection,
    /// Something that went wrong beside the screen's matter.
    pub warning: Option<Warning>,
    /// The relay's API origin, once paired.
    pub relay: String,
    /// The account's devices.
    pub devices: Vec<DeviceRow>,
    /// Past answers, newest first.
    pub activity: Vec<Past>,
    /// Whether the user said "this wasn't me" and has not allowed requests again.
    pub muted: bool,
    /// Requests are turned away until then.
    pub paused_until: Option<UnixMillis>,
}

/// A screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    /// Not paired: asks for a link.
    Welcome(Option<PairingFault>),
    /// A link was opened: asks whether to join, and under which name.
    Invited,
    /// Joining the account.
    Joining,
    /// Paired: asks for a new PIN.
    ChoosePin(Option<PinFault>),
    /// Shows the recovery words.
    Words(Words),
    /// Asks for two of the words.
    CheckWords {
        /// Which, counted from 1.
        positions: [usize; 2],
        /// Whether the last answer was wrong.
        wrong: bool,
    },
    /// Waits until the computer has written the approver key into the log.
    Confirming,
    /// Asks for the PIN.
    Locked(Locked),
    /// Unlocked, nothing to decide.
    Home(Home),
    /// A request waits for an answer.
    Approval(Box<Approval>),
    /// Another phone approves for this account; a second one comes later.
    OtherApprover,
    /// This phone was removed from the account, or suspended.
    Dismissed(State),
    /// A person has to look.
    Stopped(Stop),
}

/// The recovery words. `Debug` shows none.
#[derive(Clone, PartialEq)]
pub struct Words(pub Vec<&'static str>);

impl core::fmt::Debug for Words {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Words(…)")
    }
}

/// The lock screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locked {
    /// Whether requests wait.
    pub waiting: usize,
    /// Whether the last PIN was wrong.
    pub wrong: bool,
    /// No PIN is taken until then.
    pub blocked_until: Option<UnixMillis>,
    /// The PIN continues an interrupted first run.
    pub resumes_setup: bool,
}

/// The unlocked app without a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    /// What happened last.
    pub news: Option<News>,
}

/// What happened last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Set-up is complete.
    Ready,
    /// An answer goes to the computer.
    Answered(Past),
    /// The request on the screen was withdrawn.
    Withdrawn(Withdrawal),
    /// The request on the screen ran out of time.
    Expired,
    /// A link was opened although the phone is paired.
    PairedAlready,
    /// The PIN was changed.
    PinChanged,
    /// The present PIN was wrong, so it stays.
    PinWrong,
    /// The new PIN is none.
    PinRefused(PinFault),
}

/// A request that waits for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    /// Which.
    pub request: RequestId,
    /// What for: from inside the seals, the signed ask and the log.
    pub subject: Subject,
    /// What deserves a second look.
    pub cautions: Vec<review::Warning>,
    /// Who asks: the browser profile, by its name in the log.
    pub asker: String,
    /// The desktop that sends the request, by its name in the log.
    pub computer: String,
    /// When it was asked, by the asker's clock.
    pub asked: UnixMillis,
    /// When it runs out, by this phone's clock.
    pub expires: UnixMillis,
    /// The item's policy asks for the PIN again.
    pub verify_user: bool,
    /// How many more requests wait.
    pub more: usize,
    /// What is missing from the user's answer.
    pub fault: Option<AnswerFault>,
}

impl Approval {
    /// Whether approval also needs consent to a wider use.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        matches!(&self.subject, Subject::Reseal { changes, .. } if changes.iter().any(Change::needs_consent))
    }
}

/// What is missing from the user's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFault {
    /// No two-digit number was typed.
    NumberMissing,
    /// The consent was not given.
    ConsentMissing,
    /// The PIN is missing or wrong.
    PinWrong,
    /// No PIN is taken yet.
    PinBlocked,
    /// The answer could not be made: this phone's cryptography failed.
    Failed,
}

/// Why pairing did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairingFault {
    /// The text is no pairing link.
    NotALink,
    /// The link is from a newer version.
    NewerLink,
    /// The link names a relay that cannot be trusted with a login: not HTTPS.
    InsecureRelay,
    /// The link was used, or its two minutes are over.
    TooLate,
    /// The other side does not know the link's secret, or shows another account.
    NotProven,
    /// The relay cannot be reached.
    Unreachable,
    /// The relay speaks another protocol version.
    RelayVersion,
    /// The device's storage refused.
    Storage,
    /// The device's cryptography failed.
    Platform,
}

/// Something that went wrong beside the screen's matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The device's storage refused: nothing is answered until it works again.
    Storage,
    /// The device's cryptography failed.
    Platform,
    /// The relay refused the login: this device is unknown there, or a clock is wrong.
    LoginRefused,
    /// The relay speaks another protocol version.
    RelayVersion,
    /// The relay shows less of the log than this phone has seen.
    RelayBehind,
    /// The relay sent what cannot be read.
    RelayGarbled,
    /// This phone's clock and the relay's differ by more than a minute.
    Clock,
    /// The computer that asked is gone, or its mailbox is full: the answer was not delivered.
    Undelivered,
}

/// How the relay is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Connection {
    /// Not wanted yet.
    #[default]
    None,
    /// Connecting or logging in.
    Connecting,
    /// Logged in: requests arrive.
    Online,
    /// Waiting for the next try.
    Offline,
}

/// A device of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Whether it may act.
    pub state: State,
    /// Whether it countersigns.
    pub approver: bool,
    /// Whether it is this phone.
    pub this: bool,
    /// Its fingerprint's short form, to compare.
    pub fingerprint: String,
}

/// A refusal that the app gave by itself, told apart from the user's.
#[must_use]
pub const fn is_automatic(refusal: Refusal) -> bool {
    !matches!(refusal, Refusal::Refused | Refusal::NotMe | Refusal::WrongNumber)
}

/// The first 80 bits of a fingerprint as five groups of four hex digits: enough to compare by eye.
#[must_use]
pub fn short_fingerprint(fingerprint: &[u8; 32]) -> String {
    fingerprint.iter().take(10).enumerate().fold(String::new(), |mut text, (index, byte)| {
        if index > 0 && index % 2 == 0 {
            text.push(' ');
        }
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_short_and_grouped() {
        assert_eq!(
            short_fingerprint(&core::array::from_fn(|index| u8::try_from(index).unwrap())),
            "0001 0203 0405 0607 0809"
        );
    }

    #[test]
    fn words_do_not_show_in_debug() {
        assert_eq!(format!("{:?}", Screen::Words(Words(vec!["abandon"]))), "Words(Words(…))");
    }
}
