//! From what a page demands of a new password to the recipe by which the daemon makes one.

use countersign_forms::{Characters, PasswordRules};
use countersign_vault::generator::{CharacterSet, LENGTH_LIMIT, PasswordRecipe, Requirement};

pub use countersign_vault::generator;

/// Fewer characters than these make poor passwords.
const FEW: u32 = 10;
/// How many digits a PIN has if the page leaves the choice.
const PIN_LENGTH: u16 = 8;
/// The most that requirements may multiply to, each by one more than it asks: beyond, a page asks for nonsense, and the rest of it is left out.
const REQUIRED_LIMIT: u16 = 48;

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
        avoid_look_alikes: wanted.avoid_look_alikes && rules.required.is_empty() && rules.allowed.is_none(),
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
    // One character alone stands in a row as often as it may, and no oftener.
    if recipe.allowed.len() == 1 {
        recipe.length = recipe.length.min(recipe.max_consecutive.unwrap_or(recipe.length));
    }
    recipe
}

/// Adds a requirement, if there is room for it. Its characters are allowed then, if none of them was.
fn require(recipe: &mut PasswordRecipe, requirement: Requirement) {
    let product = |product: u16, other: &Requirement| product.saturating_mul(other.at_least.saturating_add(1));
    let states = recipe.required.iter().chain([&requirement]).fold(1, product);
    let needed = recipe.required.iter().fold(requirement.at_least, |sum, other| sum.saturating_add(other.at_least));
    if states > REQUIRED_LIMIT || needed > recipe.length {
        return;
    }
    if recipe.allowed.and(requirement.characters).is_empty() {
        recipe.allowed = recipe.allowed.or(requirement.characters);
    }
    let characters = requirement.characters.and(recipe.allowed);
    recipe.required.push(Requirement { characters, ..requirement });
}

fn length(rules: &PasswordRules, wanted: u16) -> u16 {
    let wanted = if rules.is_digits_only() { PIN_LENGTH } else { wanted };
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
        let secret = Generator::new(&Recipe::Password(recipe)).unwrap().make().unwrap();
        secret.expose_str().unwrap().to_owned()
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

    proptest! {
        /// Whatever a page says: a password can be made, and is what it asks for.
        #[test]
        fn passwords_meet_the_rules_of_pages(
            password_rules in "((required|allowed): (upper|lower|digit|special|\\[[!-~]{1,4}\\]); |minlength: [0-9]{1,2}; |max-consecutive: [0-9]; ){0,4}",
            pattern in prop::sample::select(vec!["", "[0-9]{4}", "\\S{8,}", "(?=.*\\d)[a-z\\d]{6,12}", "(?!.*[a-z]).*", "[x]+"]),
            lengths in (prop::option::of(0_u32..30), prop::option::of(4_u32..30)),
            label in prop::sample::select(vec!["", "at least 2 digits and one symbol (#$%)", "no spaces", "6-digit PIN", "only letters", "no repeated characters"]),
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
        }
    }
}
