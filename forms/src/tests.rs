//! Whole forms, as the probe would describe them.

use crate::*;

pub(crate) fn field(id: u32, input_type: &str, name: &str, label: &str) -> Field {
    Field {
        id,
        input_type: input_type.into(),
        name: name.into(),
        visible: true,
        form: Some(0),
        texts: FieldTexts { label: label.into(), ..FieldTexts::default() },
        ..Field::default()
    }
}

fn select(id: u32, name: &str, label: &str, options: &[&str]) -> Field {
    let options = options.iter().map(|text| FieldOption { value: (*text).into(), text: (*text).into() }).collect();
    Field { tag: FieldTag::Select, options, ..field(id, "", name, label) }
}

fn snapshot(heading: &str, button: &str, fields: Vec<Field>) -> FormSnapshot {
    let form = Form { action: "https://shop.example/do".into(), heading: heading.into(), ..Form::default() };
    let after = u32::try_from(fields.len()).unwrap();
    let button = Button { text: button.into(), form: Some(0), after, submit: true };
    FormSnapshot::parse(RawSnapshot { forms: vec![form], fields, buttons: vec![button], ..RawSnapshot::default() })
        .unwrap()
}

fn types(snapshot: &FormSnapshot) -> (FormKind, Vec<FieldType>) {
    let classification = classify(snapshot);
    let form = &classification.forms[0];
    (form.kind, form.fields.iter().map(|field| field.field_type).collect())
}

fn decided(heading: &str, button: &str, fields: Vec<Field>) -> (FormKind, Vec<FieldType>) {
    types(&snapshot(heading, button, fields))
}

#[test]
fn a_login() {
    use FieldType::*;
    let fields = vec![
        field(1, "email", "email", "E-mail"),
        field(2, "password", "pw", "Password"),
        field(3, "checkbox", "keep", "Remember me"),
    ];
    assert_eq!(decided("Welcome back", "Sign in", fields), (FormKind::Login, vec![Email, CurrentPassword, None]));
}

#[test]
fn a_login_that_says_nothing_about_its_first_field() {
    use FieldType::*;
    let fields = vec![field(1, "text", "f1", ""), field(2, "password", "f2", "")];
    assert_eq!(decided("", "Go", fields), (FormKind::Login, vec![Username, CurrentPassword]));
}

#[test]
fn a_login_in_two_steps() {
    use FieldType::*;
    let first = vec![field(1, "text", "identifier", "Email or phone")];
    let (kind, found) = decided("Sign in", "Next", first);
    assert_eq!(kind, FormKind::LoginUsername);
    assert!(found[0].is_login_id());
    let second = vec![field(1, "password", "pw", "Enter your password")];
    assert_eq!(decided("Welcome", "Sign in", second), (FormKind::LoginPassword, vec![CurrentPassword]));
}

#[test]
fn a_sign_up() {
    use FieldType::*;
    let fields = vec![
        field(1, "text", "fname", "Vorname"),
        field(2, "text", "lname", "Nachname"),
        field(3, "email", "mail", "E-Mail-Adresse"),
        field(4, "password", "pw1", "Passwort"),
        field(5, "password", "pw2", "Passwort wiederholen"),
    ];
    let (kind, found) = decided("Konto erstellen", "Registrieren", fields);
    assert_eq!((kind, found), (FormKind::SignUp, vec![GivenName, FamilyName, Email, NewPassword, NewPassword]));
}

#[test]
fn a_change_of_password() {
    use FieldType::*;
    let fields = vec![
        field(1, "password", "a", "Current password"),
        field(2, "password", "b", "New password"),
        field(3, "password", "c", "Confirm new password"),
    ];
    let snapshot = snapshot("Change password", "Save", fields);
    let classification = classify(&snapshot);
    let form = &classification.forms[0];
    assert_eq!(form.kind, FormKind::ChangePassword);
    assert_eq!(
        form.fields.iter().map(|field| field.field_type).collect::<Vec<_>>(),
        [CurrentPassword, NewPassword, NewPassword]
    );
    assert_eq!(form.fields[2].repeats, Some(FieldId(2)));
    let plan = FillPlan::for_form(&snapshot, form, &Offer::login());
    assert_eq!(
        plan.steps.iter().map(|step| step.field).collect::<Vec<_>>(),
        [FieldId(1)],
        "the present password never goes where a new one is asked for"
    );
}

