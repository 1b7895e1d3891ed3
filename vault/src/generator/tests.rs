//! What holds for every secret of every recipe.

use super::{making::DRAW, *};
use countersign_seal::secret::SecretBytes;
use crypto_bigint::U1024;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// SplitMix64: the same numbers in every run.
fn seeded(seed: u64) -> impl FnMut() -> crate::Result<[u8; DRAW]> {
    let mut state = seed;
    move || {
        let mut bytes = [0; DRAW];
        for chunk in bytes.chunks_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(word ^ (word >> 31)).to_le_bytes());
        }
        Ok(bytes)
    }
}

fn text(secret: &SecretBytes) -> String {
    secret.expose_str().unwrap().to_owned()
}

fn set(text: &str) -> CharacterSet {
    CharacterSet::of(text).unwrap()
}

fn password(length: u16, allowed: &str, required: &[(&str, u16)], max_consecutive: Option<u16>) -> PasswordRecipe {
    PasswordRecipe {
        length,
        allowed: set(allowed),
        required: required
            .iter()
            .map(|(characters, at_least)| Requirement { characters: set(characters), at_least: *at_least })
            .collect(),
        max_consecutive,
        avoid_look_alikes: false,
    }
}

fn generator(recipe: PasswordRecipe) -> Generator {
    Generator::new(&Recipe::Password(recipe)).unwrap()
}

/// Whether a password meets a recipe, by reading it.
fn meets(text: &[u8], recipe: &PasswordRecipe) -> bool {
    let left_out = if recipe.avoid_look_alikes { CharacterSet::LOOK_ALIKES } else { CharacterSet::EMPTY };
    let longest = text.chunk_by(|one, next| one == next).map(<[u8]>::len).max().unwrap_or_default();
    text.len() == usize::from(recipe.length)
        && text.iter().all(|code| recipe.allowed.contains(*code) && !left_out.contains(*code))
        && recipe.required.iter().all(|requirement| {
            text.iter().filter(|code| requirement.characters.contains(**code)).count()
                >= usize::from(requirement.at_least)
        })
        && recipe.max_consecutive.is_none_or(|limit| longest <= usize::from(limit))
}

/// All texts of a length.
fn every(alphabet: CharacterSet, length: u16) -> Vec<Vec<u8>> {
    (0..length).fold(vec![vec![]], |texts, _| {
        texts.iter().flat_map(|text| alphabet.codes().map(|code| [text.as_slice(), &[code]].concat())).collect()
    })
}

/// The heart of it: the numbers and the passwords that meet a recipe, found by trying all, are the same in number and go one to one.
#[test]
fn each_number_is_one_password_and_each_password_one_number() {
    let mut impossible = 0;
    for length in 1..=5 {
        for required in [
            &[][..],
            &[("ab", 1)],
            &[("1", 2)],
            &[("ab", 1), ("1", 1), ("!", 1)],
            &[("ab1", 2), ("1!", 2)],
            &[("a", 1), ("a", 2), ("b1!", 1)],
            &[("ab1!", 4)],
        ] {
            for run in [None, Some(1), Some(2), Some(3), Some(9)] {
                let recipe = password(length, "ab1!", required, run);
                let met: BTreeSet<Vec<u8>> =
                    every(recipe.allowed, length).into_iter().filter(|text| meets(text, &recipe)).collect();
                let Ok(generator) = Generator::new(&Recipe::Password(recipe.clone())) else {
                    assert!(met.is_empty(), "{recipe:?}");
                    impossible += 1;
                    continue;
                };
                let count = u64::try_from(met.len()).unwrap();
                assert_eq!(generator.count(), U1024::from_u64(count), "{recipe:?}");
                let number = |number| generator.secret(Zeroizing::new(U1024::from_u64(number)));
                let made: BTreeSet<Vec<u8>> = (0..count).map(|at| number(at).expose().to_vec()).collect();
                assert_eq!(made, met, "{recipe:?}");
            }
        }
    }
    assert!(impossible > 10);
}

