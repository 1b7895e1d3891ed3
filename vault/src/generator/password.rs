//! The passwords of a recipe, counted and numbered.
//!
//! A password is a row of runs: a run is one character, once or as often in a row as the recipe allows, and the next run is of another character. How many
//! ways there are to go on depends on three things alone: how many characters are left, what is still required, and which *kind* of
//! character was last, where two characters are of one kind if the same requirements count them. So the ways are few enough to be tabled.

use super::{
    CharacterSet, LENGTH_LIMIT, PasswordRecipe, RecipeError, Requirement,
    recipe::{TABLE_LIMIT, parts},
};
use countersign_seal::secret::SecretBytes;
use crypto_bigint::U1024;
use zeroize::Zeroizing;

/// All passwords that meet a recipe.
#[derive(Debug)]
pub(super) struct Passwords {
    allowed: CharacterSet,
    length: usize,
    /// How often a character stands in a row at most; 1 where that is not limited, see `limited`.
    longest_run: usize,
    /// Whether a run ends where the character changes, or after each character.
    limited: bool,
    kinds: Vec<Kind>,
    /// How many states of what is still required there are. State 0 is: nothing. The last is: everything.
    states: usize,
    /// By characters left and state: the ways to go on with any character.
    open: Vec<U1024>,
    /// By characters left, state and kind: the ways to go on with one given character of that kind.
    begun: Vec<U1024>,
}

/// Characters that the same requirements count.
#[derive(Debug)]
struct Kind {
    characters: CharacterSet,
    /// By state: the state after one of them was written.
    next: Vec<usize>,
}

impl Passwords {
    /// Counts the passwords that meet a recipe.
    pub(super) fn new(recipe: &PasswordRecipe) -> Result<Self, RecipeError> {
        if !(1..=LENGTH_LIMIT).contains(&recipe.length) {
            return Err(RecipeError::Length(recipe.length));
        }
        let left_out = if recipe.avoid_look_alikes { CharacterSet::LOOK_ALIKES } else { CharacterSet::EMPTY };
        let allowed = recipe.allowed.without(left_out);
        if allowed.is_empty() {
            return Err(RecipeError::NothingAllowed);
        }
        if recipe.max_consecutive == Some(0) {
            return Err(RecipeError::NoneConsecutive);
        }
        let run = recipe.max_consecutive.filter(|run| *run < recipe.length);
        let required = requirements(recipe, allowed)?;
        let length = usize::from(recipe.length);
        let mut passwords = Self {
            allowed,
            length,
            longest_run: usize::from(run.unwrap_or(1)),
            limited: run.is_some(),
            states: states(&required, length)?,
            kinds: vec![],
            open: vec![],
            begun: vec![],
        };
        passwords.kinds = kinds(allowed, &required, passwords.states);
        passwords.tabulate()?;
        if passwords.count() == U1024::ZERO {
            // Without the limit of runs something fits, or there is no room for what is required.
            let fits = run.is_some() && Self::new(&PasswordRecipe { max_consecutive: None, ..recipe.clone() }).is_ok();
            return Err(if fits { RecipeError::MustRepeat } else { RecipeError::NoRoom { length: recipe.length } });
        }
        Ok(passwords)
    }

    /// How many there are.
    pub(super) fn count(&self) -> U1024 {
        self.open(self.length, self.states.saturating_sub(1))
    }

    /// Writes the password of a number below [`Self::count`].
    pub(super) fn write(&self, mut number: Zeroizing<U1024>) -> SecretBytes {
        let mut text = Vec::with_capacity(self.length);
        let (mut left, mut state) = (self.length, self.states.saturating_sub(1));
        // The number is below the ways to go on, which are the sum of the blocks tried: one of them holds it, each time.
        while let Some((code, kind)) = self.choose_character(&mut number, left, state, text.last().copied()) {
            let Some((run, next)) = self.choose_run(&mut number, left, state, kind) else { break };
            text.extend(std::iter::repeat_n(code, run));
            (left, state) = (left.saturating_sub(run), next);
        }
        SecretBytes::new(text)
    }

    fn choose_character(&self, number: &mut U1024, left: usize, state: usize, last: Option<u8>) -> Option<(u8, usize)> {
        let others = self.allowed.codes().filter(|code| !(self.limited && last == Some(*code)));
        others
            .filter_map(|code| Some((code, self.kinds.iter().position(|kind| kind.characters.contains(code))?)))
            .find(|(_, kind)| holds(number, self.begun(left, state, *kind)))
    }

    fn choose_run(&self, number: &mut U1024, left: usize, state: usize, kind: usize) -> Option<(usize, usize)> {
        self.runs(left, state, kind)
            .find(|(run, next)| holds(number, self.ended(left.saturating_sub(*run), *next, kind)))
    }

