//! Which words for which state: what happened, and what to do.

use crate::message::Msg;
use countersign_seal::request::Refusal;
use countersign_ui::notice::Tone;
use countersign_wire::{
    local::{Fault, Progress},
    panel::FillOutcome,
};

/// A state in two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// How it is to be taken.
    pub tone: Tone,
    /// What happened.
    pub what: Msg,
    /// What to do, if there is anything.
    pub remedy: Option<Msg>,
}

const fn said(tone: Tone, what: Msg, remedy: Msg) -> Said {
    Said { tone, what, remedy: Some(remedy) }
}

const fn failed(what: Msg, remedy: Msg) -> Said {
    said(Tone::Danger, what, remedy)
}

/// What went wrong.
#[must_use]
pub const fn fault(fault: Fault) -> Said {
    match fault {
        Fault::NoDaemon => failed(Msg("fault_no_daemon"), Msg("fault_no_daemon_remedy")),
        Fault::NotSetUp => failed(Msg("fault_not_set_up"), Msg("fault_not_set_up_remedy")),
        Fault::Locked => failed(Msg("fault_locked"), Msg("fault_locked_remedy")),
        Fault::WrongPin => failed(Msg("fault_wrong_pin"), Msg("fault_wrong_pin_remedy")),
        Fault::TryLater => failed(Msg("fault_try_later"), Msg("fault_try_later_remedy")),
        Fault::Keystore => failed(Msg("fault_keystore"), Msg("fault_keystore_remedy")),
        Fault::NotPaired => failed(Msg("fault_not_paired"), Msg("fault_not_paired_remedy")),
        Fault::NoCode => failed(Msg("fault_no_code"), Msg("fault_no_code_remedy")),
        Fault::WrongCode => failed(Msg("fault_wrong_code"), Msg("fault_wrong_code_remedy")),
        Fault::Busy => failed(Msg("fault_busy"), Msg("fault_busy_remedy")),
        Fault::Muted => failed(Msg("fault_muted"), Msg("fault_muted_remedy")),
        Fault::NotFound => failed(Msg("fault_not_found"), Msg("fault_not_found_remedy")),
        Fault::OtherSite => failed(Msg("fault_other_site"), Msg("fault_other_site_remedy")),
        Fault::InvalidDraft => failed(Msg("fault_invalid_draft"), Msg("fault_invalid_draft_remedy")),
        Fault::Malformed => failed(Msg("fault_malformed"), Msg("fault_malformed_remedy")),
        Fault::Version => failed(Msg("fault_version"), Msg("fault_version_remedy")),
        Fault::Forked => failed(Msg("fault_forked"), Msg("fault_forked_remedy")),
        Fault::NoRelay => failed(Msg("fault_no_relay"), Msg("fault_no_relay_remedy")),
        Fault::NotAllowed => failed(Msg("fault_not_allowed"), Msg("fault_not_allowed_remedy")),
        Fault::Store => failed(Msg("fault_store"), Msg("fault_store_remedy")),
        Fault::DiskFull => failed(Msg("fault_disk_full"), Msg("fault_disk_full_remedy")),
        Fault::ReadOnly => failed(Msg("fault_read_only"), Msg("fault_read_only_remedy")),
        Fault::Damaged => failed(Msg("fault_damaged"), Msg("fault_damaged_remedy")),
        Fault::NewerStore => failed(Msg("fault_newer_store"), Msg("fault_newer_store_remedy")),
        Fault::LostWrites => failed(Msg("fault_lost_writes"), Msg("fault_lost_writes_remedy")),
        Fault::Clock => failed(Msg("fault_clock"), Msg("fault_clock_remedy")),
        Fault::TooManyCorrections => {
            failed(Msg("fault_too_many_corrections"), Msg("fault_too_many_corrections_remedy"))
        }
        Fault::PageChanged => failed(Msg("fault_page_changed"), Msg("fault_page_changed_remedy")),
        Fault::TooManyCaptures => failed(Msg("fault_too_many_captures"), Msg("fault_too_many_captures_remedy")),
        Fault::InvalidRecipe => failed(Msg("fault_invalid_recipe"), Msg("fault_invalid_recipe_remedy")),
        // A daemon that is newer than this page may know more.
        Fault::Internal | _ => failed(Msg("fault_internal"), Msg("fault_internal_remedy")),
    }
}

/// What happened and what to do, for a field's error.
#[must_use]
pub fn in_one_line(fault: Fault) -> String {
    let Said { what, remedy, .. } = self::fault(fault);
    remedy.map_or_else(|| what.text(), |remedy| format!("{} {}", what.text(), remedy.text()))
}