#[test]
fn every_password_is_as_likely_as_any_other() {
    let recipe = password(4, "ab12", &[("ab", 1), ("12", 1)], Some(2));
    let generator = generator(recipe);
    let mut source = seeded(1);
    let draws = 40_000_u32;
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..draws {
        *seen.entry(text(&generator.make_from(&mut source).unwrap())).or_default() += 1;
    }
    let kinds = f64::from(u32::try_from(seen.len()).unwrap());
    assert!((generator.entropy_bits() - kinds.log2()).abs() < 1e-9, "all {kinds} are seen");
    let expected = f64::from(draws) / kinds;
    let chi_square: f64 = seen.values().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    let freedom = kinds - 1.0;
    // Within five standard deviations of the mean, on either side: too even is wrong as well.
    assert!((chi_square - freedom).abs() < 5.0 * (2.0 * freedom).sqrt(), "{chi_square} with {freedom}");
}

#[test]
fn a_draw_takes_no_remainder() {
    // 1,000 is no power of two: a remainder of ten bits would make the first 24 twice as likely.
    let generator = Generator::new(&Recipe::Pin(PinRecipe { digits: 3 })).unwrap();
    let mut source = seeded(2);
    let low = (0..20_000).filter(|_| text(&generator.make_from(&mut source).unwrap()).as_str() < "024").count();
    assert!((390..=570).contains(&low), "{low} of 480");
}

#[test]
fn entropy_is_that_of_all_equally_likely_secrets() {
    let bits = |recipe: Recipe| Generator::new(&recipe).unwrap().entropy_bits();
    let close = |bits: f64, expected: f64| assert!((bits - expected).abs() < 1e-9, "{bits} is not {expected}");
    close(bits(Recipe::Pin(PinRecipe { digits: 6 })), 1e6_f64.log2());
    close(bits(Recipe::Passphrase(PassphraseRecipe::default())), 6.0 * 7776_f64.log2());
    let dressed = PassphraseRecipe { capitals: Capitals::OneWord, number: true, ..PassphraseRecipe::default() };
    close(bits(Recipe::Passphrase(dressed)), 6.0 * 7776_f64.log2() + 360_f64.log2());
    close(bits(Recipe::Password(password(128, "ab", &[], None))), 128.0);
    // 95⁴ less those without a digit.
    let printable: String = (' '..='~').collect();
    let with_digit = 95_f64.powi(4) - 85_f64.powi(4);
    close(bits(Recipe::Password(password(4, &printable, &[("0123456789", 1)], None))), with_digit.log2());
    // No two alike in a row: 26 · 25³.
    let lower: String = ('a'..='z').collect();
    close(bits(Recipe::Password(password(4, &lower, &[], Some(1)))), (26.0 * 25_f64.powi(3)).log2());
    let default = bits(Recipe::default());
    assert!((122.0..123.0).contains(&default), "{default}");
}

