use super::*;
use proptest::prelude::*;

const UPPER: Rule = Rule::Required { characters: Characters::UPPER, at_least: 1 };
const LOWER: Rule = Rule::Required { characters: Characters::LOWER, at_least: 1 };
const DIGIT: Rule = Rule::Required { characters: Characters::DIGITS, at_least: 1 };
const LETTER: Rule = Rule::Required { characters: Characters::LETTERS, at_least: 1 };
const SPECIAL: Rule = Rule::Required { characters: Characters::SPECIAL.without(Characters::SPACE), at_least: 1 };
const NO_SPACE: Rule = Rule::Forbidden(Characters::SPACE);
const ONLY_DIGITS: Rule = Rule::Allowed(Characters::DIGITS);
use Rule::{MaxConsecutive as Run, MaxLength as Max, MinLength as Min};

/// Rules in no order.
fn assert_states(text: &str, place: Place, expected: &[Rule]) {
    let sorted = |rules: &[Rule]| {
        let mut rules: Vec<String> = rules.iter().map(|rule| format!("{rule:?}")).collect();
        rules.sort();
        rules.dedup();
        rules
    };
    assert_eq!(sorted(&read(text, place)), sorted(expected), "{text}\n{:?}", tokens(text));
}

#[test]
fn lengths_in_many_languages() {
    for (text, expected) in [
        ("8–20 characters", &[Min(8), Max(20)][..]),
        ("Use between 8 and 20 characters.", &[Min(8), Max(20)]),
        ("At least 12 characters", &[Min(12)]),
        ("Minimum 8 characters, maximum 20.", &[Min(8), Max(20)]),
        ("8 characters minimum, 20 characters maximum", &[Min(8), Max(20)]),
        ("at least 8 and no more than 20 characters", &[Min(8), Max(20)]),
        ("Must not exceed 16 characters", &[Max(16)]),
        ("Must be longer than 7 characters", &[Min(8)]),
        ("fewer than 31 characters", &[Max(30)]),
        ("8+ characters", &[Min(8)]),
        ("8 or more characters", &[Min(8)]),
        ("Up to 16 characters", &[Max(16)]),
        ("Exactly 8 characters", &[Min(8), Max(8)]),
        ("Min. 10", &[Min(10)]),
        ("Password length: 8-64", &[Min(8), Max(64)]),
        ("Mindestens 8 Zeichen", &[Min(8)]),
        ("8 bis 20 Zeichen", &[Min(8), Max(20)]),
        ("höchstens 20 Zeichen", &[Max(20)]),
        ("mehr als 7 Zeichen", &[Min(8)]),
        ("Au moins 8 caractères", &[Min(8)]),
        ("8 caractères au moins", &[Min(8)]),
        ("20 caractères au plus", &[Max(20)]),
        ("entre 8 et 20 caractères", &[Min(8), Max(20)]),
        ("de 8 à 20 caractères", &[Min(8), Max(20)]),
        ("8 caractères ou plus", &[Min(8)]),
        ("Al menos 8 caracteres", &[Min(8)]),
        ("mínimo 8 caracteres, máximo 20", &[Min(8), Max(20)]),
        ("no más de 20 caracteres", &[Max(20)]),
        ("Almeno 8 caratteri", &[Min(8)]),
        ("da 8 a 20 caratteri", &[Min(8), Max(20)]),
        ("da 8 al 20 caratteri", &[Min(8), Max(20)]),
        ("Pelo menos 8 caracteres", &[Min(8)]),
        ("No máximo 20 caracteres", &[Max(20)]),
        ("Minimaal 8 tekens", &[Min(8)]),
        ("tussen 8 en 20 tekens", &[Min(8), Max(20)]),
        ("maximaal 20 tekens", &[Max(20)]),
        ("Co najmniej 8 znaków", &[Min(8)]),
        ("Minst 8 tecken", &[Min(8)]),
        ("8-20位字符", &[Min(8), Max(20)]),
    ] {
        assert_states(text, Place::Field, expected);
    }
}

