//! Probe ⇄ worker, over a `runtime.connect` port named `probe`, one port a document.
//!
//! The probe says what is on the page and what the user did; tab, frame, document and origin come from the browser itself. Enums are externally tagged, so in
//! JavaScript a message is an object with one key: `{ looked: { … } }`, or a string for a variant without content.

use crate::panel::FillOutcome;
use countersign_forms::{FieldSignature, RawSnapshot, Written};
use countersign_seal::{id::UnixMillis, secret::SecretBytes};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The most steps of one commit.
pub const STEP_LIMIT: usize = 32;

/// Probe → worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum FromProbe {
    /// A field got focus, or the worker asked to look. → [`ToProbe::Marks`].
    Looked {
        /// The document's forms.
        snapshot: RawSnapshot,
        /// The field that has focus: its number in the snapshot.
        focused: Option<u32>,
    },
    /// A trusted pointer or key event on the icon. → [`ToProbe::Open`].
    Summoned {
        /// The document's forms as they are now.
        snapshot: RawSnapshot,
        /// The field whose icon it was.
        field: u32,
        /// Whether a key did it: focus then moves into the chooser.
        keyboard: bool,
    },
    /// The chooser cannot be shown here: the frame is too small, or the field is gone or has lost focus. The popup opens instead.
    NoRoom {
        /// The ticket that came with [`ToProbe::Open`].
        ticket: String,
    },
    /// Whether the user sees all of the chooser ([`ToProbe::Vouch`]).
    Vouched {
        /// Repeated from the question.
        press: u32,
        /// Whether it is in sight.
        in_sight: bool,
    },
    /// The user closed the chooser where it stands: Escape, or a press outside of it.
    Closed,
    /// A field of a request in hand has left the document ([`ToProbe::Watch`]).
    Lost,
    /// What came of a [`Commit`].
    Committed {
        /// The commit's number.
        commit: u32,
        /// The outcome.
        outcome: FillOutcome,
    },
    /// The user submitted what stands in attended fields, or may have: a trusted press of a button, Enter, or the form's own event.
    Submitted {
        /// What stood in them; at most [`STEP_LIMIT`] fields.
        values: Vec<Entered>,
        /// The document's forms then: a worker that has restarted knows none.
        snapshot: RawSnapshot,
        /// What the button says that was pressed, as the snapshot has it, or nothing if it is in none; `None` for Enter and a form's own event.
        #[serde(default)]
        button: Option<String>,
        /// What alerts, error messages and headings said by then: at most [`JUDGED_LIMIT`] characters, a line each.
        text: String,
    },
    /// The attended passwords that were submitted are out of sight, and the document is still there.
    Left,
    /// How the document looks after something was submitted ([`ToProbe::Judge`], or the worker's word to a new document).
    Judged {
        /// The document's forms.
        snapshot: RawSnapshot,
        /// What alerts, error messages and headings say: at most [`JUDGED_LIMIT`] characters, a line each.
        text: String,
    },
}

/// What stands in a field.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entered {
    /// Its number.
    pub field: u32,
    /// UTF-8.
    pub text: SecretBytes,
}

/// The most characters of a document's alerts that are read.
pub const JUDGED_LIMIT: usize = 2_000;

/// Worker → probe.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ToProbe {
    /// The fields that can be filled: the one that has focus shows the icon.
    Marks {
        /// Their numbers.
        fields: Vec<u32>,
    },
    /// Show the chooser for this field.
    Open {
        /// For the fragment of the chooser's URL; good once.
        ticket: String,
        /// The field.
        field: u32,
        /// Whether focus moves into the chooser.
        keyboard: bool,
    },
    /// Remove the chooser.
    Close {
        /// Whether focus returns to the field.
        refocus: bool,
    },
    /// Something was pressed in the chooser: say whether the user sees all of it, as of now. → [`FromProbe::Vouched`].
    Vouch {
        /// Repeated by the answer.
        press: u32,
    },
    /// A request waits for these fields: say if one of them leaves the document, and remember where their forms' buttons submit to. None: no request does any more.
    /// → [`FromProbe::Lost`].
    Watch {
        /// Their numbers.
        fields: Vec<u32>,
    },
    /// Write these values, once. → [`FromProbe::Committed`].
    Commit(Commit),
    /// Say when the user submits what stands in these fields. None: no more. → [`FromProbe::Submitted`].
    Attend {
        /// All of them: user names and passwords.
        fields: Vec<u32>,
        /// Those of them that hold passwords: when they go, the form is gone.
        secrets: Vec<u32>,
    },
    /// Say how the document looks now. → [`FromProbe::Judged`].
    Judge {},
}

/// What to write into a page, if every field still matches. One that does not by the time of its step ends it there, and so does the time: what was written before stays.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commit {
    /// Repeated by the answer.
    pub commit: u32,
    /// Until when it is good, in milliseconds since 1970 by this computer's clock: nobody waits for the answer after that.
    pub until: UnixMillis,
    /// The steps in order, at most [`STEP_LIMIT`].
    pub steps: Vec<CommitStep>,
    /// What the button says that the form is then submitted with; `None`: it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submit: Option<String>,
}

/// One field to write.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitStep {
    /// Its number.
    pub field: u32,
    /// What must still hold.
    pub signature: FieldSignature,
    /// Whether it may take the place of what the user typed: they said so, or nobody types there. Where it may not, what was typed since the user picked ends the commit.
    pub replaces: bool,
    /// What to write.
    pub write: Write,
}

/// What goes into a field.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Write {
    /// UTF-8 text: the value of an input or a textarea.
    Text(SecretBytes),
    /// UTF-8 text that takes the place of what an editable element holds.
    Insert(SecretBytes),
    /// The option with this index.
    Choice(u32),
    /// The option that is called one of these, see [`countersign_forms::Written::Pick`].
    Pick(Vec<SecretBytes>),
    /// Ticks a radio button.
    Tick,
}

impl From<Written> for Write {
    fn from(written: Written) -> Self {
        let secret = |mut text: Zeroizing<String>| SecretBytes::from(core::mem::take(&mut *text));
        match written {
            Written::Text(text) => Self::Text(secret(text)),
            Written::Insert(text) => Self::Insert(secret(text)),
            Written::Choice(option) => Self::Choice(option),
            Written::Pick(texts) => Self::Pick(texts.into_iter().map(secret).collect()),
            Written::Tick => Self::Tick,
        }
    }
}
