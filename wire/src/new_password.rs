//! From what a page demands of a new password to the recipe by which the daemon makes one.

use countersign_forms::{Characters, PasswordRules, RequiredCharacters, RuleEvidence, RuleSource};
use countersign_vault::generator::{
    Capitals, CharacterSet, LENGTH_LIMIT, PIN_DIGITS, PassphraseRecipe, PasswordRecipe, PinRecipe, Recipe, Requirement,
    WORDS,
};

use serde::{Deserialize, Serialize};

pub use countersign_vault::generator;

/// Fewer characters than these make poor passwords.
const FEW: u32 = 10;
/// How many digits a PIN has if the page leaves the choice.
const PIN_LENGTH: u16 = 8;

/// The least characters that are proposed where a page leaves the choice.
const FEWEST_CHARACTERS: u16 = 8;
/// The least words of a passphrase that a page with a short box gets: 51.7 bits.
const FEWEST_WORDS: u8 = 4;
/// The letters of the list's shortest and longest words.
const WORD_LENGTH: (u32, u32) = (3, 9);
/// What may stand between words, the best first. Some words have a hyphen in them anyway.
const SEPARATORS: [&str; 4] = ["-", "_", ".", " "];

/// The kinds of secrets that people choose between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretKind {
    /// Random characters.
    Password,
    /// Random words.
    Passphrase,
    /// Random digits.
    Pin,
}

/// What people say of a new secret; the rest is as [`Recipe`]s are by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Of which kind it is.
    pub kind: SecretKind,
    /// How many characters, words or digits.
    pub amount: u16,
    /// Whether a password has special characters.
    pub special: bool,
    /// Whether it may have [`CharacterSet::LOOK_ALIKES`].
    pub look_alikes: bool,
}

impl Wanted {
    /// A kind as it is by default.
    #[must_use]
    pub fn new(kind: SecretKind) -> Self {
        let amount = match kind {
            SecretKind::Password => PasswordRecipe::default().length,
            SecretKind::Passphrase => PassphraseRecipe::default().words.into(),
            SecretKind::Pin => PIN_LENGTH,
        };
        Self { kind, amount, special: true, look_alikes: true }
    }

    /// Its recipe, on pages without rules.
    #[must_use]
    pub fn recipe(self) -> Recipe {
        let few = u8::try_from(self.amount).unwrap_or(u8::MAX);
        match self.kind {
            SecretKind::Password => Recipe::Password(self.password()),
            SecretKind::Passphrase => {
                Recipe::Passphrase(PassphraseRecipe { words: few, ..PassphraseRecipe::default() })
            }
            SecretKind::Pin => Recipe::Pin(PinRecipe { digits: few }),
        }
    }

    fn password(self) -> PasswordRecipe {
        let PasswordRecipe { allowed, mut required, max_consecutive, .. } = PasswordRecipe::default();
        let left_out = if self.special { CharacterSet::EMPTY } else { CharacterSet::SPECIAL };
        required.retain(|requirement| !requirement.characters.without(left_out).is_empty());
        PasswordRecipe {
            length: self.amount,
            allowed: allowed.without(left_out),
            required,
            max_consecutive,
            avoid_look_alikes: !self.look_alikes,
        }
    }
}

/// The least and the most of a kind that a page with these rules gets; `None` if nothing of that kind surely meets them.
///
/// What lies between is made as it is wanted: with so many characters, words or digits.
#[must_use]
pub fn bounds(rules: &PasswordRules, kind: SecretKind) -> Option<(u16, u16)> {
    let (few, many) = match kind {
        SecretKind::Password => (FEWEST_CHARACTERS, LENGTH_LIMIT),
        SecretKind::Passphrase => (FEWEST_WORDS.into(), WORDS.1.into()),
        SecretKind::Pin => (PIN_DIGITS.0.into(), PIN_DIGITS.1.into()),
    };
    let made = |wanted: u16| {
        let recipe = adapted(rules, &Wanted { amount: wanted, ..Wanted::new(kind) }.recipe())?;
        Some(amount(&recipe))
    };
    Some((made(few)?, made(many)?))
}