#[test]
fn classes_in_many_languages() {
    for (text, expected) in [
        ("at least one number, one upper-case letter and one special character", &[DIGIT, UPPER, SPECIAL][..]),
        ("Upper and lower case letters and a number", &[UPPER, LOWER, DIGIT]),
        ("Include letters, numbers & symbols", &[LETTER, DIGIT, SPECIAL]),
        (
            "Mindestens 8 Zeichen, davon ein Großbuchstabe, ein Kleinbuchstabe und eine Ziffer",
            &[Min(8), UPPER, LOWER, DIGIT],
        ),
        ("Groß- und Kleinbuchstaben sowie Sonderzeichen", &[UPPER, LOWER, SPECIAL]),
        ("doit contenir au moins 8 caractères, une majuscule et un chiffre", &[Min(8), UPPER, DIGIT]),
        ("un caractère spécial", &[SPECIAL]),
        ("Debe incluir una mayúscula, una minúscula y un número", &[UPPER, LOWER, DIGIT]),
        ("un carácter especial", &[SPECIAL]),
        ("Almeno una maiuscola, una minuscola e un numero", &[UPPER, LOWER, DIGIT]),
        ("un carattere speciale", &[SPECIAL]),
        ("Deve conter uma letra maiúscula e um número", &[LETTER, UPPER, DIGIT]),
        ("Minimaal één hoofdletter, één cijfer en één leesteken", &[UPPER, DIGIT, SPECIAL]),
        ("(a-z, A-Z, 0-9)", &[LOWER, UPPER, DIGIT]),
    ] {
        assert_states(text, Place::Field, expected);
    }
    let two = Rule::Required { characters: Characters::DIGITS, at_least: 2 };
    assert_states("at least 2 digits", Place::Field, &[two]);
    assert_states("mindestens zwei Ziffern", Place::Field, &[two]);
}

#[test]
fn signs_that_are_named() {
    let signs = Characters::of("!@#$%");
    let required = Rule::Required { characters: signs, at_least: 1 };
    let allowed = Rule::Allowed(Characters::ALPHANUMERIC.or(signs));
    for text in [
        "one special character (!@#$%)",
        "one special character: !@#$%.",
        "one special character: ! @ # $ %",
        "ein Sonderzeichen (z. B. !@#$%)",
        "1 carácter especial “!@#$%”",
    ] {
        assert_states(text, Place::Field, &[required, allowed]);
    }
    let brackets = Characters::of("!@#$%^&*()");
    assert_states(
        "Special characters allowed: !@#$%^&*()",
        Place::Field,
        &[Rule::Allowed(Characters::ALPHANUMERIC.or(brackets))],
    );
    assert_states("Must not contain < > \\ ", Place::Field, &[Rule::Forbidden(Characters::of("<>\\"))]);
    assert_states("Welcome! Ready? Let's go (now).", Place::Field, &[]);
}

#[test]
fn what_is_not_allowed() {
    for (text, expected) in [
        ("No spaces", &[NO_SPACE][..]),
        ("At least 8 characters, no spaces", &[Min(8), NO_SPACE]),
        ("Spaces are not allowed", &[NO_SPACE]),
        ("Don't use spaces", &[NO_SPACE]),
        ("No spaces, at least one digit", &[NO_SPACE, DIGIT]),
        ("No spaces, letters and numbers", &[NO_SPACE]),
        ("Keine Leerzeichen", &[NO_SPACE]),
        ("Leerzeichen sind nicht erlaubt", &[NO_SPACE]),
        ("ne doit pas contenir d'espaces", &[NO_SPACE]),
        ("sans espace", &[NO_SPACE]),
        ("no debe contener espacios", &[NO_SPACE]),
        ("senza spazi", &[NO_SPACE]),
        ("não deve conter espaços", &[NO_SPACE]),
        ("geen spaties", &[NO_SPACE]),
        ("No special characters", &[Rule::Forbidden(Characters::SPECIAL)]),
        ("No capital letters", &[Rule::Forbidden(Characters::UPPER)]),
        ("Only letters and numbers", &[Rule::Allowed(Characters::ALPHANUMERIC)]),
        ("Nur Ziffern", &[ONLY_DIGITS]),
        ("Digits only", &[ONLY_DIGITS]),
        ("8-16 alphanumeric characters", &[Min(8), Max(16), Rule::Allowed(Characters::ALPHANUMERIC)]),
        ("One non-alphanumeric character", &[SPECIAL]),
    ] {
        assert_states(text, Place::Field, expected);
    }
}

