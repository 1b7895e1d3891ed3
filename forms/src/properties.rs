//! What holds for every snapshot, however odd.

use crate::*;
use proptest::collection::vec;
use proptest::prelude::*;

/// Words that make fields interesting, and text that makes them odd.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "",
        "email",
        "E-Mail-Adresse",
        "user",
        "login",
        "Passwort",
        "new",
        "current",
        "confirm",
        "Card number",
        "cvv",
        "expiry",
        "MM/YY",
        "code",
        "otp",
        "first name",
        "Straße",
        "zip",
        "search",
        "captcha",
        "gift card",
        "密码",
        "验证码",
        "パスワード",
        "비밀번호",
        "رقم البطاقة",
        "סיסמה",
        "รหัสผ่าน",
        "phone",
        "2fa",
        "user[email]",
        "ctl00$Main$txtPwd",
        "cc-exp-month",
        "name",
        "birthday",
        "country",
    ]);
    let odd = "\\PC{0,24}";
    prop_oneof![4 => words.prop_map(str::to_owned), 1 => odd]
}

fn short() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.chars().take(30).collect())
}

fn field(forms: u32) -> impl Strategy<Value = Field> {
    let types = prop::sample::select(vec![
        "text", "password", "email", "tel", "number", "search", "checkbox", "radio", "date", "month", "url", "",
    ]);
    let tags = prop::sample::select(vec![
        FieldTag::Input,
        FieldTag::Input,
        FieldTag::Input,
        FieldTag::Select,
        FieldTag::Textarea,
        FieldTag::Editable,
        FieldTag::Aria,
    ]);
    let autocomplete = prop::sample::select(vec![
        "",
        "",
        "off",
        "username",
        "current-password",
        "new-password",
        "one-time-code",
        "cc-number",
        "section-a billing cc-exp",
        "webauthn",
        "nonsense",
    ]);
    let state = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let limits = (prop::option::of(0_u32..30), prop::option::of(0..forms.max(1)));
    let texts = (text(), text(), text());
    let options = vec((short(), short()), 0..14);
    (types, tags, autocomplete, (short(), short()), texts, state, limits, options).prop_map(
        move |(
            input_type,
            tag,
            autocomplete,
            (name, html_id),
            (label, placeholder, before),
            (visible, writable, enabled, has_value),
            (max_length, form),
            options,
        )| Field {
            input_type: input_type.into(),
            tag,
            autocomplete: autocomplete.into(),
            name,
            html_id,
            texts: FieldTexts { label, placeholder, before, ..FieldTexts::default() },
            visible,
            read_only: !writable && !enabled,
            disabled: !enabled && writable,
            has_value,
            max_length,
            form: form.filter(|_| forms > 0),
            options: options.into_iter().map(|(value, text)| FieldOption { value, text }).collect(),
            ..Field::default()
        },
    )
}

fn snapshot() -> impl Strategy<Value = FormSnapshot> {
    let form = (text(), short(), text()).prop_map(|(heading, html_id, text)| Form {
        heading,
        html_id,
        text,
        ..Form::default()
    });
    vec(form, 0..4).prop_flat_map(|forms| {
        let count = u32::try_from(forms.len()).unwrap();
        let button = (text(), prop::option::of(0..count.max(1)), 0_u32..5, any::<bool>());
        (Just(forms), vec(field(count), 0..24), vec(button, 0..5)).prop_map(move |(forms, fields, buttons)| {
            let fields: Vec<Field> = fields.into_iter().zip(1_u32..).map(|(field, id)| Field { id, ..field }).collect();
            let last = u32::try_from(fields.len()).unwrap();
            let buttons = buttons
                .into_iter()
                .map(|(text, form, after, submit)| Button {
                    text,
                    form: form.filter(|_| count > 0),
                    after: after.min(last),
                    submit,
                })
                .collect();
            FormSnapshot::parse(RawSnapshot { forms, fields, buttons, ..RawSnapshot::default() }).unwrap()
        })
    })
}