#[test]
fn recipes_that_nothing_meets_are_refused_with_the_reason() {
    let look_alikes = PasswordRecipe { avoid_look_alikes: true, ..password(8, "0O1l", &[], None) };
    let only_look_alikes = PasswordRecipe { avoid_look_alikes: true, ..password(8, "a0O", &[("0O", 1)], None) };
    for (recipe, error) in [
        (password(0, "a", &[], None), RecipeError::Length(0)),
        (password(129, "a", &[], None), RecipeError::Length(129)),
        (password(8, "", &[], None), RecipeError::NothingAllowed),
        (look_alikes, RecipeError::NothingAllowed),
        (password(8, "ab", &[("1", 1)], None), RecipeError::RequiredNotAllowed(set("1"))),
        (only_look_alikes, RecipeError::RequiredNotAllowed(set("0O"))),
        (password(3, "ab1!", &[("a", 1), ("b", 1), ("1", 1), ("!", 1)], None), RecipeError::NoRoom { length: 3 }),
        (password(3, "ab", &[("a", 4)], None), RecipeError::NoRoom { length: 3 }),
        (password(3, "ab", &[], Some(0)), RecipeError::NoneConsecutive),
        (password(3, "a", &[], Some(2)), RecipeError::MustRepeat),
        (password(5, "ab", &[("a", 5)], Some(2)), RecipeError::MustRepeat),
        (password(128, "abcdefgh", &[("a", 40), ("b", 40)], None), RecipeError::TooManyRequired),
    ] {
        assert_eq!(Generator::new(&Recipe::Password(recipe.clone())).map(|_| ()), Err(error), "{recipe:?}");
    }
    for digits in [0, 2, 17] {
        let made = Generator::new(&Recipe::Pin(PinRecipe { digits }));
        assert_eq!(made.map(|_| ()), Err(RecipeError::Digits(digits)));
    }
    let phrase = |words, separator: &str| {
        let recipe = PassphraseRecipe { words, separator: separator.into(), ..PassphraseRecipe::default() };
        Generator::new(&Recipe::Passphrase(recipe)).map(|_| ())
    };
    assert_eq!([phrase(2, "-"), phrase(21, "-")], [2, 21].map(|words| Err(RecipeError::Words(words))));
    for separator in ["a", "1", "é", "-----", "\n"] {
        assert_eq!(phrase(4, separator), Err(RecipeError::Separator), "{separator:?}");
    }
    assert_eq!([phrase(3, ""), phrase(20, " "), phrase(4, "-._ ")], [Ok(()); 3]);
}

#[test]
fn a_broken_random_generator_is_an_error() {
    let generator = Generator::new(&Recipe::default()).unwrap();
    assert!(generator.make_from(|| Ok([0xff; DRAW])).is_err());
    let refused = crate::Error::Seal(countersign_seal::Error::Platform("random generator"));
    assert_eq!(generator.make_from(|| Err(refused.clone())), Err(refused));
}

#[test]
fn two_secrets_of_the_platforms_generator_differ() {
    for recipe in [Recipe::default(), Recipe::Passphrase(PassphraseRecipe::default())] {
        let generator = Generator::new(&recipe).unwrap();
        let secrets = [generator.make().unwrap(), generator.make().unwrap()];
        assert_ne!(secrets[0], secrets[1]);
        assert_eq!(format!("{:?}", secrets[0]), "SecretBytes(…)");
    }
}

#[test]
fn recipes_read_from_their_json() {
    let json = r#"{"kind":"password","length":12,"allowed":"!0Aa","required":[{"characters":"0","at-least":2}],
        "max-consecutive":2,"avoid-look-alikes":false}"#;
    let recipe: Recipe = serde_json::from_str(json).unwrap();
    assert_eq!(recipe, Recipe::Password(password(12, "Aa0!", &[("0", 2)], Some(2))));
    let again: Recipe = serde_json::from_str(&serde_json::to_string(&recipe).unwrap()).unwrap();
    assert_eq!(again, recipe);
    assert!(serde_json::from_str::<Recipe>(&json.replace("!0Aa", "é")).is_err());
}

/// A passphrase read back.
struct Read {
    words: Vec<String>,
    has_digit: bool,
    in_capitals: usize,
}

fn read(phrase: &str, recipe: &PassphraseRecipe) -> Option<Read> {
    let list: BTreeSet<&str> = passphrase::LIST.lines().collect();
    let mut read = Read { words: vec![], has_digit: false, in_capitals: 0 };
    let mut rest = phrase;
    while !rest.is_empty() {
        if !read.words.is_empty() {
            rest = rest.strip_prefix(recipe.separator.as_str())?;
        }
        let length = (3..=9)
            .find(|length| rest.get(..*length).is_some_and(|word| list.contains(word.to_ascii_lowercase().as_str())))?;
        let (word, after) = rest.split_at(length);
        if word.bytes().filter(u8::is_ascii_alphabetic).all(|code| code.is_ascii_uppercase()) {
            read.in_capitals += 1;
        }
        rest = after;
        if rest.starts_with(|next: char| next.is_ascii_digit()) {
            assert!(!read.has_digit, "one digit at most");
            read.has_digit = true;
            rest = rest.split_at(1).1;
        }
        read.words.push(word.to_owned());
    }
    Some(read)
}