#[test]
fn what_random_passwords_never_break_is_no_rule() {
    for text in [
        "Must not contain your user name or phone number",
        "Must not be one of your last 5 passwords",
        "Darf nicht Ihren Namen enthalten",
        "no debe contener su nombre de usuario",
        "Do not use common words or sequences such as 12345",
        "Password",
        "Repeat password",
        "Passwort wiederholen",
        "Strength: weak",
        "Special characters are allowed",
        "You can use spaces",
        "Created in 2019",
        "",
    ] {
        assert_states(text, Place::Field, &[]);
    }
}

#[test]
fn repetitions() {
    for (text, run) in [
        ("No more than 2 identical characters in a row", 2),
        ("No more than two consecutive identical characters", 2),
        ("No 3 identical characters in a row", 2),
        ("no repeated characters", 1),
        ("nicht mehr als 2 gleiche Zeichen hintereinander", 2),
        ("pas plus de 2 caractères identiques consécutifs", 2),
        ("máximo 2 caracteres iguales consecutivos", 2),
    ] {
        assert_states(text, Place::Field, &[Run(run)]);
    }
}

#[test]
fn pins() {
    for text in
        ["6-digit PIN", "Choose a 6 digit code", "6-stellige PIN", "Code à 6 chiffres", "PIN de 6 cifras", "6 cijfers"]
    {
        assert_states(text, Place::Field, &[Min(6), Max(6), ONLY_DIGITS]);
    }
    assert_states("4 to 8 digits", Place::Field, &[Min(4), Max(8), ONLY_DIGITS]);
    assert_states("PIN, at least 4 digits", Place::Field, &[Min(4), ONLY_DIGITS]);
    assert_states("at least 6 digits and one letter", Place::Field, &[Min(6), DIGIT, LETTER]);
}

#[test]
fn a_form_may_speak_of_other_fields() {
    let text = "Password At least 8 characters One uppercase letter One number Postcode 5 digits Phone number I agree";
    assert_states(text, Place::Form, &[Min(8), UPPER, DIGIT]);
    assert_states("Sign up Email Password 8+ characters", Place::Form, &[Min(8)]);
    assert_states("Initials max 3 characters. Code, max 5 characters", Place::Form, &[]);
    assert_states("Only letters. Nur Ziffern. No numbers.", Place::Form, &[]);
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,120}") {
        read(&text, Place::Field);
        read(&text, Place::Form);
    }

    #[test]
    fn never_panics_on_what_is_nearly_a_rule(text in "((no|not|at least|max|only|to|and|or|more|than|digits|characters|letters|same|[0-9]{1,11}|[!-/]{1,4}|[-+,.]) ?){0,12}") {
        read(&text, Place::Field);
    }

    #[test]
    fn a_length_is_read_wherever_it_stands(least in 4_u32..64, more in 1_u32..64, lead in "[a-zA-Z ]{0,12}") {
        prop_assume!(words::tokens(&lead).iter().all(|token| *token == Token::Other));
        let most = least + more;
        let rules = read(&format!("{lead} {least} - {most} characters"), Place::Form);
        let expected = if most < 8 { vec![] } else { vec![Min(least), Max(most)] };
        prop_assert_eq!(rules, expected);
    }
}