/// How many characters, words or digits.
fn amount(recipe: &Recipe) -> u16 {
    match recipe {
        Recipe::Password(recipe) => recipe.length,
        Recipe::Passphrase(recipe) => recipe.words.into(),
        Recipe::Pin(recipe) => recipe.digits.into(),
    }
}

/// Whether a page with these rules may refuse what is made for it: it has one that is not understood, more of them than can be met together, or wants it longer
/// than any is made.
#[must_use]
pub fn may_be_refused(rules: &PasswordRules) -> bool {
    let made = recipe(rules, &PasswordRecipe::default());
    let is_met = |required: &RequiredCharacters| {
        let characters = set(required.characters).and(made.allowed);
        made.required.iter().any(|other| {
            other.characters.without(characters).is_empty() && u32::from(other.at_least) >= required.at_least
        })
    };
    // What stands elsewhere in the form may be about another field.
    let is_left_out = |rule: &RuleEvidence| !rule.taken && rule.source != RuleSource::FormText;
    rules.unknown_pattern
        || rules.evidence.iter().any(is_left_out)
        || u32::from(made.length) < rules.min_length.unwrap_or(1)
        || !rules.required.iter().all(is_met)
}

/// The recipe of what the user wants (`wanted`), so that it meets a page's rules; `None` if nothing of that kind surely does.
#[must_use]
pub fn adapted(rules: &PasswordRules, wanted: &Recipe) -> Option<Recipe> {
    match wanted {
        Recipe::Password(wanted) => Some(Recipe::Password(recipe(rules, wanted))),
        Recipe::Passphrase(wanted) => passphrase(rules, wanted).map(Recipe::Passphrase),
        Recipe::Pin(wanted) => pin(rules, *wanted),
    }
}

/// Of digits alone, as many as the page takes.
fn pin(rules: &PasswordRules, wanted: PinRecipe) -> Option<Recipe> {
    let digits = PasswordRecipe {
        length: wanted.digits.into(),
        allowed: CharacterSet::DIGITS,
        required: vec![],
        max_consecutive: None,
        avoid_look_alikes: false,
    };
    if rules.unknown_pattern && !rules.is_digits_only() {
        return None;
    }
    let made = recipe(rules, &digits);
    made.allowed.without(CharacterSet::DIGITS).is_empty().then_some(Recipe::Password(made))
}

/// With as many words, capitals and digits as the page demands and its box has room for.
fn passphrase(rules: &PasswordRules, wanted: &PassphraseRecipe) -> Option<PassphraseRecipe> {
    let page = rules.allowed.map_or(CharacterSet::PRINTABLE, set);
    let takes = |set: CharacterSet| set.without(page).is_empty();
    let is_taken = |separator: &&str| takes(CharacterSet::of(separator).unwrap_or_default());
    let hyphen = CharacterSet::of("-").unwrap_or_default();
    let separator = core::iter::once(wanted.separator.as_str()).chain(SEPARATORS).find(is_taken)?;
    // Within a word a letter stands twice in a row at most; between two it may stand oftener.
    let is_even = rules.max_consecutive.is_none_or(|most| most >= 2 && !separator.is_empty());
    if rules.unknown_pattern || !is_even || !takes(CharacterSet::LOWER.or(hyphen)) {
        return None;
    }
    let mut made = PassphraseRecipe { separator: separator.to_owned(), ..wanted.clone() };
    let mut fewest = FEWEST_WORDS;
    for required in &rules.required {
        fewest = fewest.max(demand(&mut made, set(required.characters), required.at_least)?);
    }
    let is_capital = made.capitals != Capitals::None;
    if (is_capital && !takes(CharacterSet::UPPER)) || (made.number && !takes(CharacterSet::DIGITS)) {
        return None;
    }
    made.words = made.words.max(fewest);
    fit(made, fewest, rules.min_length.unwrap_or(1), rules.max_length.unwrap_or(u32::from(LENGTH_LIMIT)))
}