/// All that an item can have.
pub(crate) fn everything() -> Offer {
    use ItemValue::*;
    Offer::of(&[
        Username,
        Email,
        Password,
        NewPassword,
        OneTimeCode,
        CardNumber,
        CardholderName,
        CardExpiry,
        CardSecurityCode,
        CardType,
        Identity,
    ])
}

/// What a user may say of a snapshot's fields, by their places.
fn said() -> impl Strategy<Value = Vec<(usize, FieldType)>> {
    vec((0..24_usize, prop::sample::select(FieldType::ALL.to_vec())), 0..8)
}

fn corrections(snapshot: &FormSnapshot, said: &[(usize, FieldType)]) -> Vec<Correction> {
    let all = FieldIdentity::all(snapshot);
    let of = |(place, said): &(usize, FieldType)| Some(Correction::new(all.get(*place)?.1.clone(), *said));
    said.iter().filter_map(of).collect()
}

/// The same page as it is loaded another time: what frameworks draw is drawn anew, and the user has shown the passwords and typed.
fn reloaded(snapshot: &FormSnapshot) -> FormSnapshot {
    let redrawn = |text: &str| -> String {
        let draw = |letter: char| letter.to_digit(10).and_then(|digit| char::from_digit((digit + 3) % 10, 10));
        text.chars().map(|letter| draw(letter).filter(|_| letter.is_ascii_digit()).unwrap_or(letter)).collect()
    };
    let again = |field: &Field| Field {
        id: field.id + 1000,
        input_type: if field.input_type == "password" && field.tag == FieldTag::Input {
            "text".into()
        } else {
            field.input_type.clone()
        },
        name: redrawn(&field.name),
        html_id: redrawn(&field.html_id),
        visible: !field.visible,
        has_value: !field.has_value,
        ..field.clone()
    };
    let form = |form: &Form| Form { html_id: redrawn(&form.html_id), text: String::new(), ..form.clone() };
    FormSnapshot::parse(RawSnapshot {
        fields: snapshot.fields().iter().map(again).collect(),
        forms: snapshot.forms().iter().map(form).collect(),
        ..RawSnapshot::default()
    })
    .unwrap()
}

fn identities(snapshot: &FormSnapshot) -> Vec<FieldIdentity> {
    FieldIdentity::all(snapshot).into_iter().map(|(_, identity)| identity).collect()
}

/// With other fields, each in a form by the place that is given or in none, before its own.
fn with_before(snapshot: &FormSnapshot, forms: Vec<Form>, before: impl Iterator<Item = Field>) -> FormSnapshot {
    let before = before.zip(2000..).map(|(field, id)| Field { id, ..field });
    let fields = before.chain(snapshot.fields().iter().cloned()).collect();
    FormSnapshot::parse(RawSnapshot { fields, forms, ..RawSnapshot::default() }).unwrap()
}

