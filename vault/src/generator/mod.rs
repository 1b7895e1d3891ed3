//! New secrets: passwords, passphrases and PINs, made by a [`Recipe`].
//!
//! Every kind is made in the same way. The secrets that meet a recipe are counted, exactly, as an integer *N*; one number below *N* is drawn; the secret of that
//! number is written down. So each secret that meets the recipe is equally likely, whatever the recipe requires, none is ever thrown away, and the
//! entropy is log₂ *N*: not an estimate, and not a bound.
//!
//! Numbers are drawn as many bits as *N* has, again until one is below it: no remainder is taken, so none is likelier than another.
//!
//! Recipes are for everybody who asks for secrets; making them needs the feature `generator`, which carries a list of words and is only for the
//! daemon and the command line.

mod characters;
#[cfg(feature = "generator")]
mod making;
#[cfg(feature = "generator")]
mod passphrase;
#[cfg(feature = "generator")]
mod password;
mod recipe;
#[cfg(test)]
mod tests;

pub use characters::CharacterSet;
pub use recipe::{
    Capitals, LENGTH_LIMIT, PIN_DIGITS, PassphraseRecipe, PasswordRecipe, PinRecipe, Recipe, RecipeError, Requirement,
    SEPARATOR_LIMIT, WORDS,
};

#[cfg(all(feature = "generator", target_arch = "wasm32"))]
compile_error!("secrets are made by the daemon: the list of words does not belong in a WebAssembly module");

#[cfg(feature = "generator")]
pub use making::Generator;
