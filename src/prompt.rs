//! Asking people: secrets without echo from the terminal, or a line of standard input; never from the command line.

use crate::{
    Result,
    text::{Failure, Text},
};
use countersign_seal::secret::SecretBytes;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use zeroize::Zeroizing;

/// Asks for a secret, once.
pub(crate) fn secret(text: &Text, message: &str) -> Result<SecretBytes> {
    let typed = if std::io::stdin().is_terminal() {
        Zeroizing::new(rpassword::prompt_password(format!("{} ", text.say(message)))?)
    } else {
        line()?
    };
    if typed.is_empty() { Err(Failure::new("error-no-input")) } else { Ok(SecretBytes::new(typed.as_bytes().to_vec())) }
}

/// Asks for a new secret: on a terminal twice, since nobody sees what they type.
pub(crate) fn new_secret(text: &Text, message: &str) -> Result<SecretBytes> {
    let first = secret(text, message)?;
    if std::io::stdin().is_terminal() && secret(text, "prompt-again")? != first {
        return Err(Failure::new("error-differs"));
    }
    Ok(first)
}

/// Whether the answer to a question is `expected`.
pub(crate) fn answers(question: &str, expected: &str) -> Result<bool> {
    let mut stdout = std::io::stdout();
    write!(stdout, "{question} ")?;
    stdout.flush()?;
    Ok(line()?.trim().eq_ignore_ascii_case(expected))
}

/// A line of standard input without its end.
fn line() -> Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(line)
}