/// How far a new password is.
#[must_use]
pub const fn made(kept: bool, filled: Option<FillOutcome>) -> Said {
    let tone = Tone::Neutral;
    match (kept, filled) {
        (false, None) => Said { tone, what: Msg("make_making"), remedy: None },
        (true, None) => Said { tone, what: Msg("make_filling"), remedy: None },
        (_, Some(FillOutcome::Filled)) => {
            Said { tone: Tone::Good, what: Msg("request_filled"), remedy: Some(Msg("make_kept")) }
        }
        (_, Some(FillOutcome::TargetChanged)) => failed(Msg("make_target_changed"), Msg("make_target_changed_remedy")),
        (true, Some(_)) => failed(Msg("make_page_gone"), Msg("make_page_gone_remedy")),
        (false, Some(_)) => failed(Msg("request_interrupted"), Msg("make_interrupted_remedy")),
    }
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Filling.
    Fill,
    /// A code, to be shown and copied.
    Copy,
    /// A change of what stands inside seals.
    Edit,
}

/// How far a request is.
#[must_use]
pub const fn progress(about: About, progress: Progress, filled: Option<FillOutcome>) -> Said {
    match progress {
        Progress::ConfirmHere => said(Tone::Warning, Msg("request_confirm_here"), Msg("request_confirm_here_remedy")),
        Progress::Asked => {
            Said { tone: Tone::Neutral, what: Msg("request_asked"), remedy: Some(Msg("request_asked_remedy")) }
        }
        Progress::Delivered => Said { tone: Tone::Neutral, what: Msg("request_delivered"), remedy: None },
        Progress::Approved => approved(about, filled),
        Progress::Refused(refusal) => refused(refusal),
        Progress::Expired => failed(Msg("request_expired"), Msg("request_expired_remedy")),
        Progress::PhoneUnreachable => failed(Msg("request_unreachable"), Msg("request_unreachable_remedy")),
        Progress::RelayUnreachable => failed(Msg("request_no_relay"), Msg("request_no_relay_remedy")),
        Progress::Cancelled => cancelled(about, filled),
    }
}

/// What ended it, unless the user did.
const fn cancelled(about: About, filled: Option<FillOutcome>) -> Said {
    match filled {
        Some(FillOutcome::Interrupted) => interrupted(),
        Some(_) if matches!(about, About::Copy) => copy_gone(),
        Some(FillOutcome::TargetChanged) => failed(Msg("request_form_gone"), Msg("request_form_gone_remedy")),
        Some(FillOutcome::PageGone) => failed(Msg("request_page_gone"), Msg("request_page_gone_remedy")),
        Some(FillOutcome::Moved) => moved(),
        Some(FillOutcome::Filled | FillOutcome::FilledInPart | FillOutcome::NoRoom | FillOutcome::NotAccepted)
        | None => Said { tone: Tone::Neutral, what: Msg("request_cancelled"), remedy: None },
    }
}

/// A code is written nowhere: there is no word about that.
const fn copy_gone() -> Said {
    failed(Msg("request_copy_gone"), Msg("request_copy_gone_remedy"))
}

const fn moved() -> Said {
    failed(Msg("request_moved"), Msg("request_moved_remedy"))
}

const fn interrupted() -> Said {
    failed(Msg("request_interrupted"), Msg("request_interrupted_remedy"))
}

const fn approved(about: About, filled: Option<FillOutcome>) -> Said {
    match (about, filled) {
        (About::Edit, _) => Said { tone: Tone::Good, what: Msg("request_edit_approved"), remedy: None },
        (About::Copy, None) => Said { tone: Tone::Good, what: Msg("request_copy_approved"), remedy: None },
        (_, Some(FillOutcome::Interrupted)) => interrupted(),
        (About::Copy, Some(_)) => copy_gone(),
        (About::Fill, None) => Said { tone: Tone::Good, what: Msg("request_approved"), remedy: None },
        (About::Fill, Some(FillOutcome::Filled)) => {
            Said { tone: Tone::Good, what: Msg("request_filled"), remedy: None }
        }
        (About::Fill, Some(FillOutcome::FilledInPart)) => {
            said(Tone::Warning, Msg("request_filled_in_part"), Msg("request_filled_in_part_remedy"))
        }
        (About::Fill, Some(FillOutcome::NoRoom)) => failed(Msg("request_no_room"), Msg("request_no_room_remedy")),
        (About::Fill, Some(FillOutcome::NotAccepted)) => {
            failed(Msg("request_not_accepted"), Msg("request_not_accepted_remedy"))
        }
        (About::Fill, Some(FillOutcome::TargetChanged)) => {
            failed(Msg("request_target_changed"), Msg("request_target_changed_remedy"))
        }
        (About::Fill, Some(FillOutcome::PageGone)) => failed(Msg("request_page_gone"), Msg("request_page_gone_remedy")),
        (About::Fill, Some(FillOutcome::Moved)) => moved(),
    }
}