/// Has a passphrase contain so many of these characters; says how many words that takes, or `None` if it may have fewer.
fn demand(made: &mut PassphraseRecipe, characters: CharacterSet, at_least: u32) -> Option<u8> {
    let has = |all: CharacterSet| all.without(characters).is_empty();
    let separator = CharacterSet::of(&made.separator).unwrap_or_default();
    let words = if has(CharacterSet::LOWER) && at_least <= WORD_LENGTH.0 {
        // Two words have that many behind their first letters; one may be in capitals.
        u32::from(WORDS.0)
    } else if has(CharacterSet::UPPER) {
        made.capitals = Capitals::Initials;
        at_least
    } else if has(CharacterSet::DIGITS) && at_least == 1 {
        made.number = true;
        1
    } else if !separator.is_empty() && has(separator) {
        at_least.checked_add(1)?
    } else {
        return None;
    };
    u8::try_from(words).ok().filter(|words| *words <= WORDS.1)
}

/// Takes or leaves words, until all passphrases are as long as the page demands and none is longer.
fn fit(made: PassphraseRecipe, fewest: u8, least: u32, most: u32) -> Option<PassphraseRecipe> {
    let between = u32::try_from(made.separator.len()).ok()?;
    let digit = u32::from(made.number);
    let length = |words: u8, word: u32| u32::from(words) * (word + between) - between + digit;
    let is_long = |words: &u8| length(*words, WORD_LENGTH.0) >= least;
    let is_short = |words: &u8| length(*words, WORD_LENGTH.1) <= most;
    let demanded = (made.words..=WORDS.1).find(is_long)?;
    let words = (fewest..=demanded).rev().find(is_short).filter(is_long)?;
    Some(PassphraseRecipe { words, ..made })
}

/// The recipe of a password that meets a page's rules, as long and as mixed as the user's own recipe (`wanted`) where the page leaves the choice.
///
/// Where nobody knows what signs a page takes ([`PasswordRules::unknown_pattern`]), the only one is `!`: a list that has any has that. Nothing checks such
/// a password against the page's pattern before it is filled.
#[must_use]
pub fn recipe(rules: &PasswordRules, wanted: &PasswordRecipe) -> PasswordRecipe {
    let page = rules.allowed.map_or(CharacterSet::PRINTABLE, set);
    let signs = if rules.unknown_pattern { set(Characters::of("!")) } else { wanted.allowed };
    let letters = CharacterSet::PRINTABLE.without(CharacterSet::SPECIAL);
    let offered = wanted.allowed.and(letters.or(signs)).and(page);
    let length = length(rules, wanted.length);
    let mut recipe = PasswordRecipe {
        length,
        // A page that takes little of what the user wants gets all that it takes.
        allowed: if offered.len() < FEW { without_space(page) } else { offered },
        required: vec![],
        max_consecutive: [rules.max_consecutive.and_then(|run| u16::try_from(run).ok()), wanted.max_consecutive]
            .into_iter()
            .flatten()
            .min(),
        avoid_look_alikes: false,
    };
    for required in &rules.required {
        let characters = without_space(set(required.characters).and(page));
        let at_least = u16::try_from(required.at_least).unwrap_or(u16::MAX);
        require(&mut recipe, Requirement { characters, at_least });
    }
    for requirement in &wanted.required {
        let characters = requirement.characters.and(recipe.allowed);
        let is_met = characters.is_empty() || recipe.required.iter().any(|other| other.characters == characters);
        if !is_met {
            require(&mut recipe, Requirement { characters, ..*requirement });
        }
    }
    recipe.avoid_look_alikes = wanted.avoid_look_alikes && has_others(&recipe);
    // One character alone stands in a row as often as it may, and no oftener.
    if recipe.allowed.len() == 1 {
        recipe.length = recipe.length.min(recipe.max_consecutive.unwrap_or(recipe.length));
        leave_out_what_has_no_room(&mut recipe);
    }
    recipe
}