#[test]
fn a_second_factor_in_one_box_and_in_six() {
    use FieldType::*;
    let one = vec![Field {
        max_length: Some(6),
        input_mode: "numeric".into(),
        ..field(1, "text", "code", "Authentication code")
    }];
    assert_eq!(decided("Two-factor authentication", "Verify", one), (FormKind::TwoFactor, vec![OneTimeCode]));
    let six = (1..=6).map(|id| Field { max_length: Some(1), ..field(id, "tel", "", "") }).collect();
    let snapshot = snapshot("Enter the code we sent you", "Verify", six);
    let classification = classify(&snapshot);
    let form = &classification.forms[0];
    assert!(form.fields.iter().all(|field| field.field_type == OneTimeCode));
    assert_eq!(form.fields[5].part, Some(Part { index: 5, count: 6 }));
    let plan = FillPlan::for_form(&snapshot, form, &Offer::code());
    assert_eq!(plan.steps[4].format, Format::Slice { start: 4, length: Some(1), of: Some(6) });
    assert_eq!(plan.steps[5].format, Format::Slice { start: 5, length: std::option::Option::None, of: Some(6) });
}

#[test]
fn a_code_in_two_halves() {
    let half = |id, name| Field { max_length: Some(3), input_mode: "numeric".into(), ..field(id, "text", name, "") };
    let snapshot = snapshot("Enter the verification code", "Verify", vec![half(1, "code-a"), half(2, "code-b")]);
    let classification = classify(&snapshot);
    let plan = FillPlan::for_form(&snapshot, &classification.forms[0], &Offer::code());
    let formats: Vec<&Format> = plan.steps.iter().map(|step| &step.format).collect();
    assert_eq!(
        formats,
        [
            &Format::Slice { start: 0, length: Some(3), of: Some(6) },
            &Format::Slice { start: 3, length: None, of: Some(6) }
        ]
    );
}

#[test]
fn a_first_box_that_takes_the_whole_code_is_one_of_the_row() {
    let of_box = |id: u32| Field {
        max_length: Some(if id == 1 { 6 } else { 1 }),
        input_mode: "numeric".into(),
        ..field(id, "text", "", &format!("Digit {id}"))
    };
    let mut boxes: Vec<Field> = (1..=6).map(of_box).collect();
    let whole = |boxes| {
        let found = classify(&snapshot("Check your mail", "Verify", boxes));
        let parts: Vec<_> = found.forms[0].fields.iter().map(|field| (field.field_type, field.part)).collect();
        let expected = |index| (FieldType::OneTimeCode, Some(Part { index, count: 6 }));
        assert_eq!(parts, (0..6).map(expected).collect::<Vec<_>>());
    };
    whole(boxes.clone());
    boxes[0].max_length = None;
    whole(boxes);
}

#[test]
fn a_code_in_few_boxes_has_as_many_parts() {
    for (boxes, length) in [(2_u32, 4), (2, 3), (3, 2), (3, 3)] {
        let of_box = |id: u32| Field {
            max_length: Some(length),
            input_mode: "numeric".into(),
            ..field(id, "text", &format!("c{id}"), "")
        };
        let found = classify(&snapshot("Enter the code that we sent you", "Verify", (1..=boxes).map(of_box).collect()));
        let parts: Vec<_> = found.forms[0].fields.iter().map(|field| (field.field_type, field.part)).collect();
        let expected = |index| (FieldType::OneTimeCode, Some(Part { index, count: boxes }));
        assert_eq!(parts, (0..boxes).map(expected).collect::<Vec<_>>(), "{boxes} of {length}");
    }
}

#[test]
fn the_key_of_a_network_is_no_password() {
    use FieldType::*;
    let fields = vec![
        field(1, "text", "ssid", "Network name (SSID)"),
        field(2, "password", "psk", "Wi-Fi password"),
        field(3, "password", "admin", "Create admin password"),
        field(4, "password", "admin2", "Repeat admin password"),
    ];
    assert_eq!(decided("", "Next", fields).1, [None, None, NewPassword, NewPassword]);
}

#[test]
fn what_begins_with_a_word_for_searching_is_no_name() {
    use FieldType::*;
    assert_eq!(decided("", "Go", vec![field(1, "text", "f", "Search by user name")]).1, [Search]);
    assert_eq!(decided("Sign in", "Next", vec![field(1, "text", "f", "User name")]).1, [Username]);
}