proptest! {
    #[test]
    fn a_field_is_known_again_after_a_reload_and_from_every_other(snapshot in snapshot()) {
        let all = identities(&snapshot);
        prop_assert_eq!(&identities(&reloaded(&snapshot)), &all);
        for (place, identity) in all.iter().enumerate() {
            prop_assert!(!all[..place].contains(identity), "{identity:?}");
        }
    }

    #[test]
    fn what_is_said_of_nameless_fields_holds_in_no_other_form(snapshot in snapshot()) {
        let nameless = |field: &Field| Field { name: String::new(), html_id: ":r7:".into(), ..field.clone() };
        let fields = snapshot.fields().iter().map(nameless).collect();
        let raw = RawSnapshot { fields, forms: snapshot.forms().to_vec(), ..RawSnapshot::default() };
        let page = FormSnapshot::parse(raw).unwrap();
        // One field more in each form, and in none.
        let places = (0..u32::try_from(page.forms().len()).unwrap()).map(Some).chain([None]);
        let more = places.map(|form| Field { form, ..Field::default() });
        let other = identities(&with_before(&page, page.forms().to_vec(), more));
        for identity in identities(&page) {
            prop_assert!(!other.contains(&identity), "{identity:?}");
        }
    }

    #[test]
    fn a_new_form_changes_no_field_of_the_others(snapshot in snapshot()) {
        let mut forms = snapshot.forms().to_vec();
        let place = u32::try_from(forms.len()).unwrap();
        forms.push(Form::default());
        let week = Field { form: Some(place), input_type: "week".into(), ..Field::default() };
        let with = identities(&with_before(&snapshot, forms, vec![week; 3].into_iter()));
        prop_assert_eq!(&with[3..], &identities(&snapshot)[..]);
    }

    #[test]
    fn corrections_hold_and_change_nothing_the_second_time(snapshot in snapshot(), said in said()) {
        let corrections = corrections(&snapshot, &said);
        let corrected = apply(&snapshot, &classify(&snapshot), &corrections);
        prop_assert_eq!(&apply(&snapshot, &corrected, &corrections), &corrected);
        for (id, identity) in FieldIdentity::all(&snapshot) {
            if let Some(correction) = corrections.iter().find(|correction| correction.field == identity) {
                prop_assert_eq!(corrected.field(id).unwrap().1.field_type, correction.said);
            }
        }
    }

    #[test]
    fn correcting_to_what_it_is_already_changes_nothing(snapshot in snapshot()) {
        let guess = classify(&snapshot);
        let alike = |(id, field): (FieldId, FieldIdentity)| {
            Correction::new(field, guess.field(id).unwrap().1.field_type)
        };
        let corrections: Vec<Correction> = FieldIdentity::all(&snapshot).into_iter().map(alike).collect();
        prop_assert_eq!(apply(&snapshot, &guess, &corrections), guess);
    }

    #[test]
    fn what_is_safe_stays_so_whatever_is_said(snapshot in snapshot(), said in said()) {
        let corrected = apply(&snapshot, &classify(&snapshot), &corrections(&snapshot, &said));
        for form in &corrected.forms {
            let plan = FillPlan::for_form(&snapshot, form, &everything());
            for step in &plan.steps {
                prop_assert!(snapshot.field(step.field).unwrap().is_fillable());
                prop_assert!(!matches!(step.field_type, FieldType::None | FieldType::Search));
                prop_assert!((step.value == ItemValue::Password) == (step.field_type == FieldType::CurrentPassword));
            }
            let boxes = plan.steps.iter().filter(|step| step.value == ItemValue::Password).count();
            prop_assert!(boxes <= usize::from(form.kind != FormKind::SignUp), "{:?}", form.kind);
            for field in &form.fields {
                prop_assert!(field.part.is_none_or(|part| part.index < part.count && part.count > 1));
                let repeated = field.repeats.and_then(|id| form.fields.iter().find(|other| other.id == id));
                prop_assert!(field.repeats.is_none() || repeated.is_some_and(|other| other.field_type == field.field_type));
            }
        }
    }

    #[test]
    fn every_field_is_classified_once_and_always_alike(snapshot in snapshot()) {
        let classification = classify(&snapshot);
        prop_assert_eq!(&classification, &classify(&snapshot));
        let mut ids: Vec<FieldId> = classification.forms.iter().flat_map(|form| form.fields.iter().map(|field| field.id)).collect();
        ids.sort_unstable();
        let expected: Vec<FieldId> = snapshot.fields().iter().map(Field::field_id).collect();
        prop_assert_eq!(ids, expected);
        for form in &classification.forms {
            prop_assert!(form.fields.iter().all(|field| (0.0..=1.0).contains(&field.confidence.get())));
            prop_assert!((0.0..=1.0).contains(&form.confidence.get()));
        }
    }

    #[test]
    fn plans_touch_only_what_a_user_could_fill(snapshot in snapshot()) {
        for form in &classify(&snapshot).forms {
            let plan = FillPlan::for_form(&snapshot, form, &everything());
            for step in &plan.steps {
                let field = snapshot.field(step.field).unwrap();
                prop_assert!(field.visible && !field.disabled && !field.read_only);
                prop_assert!(!matches!(step.field_type, FieldType::None | FieldType::Search));
                prop_assert_eq!(&step.signature, &FieldSignature::of(field, snapshot.form_of(field)));
            }
        }
    }

    #[test]
    fn secrets_go_only_where_their_kind_is_asked_for(snapshot in snapshot()) {
        for form in &classify(&snapshot).forms {
            for step in FillPlan::for_form(&snapshot, form, &everything()).steps {
                let matching = match step.value {
                    ItemValue::Password => step.field_type == FieldType::CurrentPassword,
                    ItemValue::NewPassword => step.field_type == FieldType::NewPassword,
                    ItemValue::OneTimeCode => step.field_type == FieldType::OneTimeCode,
                    ItemValue::CardNumber => step.field_type == FieldType::CcNumber,
                    ItemValue::CardSecurityCode => step.field_type == FieldType::CcCsc,
                    _ => true,
                };
                prop_assert!(matching, "{step:?}");
            }
        }
    }

    #[test]
    fn at_most_one_box_gets_the_present_password_and_none_of_a_sign_up(snapshot in snapshot()) {
        for form in &classify(&snapshot).forms {
            let plan = FillPlan::for_form(&snapshot, form, &everything());
            let boxes = plan.steps.iter().filter(|step| step.value == ItemValue::Password).count();
            prop_assert!(boxes <= usize::from(form.kind != FormKind::SignUp), "{:?}", form.kind);
        }
    }

    #[test]
    fn parts_and_repetitions_point_inside_the_form(snapshot in snapshot()) {
        for form in &classify(&snapshot).forms {
            for field in &form.fields {
                prop_assert!(field.part.is_none_or(|part| part.index < part.count && part.count > 1));
                if let Some(repeated) = field.repeats {
                    let other = form.fields.iter().find(|other| other.id == repeated);
                    prop_assert!(other.is_some_and(|other| other.field_type == field.field_type && other.id != field.id));
                }
            }
        }
    }

    #[test]
    fn what_hides_its_text_is_never_a_name_or_an_address(snapshot in snapshot()) {
        for form in &classify(&snapshot).forms {
            for classified in &form.fields {
                let field = snapshot.field(classified.id).unwrap();
                if field.tag == FieldTag::Input && field.input_type == "password" {
                    prop_assert!(!classified.field_type.is_identity() && !classified.field_type.is_login_id(), "{:?}", classified.field_type);
                }
            }
        }
    }

    #[test]
    fn snapshots_survive_their_json(snapshot in snapshot()) {
        let raw = RawSnapshot {
            forms: snapshot.forms().to_vec(),
            fields: snapshot.fields().to_vec(),
            buttons: snapshot.buttons().to_vec(),
            ..RawSnapshot::default()
        };
        let again: RawSnapshot = serde_json::from_str(&serde_json::to_string(&raw).unwrap()).unwrap();
        prop_assert_eq!(raw, again);
    }
}