fn recipes() -> impl Strategy<Value = PasswordRecipe> {
    let sets = prop_oneof![
        Just(CharacterSet::UPPER),
        Just(CharacterSet::LOWER),
        Just(CharacterSet::DIGITS),
        Just(CharacterSet::SPECIAL),
        Just(CharacterSet::PLAIN_SPECIAL),
        Just(CharacterSet::PRINTABLE),
        "[ -~]{1,6}".prop_map(|text| set(&text)),
    ];
    let required = prop::collection::vec((sets.clone(), 0_u16..4), 0..5);
    let allowed = prop::collection::vec(sets, 1..4);
    (0_u16..40, allowed, required, prop::option::of(0_u16..5), any::<bool>()).prop_map(
        |(length, allowed, required, max_consecutive, avoid_look_alikes)| PasswordRecipe {
            length,
            allowed: allowed.into_iter().fold(CharacterSet::EMPTY, CharacterSet::or),
            required: required.into_iter().map(|(characters, at_least)| Requirement { characters, at_least }).collect(),
            max_consecutive,
            avoid_look_alikes,
        },
    )
}

proptest! {
    #[test]
    fn every_password_meets_its_recipe(recipe in recipes(), seed: u64) {
        if let Ok(generator) = Generator::new(&Recipe::Password(recipe.clone())) {
            let mut source = seeded(seed);
            for _ in 0..4 {
                let secret = generator.make_from(&mut source).unwrap();
                prop_assert!(meets(secret.expose(), &recipe), "{} {recipe:?}", text(&secret));
            }
            prop_assert!(generator.entropy_bits() >= 0.0);
            prop_assert!(generator.entropy_bits() <= f64::from(recipe.length) * 95_f64.log2() + 1e-9);
        }
    }

    #[test]
    fn every_passphrase_meets_its_recipe(words in 3_u8..=20, separator in "[-_. +]{0,4}", choice in 0..3, number: bool, seed: u64) {
        let capitals = [Capitals::None, Capitals::Initials, Capitals::OneWord][usize::try_from(choice).unwrap()];
        let recipe = PassphraseRecipe { words, separator, capitals, number };
        let generator = Generator::new(&Recipe::Passphrase(recipe.clone())).unwrap();
        let secret = text(&generator.make_from(seeded(seed)).unwrap());
        let Read { words: found, has_digit, in_capitals } = read(&secret, &recipe).unwrap();
        prop_assert_eq!(found.len(), usize::from(words), "{}", secret);
        prop_assert_eq!(has_digit, number);
        let initials = found.iter().filter(|word| word.starts_with(|first: char| first.is_ascii_uppercase())).count();
        match capitals {
            Capitals::None => prop_assert_eq!((in_capitals, initials), (0, 0)),
            Capitals::Initials => prop_assert_eq!((in_capitals, initials), (0, found.len())),
            Capitals::OneWord => prop_assert_eq!((in_capitals, initials), (1, 1)),
        }
    }

    #[test]
    fn every_pin_has_its_digits(digits in 3_u8..=16, seed: u64) {
        let generator = Generator::new(&Recipe::Pin(PinRecipe { digits })).unwrap();
        let pin = text(&generator.make_from(seeded(seed)).unwrap());
        prop_assert!(pin.len() == usize::from(digits) && pin.bytes().all(|code| code.is_ascii_digit()));
    }
}