#[test]
fn a_login_that_keeps_browsers_from_filling_is_one() {
    use FieldType::*;
    let login = |heading: &str, button: &str| {
        let secret = Field { autocomplete: "new-password".into(), ..field(2, "password", "pw", "Password") };
        decided(heading, button, vec![field(1, "text", "u", "User name"), secret])
    };
    assert_eq!(login("Sign in", "Sign in"), (FormKind::Login, vec![Username, CurrentPassword]));
    assert_eq!(login("Create your account", "Sign up"), (FormKind::SignUp, vec![Username, NewPassword]));
}

#[test]
fn a_name_between_a_cards_fields_is_the_holders() {
    use FieldType::*;
    let fields = vec![
        field(1, "email", "mail", "Email"),
        field(2, "text", "pan", "Card number"),
        field(3, "text", "n", "Name"),
        field(4, "text", "cvv", "CVV"),
    ];
    assert_eq!(decided("", "Pay", fields).1, [Email, CcNumber, CcName, CcCsc]);
}

#[test]
fn two_codes_in_boxes() {
    let one = |id| Field { max_length: Some(1), ..field(id, "tel", "", "") };
    let mut fields: Vec<Field> = (1..=4).map(one).collect();
    fields.push(select(5, "lang", "Language", &["English", "Deutsch"]));
    fields.extend((6..=9).map(one));
    let snapshot = snapshot("Enter both codes", "Verify", fields);
    let classification = classify(&snapshot);
    let plan = FillPlan::for_form(&snapshot, &classification.forms[0], &Offer::code());
    let starts: Vec<u32> =
        plan.steps.iter().map(|step| if let Format::Slice { start, .. } = step.format { start } else { 99 }).collect();
    assert_eq!(starts, [0, 1, 2, 3, 0, 1, 2, 3]);
    let fields = |begun| {
        let one = plan.clone().with_one_code(FieldId(begun));
        one.steps.iter().map(|step| step.field.0).collect::<Vec<_>>()
    };
    assert_eq!(fields(3), [1, 2, 3, 4]);
    assert_eq!(fields(8), [6, 7, 8, 9]);
    assert_eq!(fields(5), [1, 2, 3, 4], "begun in no box of either");
}

#[test]
fn an_item_has_one_code_of_several() {
    let code =
        |id, name, label| Field { max_length: Some(6), input_mode: "numeric".into(), ..field(id, "text", name, label) };
    let fields = vec![
        code(1, "emailCode", "Email verification code"),
        code(2, "mobileCode", "Phone verification code"),
        code(3, "gaCode", "Authenticator code"),
    ];
    let snapshot = snapshot("Security verification", "Submit", fields);
    let classification = classify(&snapshot);
    let plan = FillPlan::for_form(&snapshot, &classification.forms[0], &Offer::code());
    assert_eq!(plan.steps.len(), 3);
    let plan = plan.with_one_code(FieldId(3));
    assert_eq!(plan.steps.iter().map(|step| step.field).collect::<Vec<_>>(), [FieldId(3)]);
}

#[test]
fn a_card() {
    use FieldType::*;
    let months = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"];
    let fields = vec![
        field(1, "text", "holder", "Name on card"),
        field(2, "tel", "number", "Card number"),
        select(3, "mm", "Expiry date", &months),
        select(4, "yy", "", &["2026", "2027", "2028", "2029", "2030", "2031"]),
        Field { max_length: Some(4), ..field(5, "tel", "cvv", "Security code") },
        field(6, "text", "promo", "Gift card or promo code"),
    ];
    let snapshot = snapshot("Payment", "Pay now", fields);
    let classification = classify(&snapshot);
    let form = &classification.forms[0];
    assert_eq!(form.kind, FormKind::Checkout);
    assert_eq!(
        form.fields.iter().map(|field| field.field_type).collect::<Vec<_>>(),
        [CcName, CcNumber, CcExpMonth, CcExpYear, CcCsc, None]
    );
    let plan = FillPlan::for_form(&snapshot, form, &Offer::card());
    assert_eq!(plan.steps.len(), 5);
    assert_eq!(plan.steps[0].signature.action.as_deref(), Some("https://shop.example/do"));
}

#[test]
fn what_is_not_visible_or_not_writable_is_not_planned() {
    let hidden = Field { visible: false, ..field(1, "text", "username", "User name") };
    let read_only = Field { read_only: true, ..field(2, "text", "username", "User name") };
    let disabled = Field { disabled: true, ..field(3, "password", "password", "Password") };
    let snapshot = snapshot("Sign in", "Sign in", vec![hidden, read_only, disabled]);
    let classification = classify(&snapshot);
    assert!(FillPlan::for_form(&snapshot, &classification.forms[0], &Offer::login()).is_empty());
}