const fn refused(refusal: Refusal) -> Said {
    match refusal {
        Refusal::Refused => Said { tone: Tone::Danger, what: Msg("refusal_refused"), remedy: None },
        Refusal::NotMe => failed(Msg("refusal_not_me"), Msg("refusal_not_me_remedy")),
        Refusal::WrongNumber => failed(Msg("refusal_wrong_number"), Msg("refusal_wrong_number_remedy")),
        Refusal::OtherSite => failed(Msg("refusal_other_site"), Msg("refusal_other_site_remedy")),
        Refusal::Expired => failed(Msg("refusal_expired"), Msg("refusal_expired_remedy")),
        Refusal::Unsupported => failed(Msg("refusal_unsupported"), Msg("refusal_unsupported_remedy")),
        Refusal::Busy => failed(Msg("refusal_busy"), Msg("refusal_busy_remedy")),
        // A phone that is newer than this page may know more.
        Refusal::Invalid | _ => failed(Msg("refusal_invalid"), Msg("refusal_invalid_remedy")),
    }
}

/// Whether nothing more will happen to a request.
#[must_use]
pub const fn is_over(about: About, progress: Progress, filled: Option<FillOutcome>) -> bool {
    match progress {
        Progress::ConfirmHere | Progress::Asked | Progress::Delivered => false,
        Progress::Approved => matches!(about, About::Edit) || filled.is_some(),
        Progress::Refused(_)
        | Progress::Expired
        | Progress::PhoneUnreachable
        | Progress::RelayUnreachable
        | Progress::Cancelled => true,
    }
}

/// Whether asking once more, as it was, makes sense.
#[must_use]
pub const fn may_ask_again(progress: Progress, filled: Option<FillOutcome>) -> bool {
    match progress {
        Progress::Expired | Progress::PhoneUnreachable | Progress::RelayUnreachable | Progress::Cancelled => true,
        Progress::Refused(refusal) => {
            matches!(refusal, Refusal::Refused | Refusal::WrongNumber | Refusal::Busy | Refusal::Expired)
        }
        Progress::Approved => matches!(filled, Some(FillOutcome::TargetChanged)),
        Progress::ConfirmHere | Progress::Asked | Progress::Delivered => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAULTS: [Fault; 31] = [
        Fault::NoDaemon,
        Fault::NotSetUp,
        Fault::Locked,
        Fault::WrongPin,
        Fault::TryLater,
        Fault::Keystore,
        Fault::NotPaired,
        Fault::NoCode,
        Fault::WrongCode,
        Fault::Busy,
        Fault::Muted,
        Fault::NotFound,
        Fault::OtherSite,
        Fault::InvalidDraft,
        Fault::Malformed,
        Fault::Version,
        Fault::Forked,
        Fault::NoRelay,
        Fault::NotAllowed,
        Fault::Store,
        Fault::DiskFull,
        Fault::ReadOnly,
        Fault::Damaged,
        Fault::NewerStore,
        Fault::LostWrites,
        Fault::Clock,
        Fault::TooManyCorrections,
        Fault::PageChanged,
        Fault::TooManyCaptures,
        Fault::InvalidRecipe,
        Fault::Internal,
    ];

    #[test]
    fn every_fault_says_something_of_its_own_and_what_to_do() {
        let mut seen = std::collections::HashSet::new();
        for known in FAULTS {
            let said = fault(known);
            assert!(seen.insert(said.what.0), "{known:?} shares its words");
            let remedy = said.remedy.unwrap();
            assert_eq!(remedy.0, format!("{}_remedy", said.what.0), "{known:?}");
            // The names follow the wire's.
            let name = serde_json::to_value(known).unwrap().as_str().unwrap().replace('-', "_");
            assert_eq!(said.what.0, format!("fault_{name}"));
        }
    }

    #[test]
    fn a_fill_is_over_when_the_page_answered_and_an_edit_when_the_phone_did() {
        assert!(!is_over(About::Fill, Progress::Approved, None));
        assert!(is_over(About::Fill, Progress::Approved, Some(FillOutcome::PageGone)));
        assert!(is_over(About::Edit, Progress::Approved, None));
        assert!(!is_over(About::Fill, Progress::Delivered, None));
        assert!(is_over(About::Fill, Progress::Refused(Refusal::NotMe), None));
    }

    #[test]
    fn a_code_to_copy_has_words_of_its_own() {
        let said = |about: About, filled: Option<FillOutcome>| {
            [Progress::Approved, Progress::Cancelled].map(|is| progress(about, is, filled))
        };
        for outcome in [FillOutcome::PageGone, FillOutcome::Moved, FillOutcome::TargetChanged] {
            let [approved, cancelled] = said(About::Copy, Some(outcome));
            assert_eq!((approved, cancelled), (copy_gone(), copy_gone()), "{outcome:?}");
            assert!(!said(About::Fill, Some(outcome)).contains(&copy_gone()));
        }
        assert_eq!(said(About::Copy, Some(FillOutcome::Interrupted)), [interrupted(), interrupted()]);
        assert_eq!(said(About::Copy, None)[0].what, Msg("request_copy_approved"));
        assert!(!is_over(About::Copy, Progress::Approved, None));
    }

    #[test]
    fn nobody_is_asked_again_after_this_was_not_me() {
        assert!(!may_ask_again(Progress::Refused(Refusal::NotMe), None));
        assert!(!may_ask_again(Progress::Approved, Some(FillOutcome::Filled)));
        assert!(may_ask_again(Progress::Expired, None));
    }
}
