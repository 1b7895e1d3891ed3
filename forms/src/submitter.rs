//! Which button submits a login once it is filled.

use crate::{
    Button, Classification, ClassifiedForm, Form, FormKind, FormSnapshot, FormTag,
    lexicon::{FormConcept, form_concepts},
    text::fold,
};

/// What the button says that a login, or the page of its code, is submitted with; `None` where that is not certain, or where the form leads to another origin than `origin`.
///
/// A `<form>` is submitted with its default button, as by Enter (WHATWG HTML, implicit submission). Without a `<form>` it is the one button that says so.
#[must_use]
pub fn submitter(
    snapshot: &FormSnapshot,
    classification: &Classification,
    form: &ClassifiedForm,
    origin: &str,
) -> Option<String> {
    let is_login = matches!(form.kind, FormKind::Login | FormKind::LoginPassword | FormKind::TwoFactor);
    // A `<form>` around several of them has one default button for all.
    let is_alone = classification.forms.iter().filter(|other| other.form == form.form).count() == 1;
    if !is_login || !is_alone {
        return None;
    }
    let mut here = snapshot.buttons().iter().filter(|button| button.form == form.form);
    let found = match element(snapshot, form) {
        Some(form) if form.tag == FormTag::Form => {
            let stays = form.method != "dialog" && leads_to(&form.action, origin);
            here.find(|button| button.submit).filter(|button| stays && !goes_elsewhere(button))
        }
        _ => {
            let last = last_field(snapshot, form)?;
            let mut sends = here.filter(|button| says_so(button));
            let only = sends.next().filter(|_| sends.next().is_none());
            only.filter(|button| is_after(button, last))
        }
    };
    found.map(|button| button.text.clone()).filter(|text| !text.is_empty())
}

/// Whether a press of the button that says this may have submitted a form. It does not, as far as anybody can tell, if another one does it and this one is called otherwise: "Show",
/// "Cancel", "Accept all".
#[must_use]
pub fn may_submit(snapshot: &FormSnapshot, form: &ClassifiedForm, pressed: &str) -> bool {
    let last = last_field(snapshot, form).unwrap_or_default();
    let is_form = element(snapshot, form).is_some();
    // Without a form those of the whole document are here: what stands before the fields is for something else.
    let is_here = |button: &&Button| button.form == form.form && (is_form || is_after(button, last));
    let here: Vec<&Button> = snapshot.buttons().iter().filter(is_here).collect();
    let default = here.iter().find(|button| is_form && button.submit);
    let sends = |button: &&&Button| default == Some(*button) || says(button, &SENDS);
    let mut sending = here.iter().filter(sends).peekable();
    sending.peek().is_none() || sending.any(|button| button.text == pressed)
}

/// What a button says that sends a login, or a password for one.
const SENDS: [FormConcept; 6] = [
    FormConcept::LogIn,
    FormConcept::SignUp,
    FormConcept::ChangePassword,
    FormConcept::TwoFactor,
    FormConcept::Continue,
    FormConcept::Checkout,
];

fn element<'a>(snapshot: &'a FormSnapshot, form: &ClassifiedForm) -> Option<&'a Form> {
    form.form.and_then(|index| snapshot.forms().get(usize::try_from(index).ok()?))
}

fn last_field(snapshot: &FormSnapshot, form: &ClassifiedForm) -> Option<usize> {
    snapshot.fields().iter().rposition(|field| field.visible && field.form == form.form)
}

fn is_after(button: &Button, field: usize) -> bool {
    usize::try_from(button.after).is_ok_and(|after| after > field)
}

fn leads_to(action: &str, origin: &str) -> bool {
    action.strip_prefix(origin).is_some_and(|path| path.starts_with('/'))
}

fn says_so(button: &Button) -> bool {
    says(button, &[FormConcept::LogIn, FormConcept::TwoFactor, FormConcept::Continue]) && !goes_elsewhere(button)
}

fn goes_elsewhere(button: &Button) -> bool {
    let others = [FormConcept::Recover, FormConcept::SendCode, FormConcept::Search, FormConcept::Newsletter];
    says(button, &others) || (says(button, &[FormConcept::SignUp]) && !says(button, &[FormConcept::LogIn]))
}