#[test]
fn a_search_box_is_never_offered_anything() {
    let snapshot = snapshot("", "Search", vec![field(1, "text", "q", "")]);
    let classification = classify(&snapshot);
    assert_eq!(classification.forms[0].fields[0].field_type, FieldType::Search);
    assert_eq!(classification.forms[0].kind, FormKind::Search);
    assert!(FillPlan::for_form(&snapshot, &classification.forms[0], &Offer::login()).is_empty());
}

#[test]
fn parts_of_names_and_birthdays_are_told_by_their_order() {
    use FieldType::*;
    let short = |id, name: &str, length| Field { max_length: Some(length), ..field(id, "text", name, "") };
    let mut year = short(3, "by", 4);
    year.texts.label = "Date de naissance".into();
    let fields = vec![
        field(1, "text", "nm", "Nom"),
        field(2, "text", "pm", "Prénom"),
        year,
        short(4, "bm", 2),
        short(5, "bd", 2),
        field(6, "password", "pw", "Mot de passe"),
    ];
    let (_, found) = decided("Créer un compte", "Envoyer", fields);
    assert_eq!(found, [FamilyName, GivenName, BdayYear, BdayMonth, BdayDay, NewPassword]);
}

#[test]
fn a_number_after_a_countrys_code_is_national() {
    use FieldType::*;
    let codes = ["+47", "+46", "+45", "+358"];
    let fields = vec![select(1, "cc", "", &codes), field(2, "tel", "gsm", "Phone")];
    assert_eq!(decided("Your details", "Send", fields).1, [TelCountryCode, TelNational]);
}

#[test]
fn secrets_of_other_things_are_no_passwords() {
    use FieldType::*;
    let server = vec![
        field(1, "text", "h", "SMTP host"),
        field(2, "text", "u", "User name"),
        field(3, "password", "p", "Password"),
    ];
    assert_eq!(decided("Outgoing mail", "Save", server).1, [None, None, None]);
    let words = (1..=12).map(|id| field(id, "password", &format!("w{id}"), &format!("Word {id}"))).collect();
    assert_eq!(decided("Restore", "Import", words).1, [None; 12]);
    let login =
        vec![field(1, "text", "s", "Host"), field(2, "text", "u", "User name"), field(3, "password", "p", "Password")];
    assert_eq!(decided("Log in", "Log in", login).1, [None, Username, CurrentPassword]);
}

#[test]
fn an_example_of_a_date_is_read_in_any_language() {
    use FieldType::*;
    let card = |example: &str| {
        let mut expiry = field(2, "text", "x", "");
        expiry.texts.placeholder = example.into();
        vec![field(1, "text", "n", "Card number"), expiry, field(3, "text", "c", "CVC")]
    };
    for (example, found) in [("HH/ÉÉ", CcExp), ("12 / 29", CcExp), ("DD/MM/YYYY", None), ("Ab/Cd", None)] {
        assert_eq!(decided("Pay", "Pay", card(example)).1, [CcNumber, found, CcCsc], "{example}");
    }
}

#[test]
fn a_revealed_password_and_one_for_once() {
    use FieldType::*;
    let fields = vec![
        field(1, "password", "cur", "Current"),
        field(2, "text", "nxt", "New"),
        field(3, "text", "again", "Confirm"),
    ];
    assert_eq!(decided("Change password", "Save", fields).1, [CurrentPassword, NewPassword, NewPassword]);
    let sent = Field { max_length: Some(6), ..field(1, "password", "password", "SMS code") };
    assert_eq!(decided("", "OK", vec![sent]).1, [OneTimeCode]);
}

#[test]
fn labels_may_stand_after_their_fields() {
    use FieldType::*;
    let boxes = ["plate", "cardno", "valid", "cvv"].into_iter().zip(["", "Registration", "Card number", "Expiry date"]);
    let fields = boxes.zip(1..).map(|((name, before), id)| Field {
        texts: FieldTexts { before: before.into(), ..FieldTexts::default() },
        ..field(id, "text", name, "")
    });
    assert_eq!(decided("Toll", "Pay", fields.collect()).1, [None, CcNumber, CcExp, CcCsc]);
}

