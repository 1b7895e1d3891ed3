//! Where the present password goes, and above all where it does not.

use crate::*;

/// What a page may say about a box, true or not.
const CLAIMS: [&str; 4] = ["", "current-password", "new-password", "off"];

fn input(id: u32, input_type: &str, label: &str, autocomplete: &str) -> Field {
    Field {
        id,
        input_type: input_type.into(),
        autocomplete: autocomplete.into(),
        visible: true,
        form: Some(0),
        texts: FieldTexts { label: label.into(), ..FieldTexts::default() },
        ..Field::default()
    }
}

fn form(heading: &str, button: &str, fields: Vec<Field>) -> FormSnapshot {
    let form = Form { heading: heading.into(), ..Form::default() };
    let after = u32::try_from(fields.len()).unwrap();
    let button = Button { text: button.into(), form: Some(0), after, submit: true };
    FormSnapshot::parse(RawSnapshot { forms: vec![form], fields, buttons: vec![button], ..RawSnapshot::default() })
        .unwrap()
}

/// The boxes that get a value, by what it is.
fn filled(snapshot: &FormSnapshot, wanted: ItemValue) -> Vec<u32> {
    let classification = classify(snapshot);
    let plan = FillPlan::for_form(snapshot, &classification.forms[0], &Offer::login());
    plan.steps.iter().filter(|step| step.value == wanted).map(|step| step.field.0).collect()
}

/// Some numbers have three digits more than four groups of four: the last box has room for them.
#[test]
fn the_last_box_of_a_cards_number_may_be_longer() {
    let part = |id: u32, most: u32| Field {
        name: format!("CARD_NUMBER{id}"),
        max_length: Some(most),
        ..input(id, "text", if id == 1 { "Card number" } else { "" }, "")
    };
    let code = Field { max_length: Some(3), ..input(5, "text", "Security code (CVV)", "") };
    let snapshot = form("Pay by card", "Pay", vec![part(1, 4), part(2, 4), part(3, 4), part(4, 7), code]);
    let plan = FillPlan::for_form(&snapshot, &classify(&snapshot).forms[0], &Offer::of(&[ItemValue::CardNumber]));
    let written = |number: &str| -> Vec<String> {
        let texts = plan.steps.iter().map(|step| plan.write(step, number));
        texts.map(|text| if let Ok(Written::Text(text)) = text { text.to_string() } else { String::new() }).collect()
    };
    assert_eq!(written("4111111111111111"), ["4111", "1111", "1111", "1111"]);
    assert_eq!(written("6304000000000000000"), ["6304", "0000", "0000", "0000000"]);
}

fn kind(snapshot: &FormSnapshot) -> FormKind {
    classify(snapshot).forms[0].kind
}

#[test]
fn a_sign_up_gets_a_user_name_and_no_password_whatever_it_calls_its_boxes() {
    let labels = [
        ("Password", "Confirm password"),
        ("Passwort", "Passwort wiederholen"),
        ("Choose a password", "Type it again"),
        ("Mot de passe", "Confirmez le mot de passe"),
        ("密码", "确认密码"),
    ];
    for (first, second) in labels {
        for one in CLAIMS {
            for other in CLAIMS {
                let fields = vec![
                    input(1, "email", "E-mail", "email"),
                    input(2, "password", first, one),
                    input(3, "password", second, other),
                ];
                let snapshot = form("Create your account", "Sign up", fields);
                let none: [u32; 0] = [];
                assert_eq!(filled(&snapshot, ItemValue::Password), none, "{first} ({one}), {second} ({other})");
                if kind(&snapshot) == FormKind::SignUp {
                    assert_eq!(filled(&snapshot, ItemValue::Username), [1]);
                }
            }
        }
    }
}