/// Leaves requirements out that a shorter password has no room for.
fn leave_out_what_has_no_room(recipe: &mut PasswordRecipe) {
    let mut room = recipe.length;
    recipe.required.retain(|required| {
        let left = room.checked_sub(required.at_least);
        room = left.unwrap_or(room);
        left.is_some()
    });
}

/// Whether enough is left without look-alikes, of all that is allowed and of each set that is required.
fn has_others(recipe: &PasswordRecipe) -> bool {
    let others = |set: CharacterSet| set.and(recipe.allowed).without(CharacterSet::LOOK_ALIKES);
    others(recipe.allowed).len() >= FEW
        && recipe.required.iter().all(|required| !others(required.characters).is_empty())
}

/// Adds a requirement, if there is room for it: a page that asks for more asks for nonsense. Its characters are allowed then, if none of them was.
fn require(recipe: &mut PasswordRecipe, requirement: Requirement) {
    let needed = recipe.required.iter().fold(requirement.at_least, |sum, other| sum.saturating_add(other.at_least));
    let is_new = recipe.allowed.and(requirement.characters).is_empty();
    let allowed = if is_new { recipe.allowed.or(requirement.characters) } else { recipe.allowed };
    let mut with = PasswordRecipe { allowed, ..recipe.clone() };
    with.required.push(Requirement { characters: requirement.characters.and(allowed), ..requirement });
    if needed <= recipe.length && with.is_countable() {
        *recipe = with;
    }
}

fn length(rules: &PasswordRules, wanted: u16) -> u16 {
    // Nobody who wants a long password wants that many digits.
    let is_long = wanted > PIN_DIGITS.1.into();
    let wanted = if rules.is_digits_only() && is_long { PIN_LENGTH } else { wanted };
    let bound = |length: Option<u32>, otherwise: u16| {
        length.map_or(otherwise, |length| u16::try_from(length).unwrap_or(u16::MAX))
    };
    wanted.max(bound(rules.min_length, 1)).min(bound(rules.max_length, LENGTH_LIMIT)).clamp(1, LENGTH_LIMIT)
}

/// Pages trim spaces, and people do not see them: none is made unless nothing else is taken.
fn without_space(set: CharacterSet) -> CharacterSet {
    let visible = set.and(CharacterSet::PRINTABLE.without(self::set(Characters::SPACE)));
    if visible.is_empty() { set } else { visible }
}