/// What every field of a form gets of a card.
#[test]
fn columns_of_addresses_are_named_by_their_rows() {
    use FieldType::*;
    let cell = |id: u32, heading: &str, before: &str| {
        let mut cell = field(id, "text", &format!("c{id}"), "");
        cell.texts.heading = heading.into();
        cell.texts.before = before.into();
        cell
    };
    let row = |id: u32, name: &str| [cell(id, "Old address", name), cell(id + 1, "New address", "")];
    let fields = [row(1, "Town"), row(3, "Postcode")].concat();
    let found = decided("Move", "Next", fields).1;
    assert_eq!(found, [AddressLevel2, AddressLevel2, PostalCode, PostalCode]);
}

#[test]
fn readings_stand_between_no_parts_of_a_name() {
    use FieldType::*;
    let inside = |id: u32, text: &str, before: &str| {
        let mut part = field(id, "text", &format!("n{id}"), "");
        part.texts.placeholder = text.into();
        part.texts.before = before.into();
        part
    };
    let fields =
        vec![inside(1, "姓", "氏名 必須"), inside(2, "名", ""), inside(3, "セイ", "カナ 必須"), inside(4, "メイ", "")];
    assert_eq!(decided("会員登録", "確認", fields).1, [FamilyName, GivenName, None, None]);
}

#[test]
fn of_two_lists_for_an_expiry_one_is_the_month() {
    use FieldType::*;
    let fields = vec![
        field(1, "text", "n", "Número de tarjeta"),
        select(2, "vm", "Vence", &["01", "02", "03"]),
        select(3, "va", "", &["27", "28", "29"]),
        field(4, "text", "cv", "CVV"),
    ];
    assert_eq!(decided("Pago", "Pagar", fields).1, [CcNumber, CcExpMonth, CcExpYear, CcCsc]);
}

fn written_of_a_card(snapshot: &FormSnapshot) -> Vec<(u32, String)> {
    let plan = FillPlan::for_form(snapshot, &classify(snapshot).forms[0], &Offer::card());
    let value = |step: &FillStep| match step.value {
        ItemValue::CardNumber | ItemValue::CardType => "378282246310005",
        ItemValue::CardExpiry => "2031-04",
        ItemValue::CardSecurityCode => "1234",
        _ => "JANE ROE",
    };
    let text = |written| match written {
        Written::Text(text) => text.to_string(),
        Written::Choice(option) => format!("#{option}"),
        other => format!("{other:?}"),
    };
    plan.steps.iter().filter_map(|step| Some((step.field.0, text(plan.write(step, value(step)).ok()?)))).collect()
}

fn expect_written(fields: Vec<Field>, expected: &[(u32, &str)]) {
    let found = written_of_a_card(&snapshot("Zahlung", "Bezahlen", fields));
    let found: Vec<(u32, &str)> = found.iter().map(|(field, text)| (*field, text.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_card_with_month_names_and_radio_buttons() {
    let months = "Monat Januar Februar März April Mai Juni Juli August September Oktober November Dezember";
    let months: Vec<&str> = months.split(' ').collect();
    let brands = ["Visa", "Mastercard", "American Express"];
    let mut fields: Vec<Field> = (1..).zip(brands).map(|(id, brand)| field(id, "radio", "kartentyp", brand)).collect();
    let mut number = field(4, "tel", "nummer", "Kartennummer");
    number.texts.placeholder = "1234 5678 9012 3456".into();
    let mut first_name = field(8, "text", "vorname", "Vorname des Karteninhabers");
    first_name.max_length = Some(30);
    fields.extend([
        number,
        select(5, "monat", "Gültig bis", &months),
        select(6, "jahr", "", &["Jahr", "2029", "2030", "2031", "2032"]),
        Field { max_length: Some(4), ..field(7, "tel", "cvc", "Prüfnummer") },
        first_name,
        field(9, "text", "nachname", "Nachname des Karteninhabers"),
    ]);
    expect_written(
        fields,
        &[(3, "Tick"), (4, "3782 822463 10005"), (5, "#4"), (6, "#3"), (7, "1234"), (8, "JANE"), (9, "ROE")],
    );
}

#[test]
fn a_card_whose_fields_hold_too_little_of_it() {
    let mut expiry = field(2, "text", "exp", "Expiry date");
    expiry.texts.placeholder = "MM / YYYY".into();
    expiry.max_length = Some(5);
    let fields = vec![
        field(1, "tel", "ccnumber", "Card number"),
        expiry,
        Field { max_length: Some(3), ..field(3, "tel", "cvv", "Security code") },
    ];
    expect_written(fields, &[(1, "378282246310005"), (2, "04/31")]);
}