    fn tabulate(&mut self) -> Result<(), RecipeError> {
        let rows = self.length.saturating_add(1).saturating_mul(self.states);
        if rows.saturating_mul(self.kinds.len().saturating_add(1)) > TABLE_LIMIT {
            return Err(RecipeError::TooManyRequired);
        }
        for left in 0..=self.length {
            for state in 0..self.states {
                let begun: Vec<U1024> = (0..self.kinds.len()).map(|kind| self.count_begun(left, state, kind)).collect();
                let open = if left == 0 {
                    if state == 0 { U1024::ONE } else { U1024::ZERO }
                } else {
                    self.kinds.iter().zip(&begun).fold(U1024::ZERO, |sum, (kind, ways)| {
                        sum.wrapping_add(&ways.wrapping_mul(&U1024::from_u32(kind.characters.len())))
                    })
                };
                self.open.push(open);
                self.begun.extend(begun);
            }
        }
        Ok(())
    }

    /// The ways to go on with one given character of a kind: in a run of some length, and then with any other character.
    fn count_begun(&self, left: usize, state: usize, kind: usize) -> U1024 {
        self.runs(left, state, kind)
            .map(|(run, next)| self.ended(left.saturating_sub(run), next, kind))
            .fold(U1024::ZERO, |sum, ways| sum.wrapping_add(&ways))
    }

    /// The lengths that a run of a kind can have, each with the state after it.
    fn runs(&self, left: usize, state: usize, kind: usize) -> impl Iterator<Item = (usize, usize)> {
        let next = self.kinds.get(kind).map(|kind| kind.next.as_slice()).unwrap_or_default();
        (1..=self.longest_run.min(left)).scan(state, |state, run| {
            *state = next.get(*state).copied()?;
            Some((run, *state))
        })
    }

    fn open(&self, left: usize, state: usize) -> U1024 {
        self.open.get(self.row(left, state)).copied().unwrap_or_default()
    }

    fn begun(&self, left: usize, state: usize, kind: usize) -> U1024 {
        let place = self.row(left, state).saturating_mul(self.kinds.len()).saturating_add(kind);
        self.begun.get(place).copied().unwrap_or_default()
    }

    /// The ways to go on after a run of a kind has ended: where runs are limited, not with that same character.
    fn ended(&self, left: usize, state: usize, kind: usize) -> U1024 {
        let open = self.open(left, state);
        if self.limited { open.wrapping_sub(&self.begun(left, state, kind)) } else { open }
    }

    fn row(&self, left: usize, state: usize) -> usize {
        left.saturating_mul(self.states).saturating_add(state)
    }
}

/// Whether a number is in a block; if not, it is counted from the block's end on.
fn holds(number: &mut U1024, block: U1024) -> bool {
    let inside = *number < block;
    if !inside {
        *number = number.wrapping_sub(&block);
    }
    inside
}

/// What is required of allowed characters, each set once.
fn requirements(recipe: &PasswordRecipe, allowed: CharacterSet) -> Result<Vec<Requirement>, RecipeError> {
    let mut found: Vec<Requirement> = vec![];
    for requirement in recipe.required.iter().filter(|requirement| requirement.at_least > 0) {
        let characters = requirement.characters.and(allowed);
        if characters.is_empty() {
            return Err(RecipeError::RequiredNotAllowed(requirement.characters));
        }
        match found.iter_mut().find(|other| other.characters == characters) {
            Some(same) => same.at_least = same.at_least.max(requirement.at_least),
            None => found.push(Requirement { characters, at_least: requirement.at_least }),
        }
    }
    Ok(found)
}

/// How many states of what is required there are: each requirement lacks none, one, and so on up to all that it asks.
fn states(required: &[Requirement], length: usize) -> Result<usize, RecipeError> {
    let limit = TABLE_LIMIT.checked_div(length).unwrap_or_default();
    let states = required.iter().try_fold(1_usize, |states, requirement| {
        states.checked_mul(usize::from(requirement.at_least).saturating_add(1)).filter(|states| *states <= limit)
    });
    states.ok_or(RecipeError::TooManyRequired)
}

/// The allowed characters by the requirements that count them.
fn kinds(allowed: CharacterSet, required: &[Requirement], states: usize) -> Vec<Kind> {
    let next = |part: CharacterSet| (0..states).map(|state| next_state(state, part, required)).collect();
    parts(allowed, required).into_iter().map(|characters| Kind { characters, next: next(characters) }).collect()
}

/// The state after a character. A state is a number whose digits say what each requirement still lacks; the base of each digit is one more than it asks.
fn next_state(state: usize, part: CharacterSet, required: &[Requirement]) -> usize {
    let (mut next, mut rest, mut worth) = (0_usize, state, 1_usize);
    for requirement in required {
        let base = usize::from(requirement.at_least).saturating_add(1);
        let lacking = rest.checked_rem(base).unwrap_or_default();
        let counted = usize::from(!part.and(requirement.characters).is_empty());
        next = next.saturating_add(lacking.saturating_sub(counted).saturating_mul(worth));
        rest = rest.checked_div(base).unwrap_or_default();
        worth = worth.saturating_mul(base);
    }
    next
}