fn set(characters: Characters) -> CharacterSet {
    CharacterSet::of(&characters.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_forms::{Field, FieldId, FieldTexts, FormSnapshot, RawSnapshot};
    use countersign_vault::generator::{Generator, Recipe};
    use proptest::prelude::*;

    fn rules(field: Field) -> PasswordRules {
        let raw = RawSnapshot { fields: vec![Field { id: 1, ..field }], ..RawSnapshot::default() };
        PasswordRules::for_fields(&FormSnapshot::parse(raw).unwrap(), &[FieldId(1)])
    }

    fn of(field: Field) -> PasswordRecipe {
        recipe(&rules(field), &PasswordRecipe::default())
    }

    fn password(recipe: PasswordRecipe) -> String {
        secret(&Recipe::Password(recipe))
    }

    fn secret(recipe: &Recipe) -> String {
        let secret = Generator::new(recipe).unwrap().make().unwrap();
        secret.expose_str().unwrap().to_owned()
    }

    fn stated(label: &str) -> PasswordRules {
        rules(Field { texts: FieldTexts { label: label.into(), ..FieldTexts::default() }, ..Field::default() })
    }

    fn words(rules: &PasswordRules) -> Option<PassphraseRecipe> {
        match adapted(rules, &Recipe::Passphrase(PassphraseRecipe::default())) {
            Some(Recipe::Passphrase(recipe)) => Some(recipe),
            _ => None,
        }
    }

    /// Whether a password is what the page asks for.
    fn meets(password: &str, rules: &PasswordRules) -> bool {
        let length = u32::try_from(password.len()).unwrap();
        let count =
            |set: Characters| password.chars().filter(|letter| !Characters::one(*letter).and(set).is_empty()).count();
        let bytes = password.as_bytes();
        let run = bytes.chunk_by(|one, next| one == next).map(<[u8]>::len).max().unwrap_or_default();
        let at_least = |count: usize, least: u32| u32::try_from(count).unwrap() >= least;
        rules.min_length.is_none_or(|least| length >= least)
            && rules.max_length.is_none_or(|most| length <= most)
            && rules.allowed.is_none_or(|allowed| count(allowed) == password.len())
            && rules.required.iter().all(|required| at_least(count(required.characters), required.at_least))
            && rules
                .max_consecutive
                .is_none_or(|most| at_least(usize::try_from(most).unwrap(), u32::try_from(run).unwrap()))
    }

    #[test]
    fn a_page_without_rules_gets_what_the_user_wants() {
        assert_eq!(of(Field::default()), PasswordRecipe::default());
    }

    #[test]
    fn a_page_gets_the_signs_it_asks_for() {
        let recipe =
            of(Field { password_rules: "required: [#$]; required: lower; allowed: digit".into(), ..Field::default() });
        assert_eq!(recipe.allowed.to_string(), "#$0123456789abcdefghijklmnopqrstuvwxyz");
        assert!(password(recipe).contains(['#', '$']));
    }

    #[test]
    fn a_pin_has_as_many_digits_as_the_page_says() {
        let texts = |label: &str| FieldTexts { label: label.into(), ..FieldTexts::default() };
        for (label, length) in [("6-digit PIN", 6), ("4 to 12 digits", 8), ("4 to 6 digits", 6), ("Digits only", 8)] {
            let pin = password(of(Field { texts: texts(label), ..Field::default() }));
            assert!(pin.len() == length && pin.bytes().all(|code| code.is_ascii_digit()), "{label}: {pin}");
        }
    }

    #[test]
    fn a_short_box_gets_what_fits() {
        let recipe = of(Field { max_length: Some(3), ..Field::default() });
        assert_eq!((recipe.length, recipe.required.len()), (3, 3));
        assert_eq!(password(recipe).len(), 3);
        assert_eq!(of(Field { min_length: Some(9_999), ..Field::default() }).length, LENGTH_LIMIT);
    }

    #[test]
    fn a_page_that_cannot_be_understood_gets_the_sign_that_most_take() {
        let recipe = of(Field { pattern: "(?=.*[a-z]{2})(?=.*[!#$]).*".into(), ..Field::default() });
        assert_eq!(recipe.allowed.and(CharacterSet::SPECIAL).to_string(), "!");
    }

    #[test]
    fn what_people_want_is_as_recipes_are_by_default() {
        assert_eq!(Wanted::new(SecretKind::Password).recipe(), Recipe::default());
        assert_eq!(Wanted::new(SecretKind::Passphrase).recipe(), Recipe::Passphrase(PassphraseRecipe::default()));
        let plain = Wanted { amount: 30, special: false, ..Wanted::new(SecretKind::Password) }.password();
        let signs = plain.allowed.and(CharacterSet::SPECIAL);
        assert_eq!((plain.length, signs.is_empty(), plain.required.len()), (30, true, 3));
    }

    #[test]
    fn a_kind_has_the_bounds_that_the_page_leaves() {
        let of = |least: Option<u32>, most: Option<u32>, kind| {
            bounds(&rules(Field { min_length: least, max_length: most, ..Field::default() }), kind)
        };
        assert_eq!(of(None, None, SecretKind::Password), Some((8, 128)));
        assert_eq!(of(Some(12), Some(16), SecretKind::Password), Some((12, 16)));
        assert_eq!(of(None, Some(4), SecretKind::Password), Some((4, 4)));
        assert_eq!(of(Some(6), Some(6), SecretKind::Pin), Some((6, 6)));
        assert_eq!(of(Some(6), Some(6), SecretKind::Passphrase), None);
        assert_eq!(of(None, None, SecretKind::Passphrase), Some((4, 12)));
        assert_eq!(of(None, Some(64), SecretKind::Passphrase), Some((4, 6)));
        assert_eq!(of(Some(40), None, SecretKind::Passphrase), Some((11, 12)));
        assert_eq!(bounds(&stated("Digits only"), SecretKind::Password), Some((8, 8)));
    }

    #[test]
    fn look_alikes_are_left_out_wherever_enough_is_left() {
        let wanted = Wanted { look_alikes: false, ..Wanted::new(SecretKind::Password) };
        let avoids = |rules: &PasswordRules| recipe(rules, &wanted.password()).avoid_look_alikes;
        assert!(avoids(&stated("At least one capital letter, one digit and one symbol")));
        assert!(avoids(&rules(Field {
            password_rules: "allowed: upper, digit; required: upper".into(),
            ..Field::default()
        })));
        assert!(!avoids(&rules(Field { password_rules: "allowed: [01]".into(), ..Field::default() })));
        assert!(!avoids(&rules(Field { password_rules: "required: [0]; allowed: lower".into(), ..Field::default() })));
    }

    #[test]
    fn two_of_each_are_met_and_what_cannot_be_met_is_known() {
        let of = |password_rules: &str| rules(Field { password_rules: password_rules.into(), ..Field::default() });
        let two = stated("At least 2 lowercase letters, 2 uppercase letters, 2 digits and 2 special characters");
        assert_eq!(two.required.iter().map(|required| required.at_least).collect::<Vec<_>>(), [2; 4]);
        assert!(!may_be_refused(&two), "{two:?}");
        assert!(!may_be_refused(&of("required: upper; required: [$#]")));
        let required =
            ["abc", "ABC", "123", "#$"].map(|all| RequiredCharacters { characters: Characters::of(all), at_least: 20 });
        assert!(may_be_refused(&PasswordRules { required: required.to_vec(), ..PasswordRules::default() }));
        // A rule that contradicts a better one, and a length that nothing has.
        let contradictory = |password_rules: &str| {
            rules(Field { max_length: Some(8), password_rules: password_rules.into(), ..Field::default() })
        };
        assert!(may_be_refused(&contradictory("minlength: 12")));
        assert!(!may_be_refused(&contradictory("minlength: 6")));
        let longest = |least: u16| rules(Field { min_length: Some(least.into()), ..Field::default() });
        assert!(!may_be_refused(&longest(LENGTH_LIMIT)));
        assert!(may_be_refused(&longest(LENGTH_LIMIT + 1)));
    }

    #[test]
    fn a_passphrase_gets_the_capitals_and_the_digit_that_a_page_asks_for() {
        assert_eq!(words(&PasswordRules::default()), Some(PassphraseRecipe::default()));
        let recipe = words(&stated("At least one capital letter, one digit and one symbol")).unwrap();
        assert_eq!((recipe.capitals, recipe.number, recipe.words), (Capitals::Initials, true, 6));
    }

    #[test]
    fn a_passphrase_has_the_words_that_a_box_has_room_for_and_none_is_made_that_would_be_weak() {
        let most = |most: u32| words(&rules(Field { max_length: Some(most), ..Field::default() }));
        assert_eq!(most(64).unwrap().words, 6);
        assert_eq!(most(40).unwrap().words, 4);
        assert_eq!(most(30), None);
        let least = words(&rules(Field { min_length: Some(30), ..Field::default() })).unwrap();
        assert_eq!(least.words, 8);
    }

    #[test]
    fn no_passphrase_goes_where_it_may_be_refused() {
        for label in ["Digits only", "At least 2 digits", "4 to 12 characters"] {
            assert_eq!(words(&stated(label)), None, "{label}");
        }
        let pattern = |pattern: &str| words(&rules(Field { pattern: pattern.into(), ..Field::default() }));
        assert_eq!(pattern("(?=.*[a-z]{2})(?=.*[!#$]).*"), None);
        assert_eq!(pattern("[a-zA-Z0-9]{8,}"), None, "some words have a hyphen in them");
    }

    #[test]
    fn a_pin_is_made_only_where_digits_are_enough() {
        let pin = |label: &str| adapted(&stated(label), &Recipe::Pin(PinRecipe { digits: 6 }));
        assert_eq!(secret(&pin("").unwrap()).len(), 6);
        assert_eq!(secret(&pin("8 digits").unwrap()).len(), 8);
        assert_eq!(pin("At least one letter"), None);
    }

    #[test]
    fn the_one_digit_that_a_page_takes_stands_as_often_as_it_may() {
        let texts = FieldTexts { label: "no repeated characters".into(), ..FieldTexts::default() };
        let (password_rules, pattern) = ("required: [0]; ".into(), "(?!.*[a-z]).*".into());
        let rules = rules(Field { password_rules, pattern, texts, ..Field::default() });
        assert_eq!(secret(&adapted(&rules, &Recipe::Pin(PinRecipe::default())).unwrap()), "0");
    }

    #[test]
    fn one_sign_that_may_not_stand_twice_in_a_row_stands_once_whatever_else_is_asked_for() {
        let texts = FieldTexts { label: "at least 2 digits and one symbol (#$%)".into(), ..FieldTexts::default() };
        let password_rules = "required: [0]; max-consecutive: 1; ".into();
        let rules = rules(Field { password_rules, texts, ..Field::default() });
        assert_eq!(password(recipe(&rules, &PasswordRecipe::default())), "0");
        assert!(may_be_refused(&rules));
    }

    proptest! {
        /// Whatever a page says: a password can be made, and is what it asks for.
        #[test]
        fn passwords_meet_the_rules_of_pages(
            password_rules in "((required|allowed): (upper|lower|digit|special|\\[[!-~]{1,4}\\]); |minlength: [0-9]{1,2}; |max-consecutive: [0-9]; ){0,4}",
            pattern in prop::sample::select(vec!["", "[0-9]{4}", "\\S{8,}", "(?=.*\\d)[a-z\\d]{6,12}", "(?!.*[a-z]).*", "[x]+"]),
            lengths in (prop::option::of(0_u32..30), prop::option::of(4_u32..30)),
            label in prop::sample::select(vec!["", "at least 2 digits and one symbol (#$%)", "no spaces", "6-digit PIN", "only letters", "no repeated characters"]),
            kind in prop::sample::select(vec![SecretKind::Password, SecretKind::Passphrase, SecretKind::Pin]),
            (part, special, look_alikes) in (0_u32..=100, any::<bool>(), any::<bool>()),
        ) {
            let rules = rules(Field {
                password_rules,
                pattern: pattern.into(),
                min_length: lengths.0,
                max_length: lengths.1,
                texts: FieldTexts { label: label.into(), ..FieldTexts::default() },
                ..Field::default()
            });
            let recipe = recipe(&rules, &PasswordRecipe::default());
            let made = password(recipe);
            prop_assert!(meets(&made, &rules), "{made} {rules:?}");
            for wanted in [Recipe::Passphrase(PassphraseRecipe::default()), Recipe::Pin(PinRecipe::default())] {
                let Some(recipe) = adapted(&rules, &wanted) else { continue };
                let made = secret(&recipe);
                prop_assert!(meets(&made, &rules), "{made} {rules:?}");
                let is_pin = made.bytes().all(|code| code.is_ascii_digit());
                prop_assert_eq!(is_pin, matches!(wanted, Recipe::Pin(_)));
            }
            // Between the bounds there is as much as people want.
            if let Some((least, most)) = bounds(&rules, kind) {
                prop_assert!(least <= most, "{least} {most} {rules:?}");
                let amount = least + u16::try_from(u32::from(most - least) * part / 100).unwrap();
                let made = adapted(&rules, &Wanted { kind, amount, special, look_alikes }.recipe()).unwrap();
                prop_assert_eq!(super::amount(&made), amount, "{:?}", rules);
                let made = secret(&made);
                prop_assert!(meets(&made, &rules), "{made} {rules:?}");
            }
        }
    }
}