/// As much as a snapshot can hold, of the words that cost most.
#[test]
fn the_largest_snapshot_is_classified() {
    let long = |words: &str, limit: usize| words.chars().cycle().take(limit).collect::<String>();
    let label = || long("confirm new password email card number one time code ", limits::LABEL);
    let fields = (0_u32..256).map(|id| Field {
        id,
        visible: true,
        name: long("userNameEmailCardNumber", limits::IDENTIFIER),
        html_id: long("newPasswordConfirm_", limits::IDENTIFIER),
        options: vec![
            FieldOption { value: long("1", limits::OPTION), text: long("x", limits::OPTION) };
            limits::OPTIONS
        ],
        texts: FieldTexts {
            label: label(),
            placeholder: label(),
            before: label(),
            section: label(),
            ..FieldTexts::default()
        },
        form: Some(0),
        ..Field::default()
    });
    let button = Button { text: label(), form: Some(0), after: 200, submit: true };
    let form = Form { text: long("sign in register ", limits::FORM_TEXT), heading: label(), ..Form::default() };
    let raw = RawSnapshot {
        forms: vec![form],
        fields: fields.collect(),
        buttons: vec![button; limits::BUTTONS],
        ..RawSnapshot::default()
    };
    let classification = classify(&FormSnapshot::parse(raw).unwrap());
    assert_eq!(classification.forms.iter().map(|form| form.fields.len()).sum::<usize>(), limits::FIELDS);
}
