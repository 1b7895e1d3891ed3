//! Forms on which a word of another form, or a message, could be taken for what a field is called.

use crate::FieldType::{self as T, *};
use crate::*;

/// What stands about a field: in its label, as text before it, or in it as a placeholder.
enum Said {
    Label(&'static str),
    Before(&'static str),
    Inside(&'static str),
}

use Said::{Before, Inside, Label};

/// A field of a case: `type`, what is said of it, `maxlength`, and what it should be taken for.
type Case = (&'static str, Said, Option<u32>, FieldType);

fn field(id: u32, (input_type, said, max_length, _): &Case) -> Field {
    let mut texts = FieldTexts::default();
    match said {
        Label(text) => texts.label = (*text).into(),
        Before(text) => texts.before = (*text).into(),
        Inside(text) => texts.placeholder = (*text).into(),
    }
    let tag = if *input_type == "textarea" { FieldTag::Textarea } else { FieldTag::Input };
    let input_type = if tag == FieldTag::Textarea { "" } else { *input_type };
    Field {
        id,
        tag,
        input_type: input_type.into(),
        name: format!("f{id}"),
        max_length: *max_length,
        visible: true,
        form: Some(0),
        texts,
        ..Field::default()
    }
}

fn snapshot(form: Form, button: &str, cases: &[Case]) -> FormSnapshot {
    let fields: Vec<Field> = (1..).zip(cases).map(|(id, case)| field(id, case)).collect();
    let after = u32::try_from(fields.len()).unwrap();
    let buttons = vec![Button { text: button.into(), form: Some(0), after, submit: true }];
    FormSnapshot::parse(RawSnapshot { forms: vec![form], fields, buttons, ..RawSnapshot::default() }).unwrap()
}

fn expect(heading: &str, button: &str, cases: &[Case]) {
    expect_in(Form { heading: heading.into(), text: heading.into(), ..Form::default() }, button, cases);
}

fn expect_in(form: Form, button: &str, cases: &[Case]) {
    let heading = form.heading.clone();
    let snapshot = snapshot(form, button, cases);
    let classification = classify(&snapshot);
    let found: Vec<T> = classification.forms[0].fields.iter().map(|field| field.field_type).collect();
    let expected: Vec<T> = cases.iter().map(|(.., field_type)| *field_type).collect();
    assert_eq!(found, expected, "{heading:?} with {button:?}");
}

#[test]
fn a_message_about_the_password_is_not_the_name_of_the_box_after_it() {
    for (heading, message, button) in [
        ("Login", "Wrong password", "Enter"),
        ("Anmeldung", "Falsches Passwort", "OK"),
        ("", "Пароль неверный", "Войти"),
        ("Connexion", "Mot de passe incorrect", "Se connecter"),
        ("ログイン", "パスワードが違います", "ログイン"),
    ] {
        expect(
            heading,
            button,
            &[
                ("text", Before(message), Option::None, Username),
                ("password", Before(""), Option::None, CurrentPassword),
            ],
        );
    }
    // What names itself keeps its words: a password that its owner has revealed, before one that is still hidden.
    expect(
        "Change password",
        "Save",
        &[
            ("text", Before("Current password"), Option::None, CurrentPassword),
            ("password", Before("New password"), Option::None, NewPassword),
        ],
    );
}

#[test]
fn a_revealed_password_may_be_asked_for_in_a_sentence() {
    // Without the sentence, in every language: `changes_of_passwords`.
    expect(
        "",
        "OK",
        &[
            ("password", Label("Current password"), Option::None, CurrentPassword),
            ("text", Label("Your new password"), Option::None, NewPassword),
            ("text", Label("Re-enter your new password"), Option::None, NewPassword),
        ],
    );
    let email = || ("email", Label("Email"), Option::None, Email);
    expect("Sign in", "Sign in", &[email(), ("text", Label("Enter your password"), Option::None, CurrentPassword)]);
    // A step that goes on says nothing of logging in.
    expect("Enter password", "Continue", &[("text", Inside("Password"), Option::None, CurrentPassword)]);
    // A sentence that speaks of something else, too, asks for that.
    expect("Sign in", "Sign in", &[email(), ("text", Label("Hint for your password"), Option::None, T::None)]);
}

#[test]
fn customer_cards_are_no_payment_cards() {
    for (heading, button, label) in [
        ("Add your rewards card", "Link card", "Card number"),
        ("Mi tarjeta de fidelización", "Asociar tarjeta", "Número de tarjeta"),
        ("Karte hinterlegen und Punkte sammeln", "Speichern", "Kartennummer"),
        ("Carte de fidélité", "Rattacher ma carte", "Numéro de carte"),
        ("ポイントカード登録", "登録する", "カード番号"),
        ("Top up your travel card", "Continue to payment", "Card number"),
        ("Library", "Renew", "Card number"),
    ] {
        expect(heading, button, &[("text", Label(label), Option::None, T::None)]);
    }
    expect("Card payment", "Pay", &[("text", Label("Card number"), Option::None, CcNumber)]);
    expect("Rechnungsdaten", "Weiter", &[("text", Label("Kartennummer"), Option::None, CcNumber)]);
    // A frame around one field of a card says nothing else.
    expect("", "", &[("text", Label("Card number"), Option::None, CcNumber)]);
    expect(
        "Check balance",
        "Check balance",
        &[
            ("text", Label("Gift card number"), Option::None, T::None),
            ("text", Label("Security code"), Some(3), T::None),
        ],
    );
    expect("Activate your SIM card", "Activate", &[("text", Label("Number (ICCID)"), Some(20), T::None)]);
}

#[test]
fn the_number_of_a_customer_card_logs_in() {
    for (heading, label, password, button) in [
        ("Log in to your account", "Loyalty card number", "Password", "Log in"),
        ("Sign in to your rewards", "Rewards number", "Password", "Sign in"),
        ("Anmelden", "Kundenkartennummer", "Passwort", "Anmelden"),
    ] {
        let number = ("text", Label(label), Option::None, Username);
        expect(heading, button, &[number, ("password", Label(password), Option::None, CurrentPassword)]);
    }
}

#[test]
fn a_login_by_a_pin_of_six_digits() {
    let pin = |label, field_type| ("password", Label(label), Some(6), field_type);
    let user = ("text", Label("User ID"), Option::None, Username);
    expect("Log in", "Log in", &[user, pin("6-digit PIN", CurrentPassword)]);
    expect("Welcome back", "Log in", &[pin("Enter your 6-digit PIN", CurrentPassword)]);
    let new = [pin("6-digit PIN", NewPassword), pin("Confirm PIN", NewPassword)];
    expect("Create your PIN", "Save PIN", &new);
    let number = ("number", Label("Customer number"), Option::None, Username);
    expect("Log in", "Log in", &[number, ("number", Label("PIN"), Option::None, CurrentPassword)]);
}

#[test]
fn the_unit_of_an_expiry_may_stand_after_its_box() {
    for (number, expiry, first, code, button) in [
        ("カード番号", "有効期限", "月 /", "セキュリティコード", "次へ"),
        ("卡号", "有效期", "月", "安全码", "支付"),
        ("Card number", "Valid until", "month", "CVC", "Pay"),
    ] {
        expect(
            "",
            button,
            &[
                ("text", Before(number), Option::None, CcNumber),
                ("text", Before(expiry), Option::None, CcExpMonth),
                ("text", Before(first), Option::None, CcExpYear),
                ("text", Before(code), Option::None, CcCsc),
            ],
        );
    }
    expect(
        "カード情報",
        "次へ",
        &[
            ("text", Before("カード番号"), Option::None, CcNumber),
            ("text", Before("有効期限"), Some(4), CcExpYear),
            ("text", Before("年"), Some(2), CcExpMonth),
            ("text", Before("セキュリティコード"), Option::None, CcCsc),
        ],
    );
    // Before its box, as most pages have it.
    expect(
        "",
        "Pay",
        &[
            ("text", Before("Card number"), Option::None, CcNumber),
            ("text", Before("Month"), Some(2), CcExpMonth),
            ("text", Before("Year"), Some(4), CcExpYear),
            ("text", Before("CVC"), Option::None, CcCsc),
        ],
    );
}

#[test]
fn a_password_for_somebody_else_is_new() {
    for (heading, user, label, button) in [
        ("Add user", "Login", "Initial password", "Create user"),
        ("Benutzer anlegen", "Benutzername", "Kennwort", "Anlegen"),
        ("添加用户", "用户名", "密码", "保存"),
    ] {
        let name = ("text", Label(user), Option::None, Username);
        expect(heading, button, &[name, ("password", Label(label), Option::None, NewPassword)]);
    }
}

#[test]
fn what_a_password_protects_is_no_account() {
    let secret = |label| [("password", Label(label), Option::None, T::None)];
    expect("Share link", "Create link", &secret("Protect with password"));
    expect("Upload certificate", "Upload", &secret("Private key passphrase"));
    expect("API credentials", "Save", &secret("Client secret"));
    expect("Verify your identity", "Continue", &secret("Last 4 of SSN"));
    // Shown, and nobody named: a setting.
    expect("Password of the day", "Publish", &[("text", Label("Password"), Option::None, T::None)]);
    expect("Password of the day", "Continue", &[("text", Label("Password"), Option::None, T::None)]);
    expect("", "Weiter", &[("text", Label("Passwort für den Tag"), Option::None, T::None)]);
    let comment = [
        ("text", Inside("닉네임"), Option::None, Username),
        ("password", Inside("비밀번호"), Option::None, T::None),
        ("textarea", Inside("댓글"), Option::None, T::None),
    ];
    let snapshot = snapshot(Form::default(), "등록", &comment);
    let found = classify(&snapshot);
    assert_eq!(found.forms[0].fields[1].field_type, T::None, "a password to take a comment back");
    assert_ne!(found.forms[0].kind, FormKind::Login);
}

#[test]
fn who_is_asked_about_is_not_always_the_user() {
    for (button, own, others) in [
        ("Save", "Email", ["Emergency contact’s name", "Emergency contact’s phone", "Colleague’s email"]),
        ("Speichern", "E-Mail", ["Notfallkontakt: Name", "Notfallkontakt: Telefon", "E-Mail der Kollegin"]),
        ("Сохранить", "Эл. почта", ["Экстренный контакт: имя", "Экстренный контакт: телефон", "Почта коллеги"]),
        ("保存", "邮箱", ["紧急联系人姓名", "紧急联系人电话", "同事邮箱"]),
    ] {
        let [name, phone, colleague] = others.map(|label| ("text", Label(label), Option::None, T::None));
        expect("", button, &[("text", Label(own), Option::None, Email), name, phone, colleague]);
    }
    for (heading, label, button) in [
        ("Invite people to your team", "Email address", "Send invitations"),
        ("Mitglieder einladen", "E-Mail-Adresse", "Einladung senden"),
        ("Inviter des membres", "Adresse e-mail", "Inviter"),
        ("メンバーを招待", "メールアドレス", "送信"),
    ] {
        expect(heading, button, &[("email", Label(label), Option::None, T::None)]);
    }
    let child = [
        ("email", Label("Your email"), Option::None, Email),
        ("text", Label("Child’s first name"), Option::None, T::None),
        ("date", Label("Child’s birth date"), Option::None, T::None),
        ("text", Label("Last 4 digits of your card"), Some(4), T::None),
    ];
    expect("Parents", "Save", &child);
    // Who was invited gives the own address.
    let own = ("email", Label("Email address"), Option::None, Email);
    expect("You are invited", "Accept invitation", &[own]);
    let own = ("email", Label("Work email"), Option::None, Email);
    expect("Join your colleagues", "Sign up", &[own]);
    let own = ("email", Label("Work email (colleagues can find you by it)"), Option::None, Email);
    expect("Your profile", "Save", &[own]);
}

#[test]
fn under_a_heading_for_somebody_else_nothing_is_the_users() {
    let under = |id: u32, label: &str, section: &str| Field {
        id,
        input_type: "text".into(),
        name: format!("f{id}"),
        visible: true,
        form: Some(0),
        texts: FieldTexts { label: label.into(), section: section.into(), ..FieldTexts::default() },
        ..Field::default()
    };
    let fields = vec![
        under(1, "Full name", "About you"),
        under(2, "Email", "About you"),
        under(3, "Full name", "In an emergency: next of kin"),
        under(4, "Email", "In an emergency: next of kin"),
    ];
    let raw = RawSnapshot { forms: vec![Form::default()], fields, ..RawSnapshot::default() };
    let found = classify(&FormSnapshot::parse(raw).unwrap());
    let found: Vec<T> = found.forms[0].fields.iter().map(|field| field.field_type).collect();
    assert_eq!(found, [Name, Email, T::None, T::None]);
}

#[test]
fn two_secrets_of_a_login_are_not_one_repeated() {
    let secret = |label, field_type| ("password", Label(label), Option::None, field_type);
    let user = || ("text", Label("User name"), Option::None, Username);
    let login = [user(), secret("Parol", CurrentPassword), secret("Şifrə", CurrentPassword)];
    expect("", "Daxil ol", &login);
    let sign_up = [user(), secret("Password", NewPassword), secret("Repeat password", NewPassword)];
    expect("", "Sign up", &sign_up);
}

#[test]
fn what_a_banks_token_answers_is_used_once() {
    let amount = ("text", Label("Amount"), Option::None, T::None);
    expect("Transfer", "Kirim", &[amount, ("password", Label("Respon Token"), Some(8), OneTimeCode)]);
}

#[test]
fn a_passport_expires_and_is_no_card() {
    for (number, expiry) in [("パスポート番号", "有効期限"), ("护照号码", "有效期"), ("여권 번호", "유효기간")]
    {
        let fields = [
            ("text", Label(number), Option::None, T::None),
            ("text", Label(expiry), Option::None, T::None),
            ("text", Label("Email"), Option::None, Email),
        ];
        expect("", "OK", &fields);
    }
}

#[test]
fn numbered_letters_are_no_words() {
    let numbered = |id: u32, label: &str| Field {
        id,
        input_type: "text".into(),
        name: format!("q{id}"),
        visible: true,
        form: Some(0),
        texts: FieldTexts { label: label.into(), ..FieldTexts::default() },
        ..Field::default()
    };
    let fields = vec![numbered(1, "First name"), numbered(2, "Last name"), numbered(3, "Town")];
    let snapshot = FormSnapshot::parse(RawSnapshot { forms: vec![Form::default()], fields, ..RawSnapshot::default() });
    let found = classify(&snapshot.unwrap());
    let found: Vec<T> = found.forms[0].fields.iter().map(|field| field.field_type).collect();
    assert_eq!(found, [GivenName, FamilyName, AddressLevel2]);
}

#[test]
fn a_date_without_a_card_is_that_of_something_else() {
    let date = |field_type| ("text", Label("Valid until (MM/YYYY)"), Option::None, field_type);
    expect("Rent a car", "Next", &[("text", Label("Licence number"), Option::None, T::None), date(T::None)]);
    expect("Certificates", "Save", &[("text", Label("Course"), Option::None, T::None), date(T::None)]);
    expect("Card payment", "Pay", &[("text", Label("Card number"), Option::None, CcNumber), date(CcExp)]);
}

#[test]
fn a_security_code_that_was_sent_is_used_once() {
    let login = |label| {
        [
            ("text", Label("Username"), Option::None, Username),
            ("password", Label("Password"), Option::None, CurrentPassword),
            ("text", Label(label), Option::None, OneTimeCode),
        ]
    };
    expect("Log in", "Log in", &login("Security code sent by SMS"));
    expect("Accesso", "Entra", &login("Codice di sicurezza inviato via SMS"));
}

#[test]
fn letters_on_a_picture_are_no_code_that_was_sent() {
    for (heading, user, password, label, button) in [
        ("Sign in", "Username", "Password", "Enter the code shown", "Sign in"),
        ("Anmelden", "Benutzer", "Passwort", "Sicherheitscode aus dem Bild", "OK"),
        ("Вход", "Логин", "Пароль", "Код с картинки", "Войти"),
    ] {
        expect(
            heading,
            button,
            &[
                ("text", Label(user), Option::None, Username),
                ("password", Label(password), Option::None, CurrentPassword),
                ("text", Label(label), Some(6), T::None),
            ],
        );
    }
}

#[test]
fn a_passcode_that_was_sent_is_used_once() {
    let sent = |heading: &str, text: &str| Form { heading: heading.into(), text: text.into(), ..Form::default() };
    let passcode = [("password", Label("Passcode"), Option::None, OneTimeCode)];
    expect_in(
        sent("Verify it’s you", "Enter the passcode we sent to your phone. Resend passcode"),
        "Submit",
        &passcode,
    );
    expect_in(sent("Verified payment", "We sent a passcode to ***123. Resend"), "Submit", &passcode);
    expect("Log in", "Log in", &[("password", Label("Passcode"), Option::None, CurrentPassword)]);
    let reset = [
        ("text", Label("Code"), Option::None, OneTimeCode),
        ("password", Label("New password"), Option::None, NewPassword),
    ];
    expect("Reset password", "Reset password", &reset);
    expect(
        "Remote access",
        "Connect",
        &[
            ("text", Label("Username"), Option::None, Username),
            ("password", Label("Password"), Option::None, CurrentPassword),
            ("password", Label("Second password"), Option::None, OneTimeCode),
        ],
    );
}

#[test]
fn a_code_beside_a_cards_number_is_the_cards() {
    expect(
        "Pay by card",
        "Pay",
        &[
            ("text", Label("Card number"), Option::None, CcNumber),
            ("text", Label("MM/YY"), Option::None, CcExp),
            ("text", Label("Code"), Option::None, CcCsc),
        ],
    );
}

#[test]
fn an_example_of_a_cards_number_tells_what_no_word_does() {
    for example in ["0000 0000 0000 0000", "1234 5678 9012 3456", "•••• •••• •••• ••••", "XXXX-XXXX-XXXX-XXXX"]
    {
        expect(
            "Добавить карту",
            "Привязать",
            &[
                ("text", Inside(example), Option::None, CcNumber),
                ("text", Inside("ММ/ГГ"), Option::None, CcExp),
                ("text", Inside("CVC"), Option::None, CcCsc),
            ],
        );
    }
    // Ten digits are another card's.
    expect("Points", "Save", &[("text", Inside("26 0000 0000"), Option::None, T::None)]);
}

#[test]
fn whoever_makes_an_account_is_asked_for_no_other_day_than_that_of_birth() {
    for [day, month, year] in [["Day", "Month", "Year"], ["Den", "Měsíc", "Rok"], ["Ngày", "Tháng", "Năm"]] {
        expect(
            "",
            "Join",
            &[
                ("text", Inside(day), Option::None, BdayDay),
                ("text", Inside(month), Option::None, BdayMonth),
                ("text", Inside(year), Option::None, BdayYear),
                ("email", Inside("Email"), Option::None, Email),
                ("password", Inside("Create a password"), Option::None, NewPassword),
            ],
        );
    }
}

/// A page may call its only box a new password and lie in `autocomplete`: the present one is not given away.
#[test]
fn a_single_box_that_is_called_new_gets_no_present_password() {
    let labelled = |texts: FieldTexts| {
        let field = Field {
            id: 1,
            input_type: "password".into(),
            autocomplete: "current-password".into(),
            visible: true,
            form: Some(0),
            texts,
            ..Field::default()
        };
        let form = Form { heading: "Sign in".into(), ..Form::default() };
        let raw = RawSnapshot { forms: vec![form], fields: vec![field], ..RawSnapshot::default() };
        let snapshot = FormSnapshot::parse(raw).unwrap();
        let mut found = classify(&snapshot);
        found.forms[0].fields[0].field_type = CurrentPassword;
        FillPlan::for_form(&snapshot, &found.forms[0], &Offer::login()).steps.len()
    };
    assert_eq!(labelled(FieldTexts { label: "Your new password".into(), ..FieldTexts::default() }), 0);
    assert_eq!(labelled(FieldTexts { heading: "New password".into(), ..FieldTexts::default() }), 0);
    assert_eq!(
        labelled(FieldTexts { label: "Password".into(), before: "New here?".into(), ..FieldTexts::default() }),
        1
    );
}

#[test]
fn the_type_for_searching_means_nothing_where_a_whole_form_has_it() {
    let boxes = |email, number, code| {
        [
            ("search", Label("Email"), Option::None, email),
            ("search", Label("Card number"), Some(19), number),
            ("search", Label("CVC"), Some(4), code),
        ]
    };
    expect("Payment", "Pay now", &boxes(Email, CcNumber, CcCsc));
    expect("Dodací a platební údaje", "Odeslat", &boxes(Email, CcNumber, CcCsc));
    // Columns are filtered by the same words.
    let column = |label| ("search", Label(label), Option::None, Search);
    expect("Customers", "Search", &[column("Name"), column("City"), column("Telephone")]);
    expect(
        "Sign in",
        "Sign in",
        &[column("Name"), column("City"), ("text", Label("User name"), Option::None, Username)],
    );
}

#[test]
fn a_box_without_a_word_beside_an_expiry_and_nothing_else_takes_the_number() {
    let month = || ("text", Inside("Month"), Option::None, CcExpMonth);
    let year = || ("text", Inside("Year"), Option::None, CcExpYear);
    let unsaid = |field_type| ("text", Inside(""), Option::None, field_type);
    expect("", "OK", &[unsaid(CcNumber), month(), year()]);
    expect("", "OK", &[unsaid(CcNumber), ("text", Inside("MM-YY"), Option::None, CcExp)]);
    // Beside anything else they are the month and the year of who knows what.
    let part = |label| ("text", Inside(label), Option::None, T::None);
    expect("", "OK", &[unsaid(T::None), part("Month"), part("Year"), ("text", Label("Amount"), Option::None, T::None)]);
    expect("", "OK", &[("text", Label("Report"), Option::None, T::None), part("Month"), part("Year")]);
}

#[test]
fn the_end_of_a_number_is_not_the_number() {
    for label in ["Last 4 digits of your phone number", "Последние 4 цифры телефона", "手机号后4位"]
    {
        expect("Account recovery", "Continue", &[("text", Label(label), Some(4), T::None)]);
    }
}

#[test]
fn a_code_that_the_form_sends_may_be_hidden() {
    let number = ("text", Label("Customer number"), Option::None, Username);
    let code = ("password", Label("OTP received on your mobile"), Some(6), OneTimeCode);
    let form = Form { links: vec!["Send OTP".into()], heading: "Log in".into(), ..Form::default() };
    expect_in(form, "Log in", &[number, code]);
}

#[test]
fn a_card_wins_back_access() {
    let number = |field_type| ("text", Label("Номер карты"), Some(19), field_type);
    expect("Восстановление доступа", "Продолжить", &[number(Username)]);
    expect("Оплата картой", "Оплатить", &[number(CcNumber)]);
}

/// What a form with these fields is for.
fn kind(heading: &str, button: &str, cases: &[Case]) -> FormKind {
    let form = Form { heading: heading.into(), text: heading.into(), ..Form::default() };
    classify(&snapshot(form, button, cases)).forms[0].kind
}

#[test]
fn kinds_follow_what_is_asked_for() {
    let code = || ("text", Label("Verification code"), Some(6), OneTimeCode);
    let phone = || ("tel", Label("Mobile number"), Option::None, Tel);
    assert_eq!(kind("Log in", "Log in", &[phone(), code()]), FormKind::TwoFactor);
    assert_eq!(kind("Create an account", "Create an account", &[phone()]), FormKind::SignUp);
    let new = || ("password", Label("Choose a password"), Option::None, NewPassword);
    assert_eq!(kind("Create your account", "Create account", &[new()]), FormKind::SignUp);
    assert_eq!(kind("Reset your password", "Reset password", &[new()]), FormKind::ChangePassword);
}

#[test]
fn the_last_of_boxes_that_take_a_pasted_code_may_take_no_more_than_its_digit() {
    let digit = |most| ("text", Before(""), most, OneTimeCode);
    let boxes: Vec<Case> = (0..6).map(|at| digit((at == 5).then_some(1))).collect();
    expect("Enter the code from your authenticator app", "Continue", &boxes);
}

#[test]
fn texts_after_their_boxes() {
    // The first box has no text before it, and what hides its text, or is short, cannot be what the text before it says.
    expect(
        "Pay by card",
        "Pay",
        &[
            ("tel", Before(""), Some(19), CcNumber),
            ("tel", Before("Card number"), Some(5), CcExp),
            ("password", Before("Valid until"), Some(4), CcCsc),
            ("text", Before("CVV"), Option::None, T::None),
        ],
    );
    expect(
        "Log in",
        "Log in",
        &[
            ("text", Before(""), Option::None, Username),
            ("password", Before("User name"), Option::None, CurrentPassword),
        ],
    );
    // The usual order stays what it is.
    expect(
        "Pay by card",
        "Pay",
        &[
            ("tel", Before("Card number"), Some(19), CcNumber),
            ("tel", Before("Valid until"), Some(5), CcExp),
            ("password", Before("CVV"), Some(4), CcCsc),
        ],
    );
}

/// No `maxlength`.
const NO: Option<u32> = Option::None;

/// What fields are taken for, given name and text before each.
fn taken(fields: &[(&str, &str, Option<u32>)]) -> Vec<T> {
    let case = |(before, length): (&'static str, Option<u32>)| ("text", Before(before), length, T::None);
    let field = |(id, (name, before, length)): (u32, &(&str, &str, Option<u32>))| Field {
        name: (*name).into(),
        texts: FieldTexts { before: (*before).into(), ..FieldTexts::default() },
        ..field(id, &case(("", *length)))
    };
    let fields = (1..).zip(fields).map(field).collect();
    let raw = RawSnapshot { forms: vec![Form::default()], fields, ..RawSnapshot::default() };
    let found = classify(&FormSnapshot::parse(raw).unwrap());
    found.forms[0].fields.iter().map(|field| field.field_type).collect()
}

#[test]
fn addresses_beside_each_other() {
    let rows = [
        ("a1", "Street", NO),
        ("a2", "", NO),
        ("b1", "Town", NO),
        ("b2", "", NO),
        ("c1", "Postcode", NO),
        ("c2", "", NO),
    ];
    assert_eq!(taken(&rows), [AddressLine1, AddressLine1, AddressLevel2, AddressLevel2, PostalCode, PostalCode]);
    // The second line of one address is called the same, too, but no other row is.
    assert_eq!(taken(&[("a1", "Street", NO), ("a2", "", NO), ("city", "Town", NO)])[1], T::None);
}

#[test]
fn numbers_in_several_boxes() {
    let telephone = [("t1", "Telephone", Some(3)), ("t2", "", Some(4)), ("t3", "", Some(4)), ("e", "Email", NO)];
    assert_eq!(taken(&telephone), [Tel, Tel, Tel, Email]);
    let postcode = [("z1", "Postcode", Some(3)), ("z2", "", Some(4)), ("town", "Town", NO)];
    assert_eq!(taken(&postcode), [PostalCode, PostalCode, AddressLevel2]);
    // A box that takes a whole number is followed by something else.
    let whole = [("t", "Telephone", Some(20)), ("x", "", Some(4)), ("e", "Email", NO)];
    assert_eq!(taken(&whole), [Tel, T::None, Email]);
}

#[test]
fn house_numbers_take_no_line() {
    let found = taken(&[("s", "Street", NO), ("h", "House number", NO), ("c", "Town", NO)]);
    assert_eq!(found, [AddressLine1, T::None, AddressLevel2]);
}

fn kind_of(heading: &str, button: &str, cases: &[Case]) -> FormKind {
    let form = Form { heading: heading.into(), text: heading.into(), ..Form::default() };
    classify(&snapshot(form, button, cases)).forms[0].kind
}

#[test]
fn who_signs_up_for_news_makes_no_account() {
    let email = || ("email", Inside("Your email"), Option::None, Email);
    assert_eq!(kind_of("Be the first to hear about new arrivals", "Sign up", &[email()]), FormKind::Newsletter);
    assert_eq!(kind_of("Create your account", "Sign up", &[email()]), FormKind::SignUp);
    // A newsletter that can be ticked is offered beside.
    let tick = || ("checkbox", Label("Subscribe to our newsletter"), Option::None, T::None);
    assert_eq!(kind_of("Create your account", "Sign up", &[email(), tick()]), FormKind::SignUp);
}

#[test]
fn who_looks_for_an_own_number_finds_a_record() {
    let number = ("text", Label("Customer number"), Option::None, T::None);
    assert_eq!(kind_of("Your bill", "Search", &[number]), FormKind::Other);
    let words = ("text", Label("Product or brand"), Option::None, Search);
    assert_eq!(kind_of("Our shop", "Search", &[words]), FormKind::Search);
}