fn says(button: &Button, concepts: &[FormConcept]) -> bool {
    let hits = form_concepts(&fold(&button.text), false);
    concepts.iter().any(|concept| hits.has_form(*concept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, RawSnapshot, classify};

    const ORIGIN: &str = "https://bank.example";

    fn login(action: &str, buttons: &[(&str, bool)]) -> RawSnapshot {
        let field = |id, kind: &str, name: &str| Field {
            id,
            input_type: kind.into(),
            name: name.into(),
            visible: true,
            form: Some(0),
            ..Field::default()
        };
        let button =
            |(text, submit): &(&str, bool)| Button { text: (*text).into(), form: Some(0), after: 2, submit: *submit };
        RawSnapshot {
            forms: vec![Form { action: action.into(), method: "post".into(), ..Form::default() }],
            fields: vec![field(1, "text", "username"), field(2, "password", "password")],
            buttons: buttons.iter().map(button).collect(),
            ..RawSnapshot::default()
        }
    }

    fn found(raw: RawSnapshot) -> Option<String> {
        let snapshot = FormSnapshot::parse(raw).unwrap();
        let classification = classify(&snapshot);
        submitter(&snapshot, &classification, classification.forms.first().unwrap(), ORIGIN)
    }

    #[test]
    fn a_form_is_submitted_with_its_default_button() {
        let at = format!("{ORIGIN}/in");
        let buttons = [("Show", false), ("Go", true), ("Sign in another way", true)];
        assert_eq!(found(login(&at, &buttons)).as_deref(), Some("Go"));
        assert_eq!(found(login(&at, &[("Sign in", false)])), None, "it is no default button");
        assert_eq!(found(login(&at, &[("Email me a code", true), ("Sign in", true)])), None);
        assert_eq!(found(login(&at, &[])), None);
    }

    #[test]
    fn a_form_that_leads_elsewhere_is_not_submitted() {
        for action in [
            "https://evil.example/in",
            "https://bank.example.evil.example/",
            "http://bank.example/in",
            "",
            "javascript:0",
        ] {
            assert_eq!(found(login(action, &[("Sign in", true)])), None, "{action}");
        }
        let mut dialog = login(&format!("{ORIGIN}/in"), &[("Sign in", true)]);
        dialog.forms[0].method = "dialog".into();
        assert_eq!(found(dialog), None);
    }

    #[test]
    fn a_press_of_another_button_submits_nothing() {
        let pressed = |raw: RawSnapshot, text: &str| {
            let snapshot = FormSnapshot::parse(raw).unwrap();
            let classification = classify(&snapshot);
            may_submit(&snapshot, classification.forms.first().unwrap(), text)
        };
        let buttons = [("Show", false), ("Go", true), ("Cancel", false), ("Sign in another way", true)];
        for (text, may) in
            [("Show", false), ("Go", true), ("Cancel", false), ("Sign in another way", true), ("", false)]
        {
            assert_eq!(pressed(login("", &buttons), text), may, "{text}");
        }
        // Nobody else does it: whatever this one says.
        assert!(pressed(login("", &[("→", false)]), "→"));
        assert!(pressed(login("", &[]), "Accept all"));
        let mut loose = login("", &[("Show", false), ("Sign in", false), ("Accept all", false)]);
        loose.forms.clear();
        loose.fields.iter_mut().for_each(|field| field.form = None);
        loose.buttons.iter_mut().for_each(|button| button.form = None);
        for (text, may) in [("Sign in", true), ("Show", false), ("Accept all", false)] {
            assert_eq!(pressed(loose.clone(), text), may, "{text}");
        }
    }

    #[test]
    fn without_a_form_the_only_button_that_says_so_submits() {
        let loose = |buttons: &[(&str, bool)]| {
            let mut raw = login("", buttons);
            raw.forms.clear();
            raw.fields.iter_mut().for_each(|field| field.form = None);
            raw.buttons.iter_mut().for_each(|button| button.form = None);
            raw
        };
        assert_eq!(found(loose(&[("Show", false), ("Sign in", false)])).as_deref(), Some("Sign in"));
        assert_eq!(found(loose(&[("Anmelden", false), ("Passwort vergessen?", false)])).as_deref(), Some("Anmelden"));
        assert_eq!(found(loose(&[("Sign in", false), ("Sign in with a key", false)])), None);
        assert_eq!(found(loose(&[("Go", false)])), None);
        let mut before = loose(&[("Sign in", false)]);
        before.buttons[0].after = 0;
        assert_eq!(found(before), None, "it stands above, as a link to this page does");
    }

    #[test]
    fn nothing_else_is_submitted() {
        let mut sign_up = login(&format!("{ORIGIN}/in"), &[("Create account", true)]);
        sign_up.fields[1].autocomplete = "new-password".into();
        sign_up.headings = vec!["Create your account".into()];
        assert_eq!(found(sign_up), None);
        // Two logins in one form around the whole page.
        let mut two = login(&format!("{ORIGIN}/in"), &[("Sign in", true), ("Sign in", true)]);
        let mut again = two.fields.clone();
        again.iter_mut().for_each(|field| field.id += 2);
        two.fields.extend(again);
        two.buttons[1].after = 4;
        assert_eq!(found(two), None);
    }
}