/// Boxes without labels, as single-page applications write them, in a form whose words say nothing.
#[test]
fn a_repeated_box_is_known_by_its_name_alone() {
    for (first, second) in [("password", "password2"), ("pwd", "pwd_confirm"), ("pass", "repeatPass")] {
        for one in CLAIMS {
            for other in CLAIMS {
                let named = |id, name: &str, claim| Field { name: name.into(), ..input(id, "password", "", claim) };
                let fields = vec![input(1, "email", "E-mail", "email"), named(2, first, one), named(3, second, other)];
                for (heading, button) in [("Welcome", "Continue"), ("Join us", "Create account")] {
                    let found = filled(&form(heading, button, fields.clone()), ItemValue::Password);
                    assert!(found.is_empty(), "{heading}: {first} ({one}), {second} ({other}): {found:?}");
                }
            }
        }
    }
}

#[test]
fn a_sign_up_that_is_honest_is_one() {
    let fields = vec![
        input(1, "text", "User name", "username"),
        input(2, "email", "E-mail", "email"),
        input(3, "password", "Password", "new-password"),
    ];
    let snapshot = form("Create your account", "Sign up", fields);
    assert_eq!(kind(&snapshot), FormKind::SignUp);
    assert_eq!(filled(&snapshot, ItemValue::Username), [1]);
    assert_eq!(filled(&snapshot, ItemValue::Email), [2], "a user name that is no address does not go there");
    assert!(filled(&snapshot, ItemValue::Password).is_empty());
}

#[test]
fn a_change_of_password_gets_the_present_one_in_the_first_box_or_nowhere() {
    let labels = [
        ["Current password", "New password", "Confirm new password"],
        ["Altes Passwort", "Neues Passwort", "Neues Passwort wiederholen"],
        ["Password", "New password", "Repeat password"],
    ];
    let mut honest = 0;
    for [first, second, third] in labels {
        for one in CLAIMS {
            for two in CLAIMS {
                for three in CLAIMS {
                    let fields = vec![
                        input(1, "password", first, one),
                        input(2, "password", second, two),
                        input(3, "password", third, three),
                    ];
                    let found = filled(&form("Change your password", "Save", fields), ItemValue::Password);
                    let lies = one == "new-password" || [two, three].contains(&"current-password");
                    assert!(found == [1] || (lies && found.is_empty()), "{first}: {one}, {two}, {three}: {found:?}");
                    honest += usize::from(!lies);
                }
            }
        }
    }
    assert_eq!(honest, 3 * 3 * 9);
}

#[test]
fn the_present_password_that_is_asked_for_last_is_given_there() {
    let fields = vec![
        input(1, "password", "New password", ""),
        input(2, "password", "New password again", ""),
        input(3, "password", "Your current password", ""),
    ];
    assert_eq!(filled(&form("Change your password", "Save", fields), ItemValue::Password), [3]);
}

#[test]
fn a_reset_gets_nothing() {
    for (one, other) in [("new-password", "new-password"), ("", "current-password"), ("", "")] {
        let fields = vec![input(1, "password", "New password", one), input(2, "password", "Confirm password", other)];
        let snapshot = form("Reset your password", "Save", fields);
        assert!(filled(&snapshot, ItemValue::Password).is_empty(), "{one}, {other}");
    }
}

#[test]
fn boxes_that_contradict_each_other_get_nothing() {
    let fields = vec![
        input(1, "email", "E-mail", ""),
        input(2, "password", "", "current-password"),
        input(3, "password", "", "current-password"),
    ];
    assert!(filled(&form("", "Go", fields), ItemValue::Password).is_empty());
}

#[test]
fn a_login_gets_its_password_beside_a_pin_and_when_it_asks_again() {
    let fields = vec![
        input(1, "text", "User name", "username"),
        input(2, "password", "Password", "current-password"),
        input(3, "password", "Card PIN", "off"),
    ];
    assert_eq!(filled(&form("Sign in", "Sign in", fields), ItemValue::Password), [2]);
    let again = vec![input(1, "password", "Confirm your password", "current-password")];
    assert_eq!(filled(&form("Confirm it is you", "Continue", again), ItemValue::Password), [1]);
}
