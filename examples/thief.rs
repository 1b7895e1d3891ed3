//! A thief's program: it has all our source, a copy of the data directory, the keystore's secret (through the session bus in its environment) and, on standard
//! input, the PIN. It prints, a line each, `opened` or `shut`, then title and field; and every value that it could open.
//!
//! The tests run it against real stores (`tests/e2e/thief.rs`). What else a thief may try with these bytes stands in `daemon/tests/daemon/thief`.
#![allow(clippy::print_stdout, reason = "a program for tests speaks on its terminal")]

use anyhow::{Context as _, Result};
use countersign_daemon::{store::Store, unlock::Keystore};
use countersign_seal::secret::SecretBytes;
use std::path::Path;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let directory = std::env::args_os().nth(1).context("thief DATA_DIRECTORY")?;
    let mut pin = String::new();
    std::io::stdin().read_line(&mut pin)?;
    let store = Store::open(Path::new(&directory)).await?;
    let open = store.unlock(SecretBytes::from(pin.trim_end().to_owned()), &Keystore::system()).await?;
    let (items, _) = open.items("", 0, 200);
    for item in items {
        for field in &item.fields {
            match open.open_local(item.id, &[field.id]).await {
                Ok(values) => {
                    let value = values.first().map(|value| value.value.expose_str().unwrap_or_default().to_owned());
                    println!("opened\t{}\t{:?}\t{}", item.title, field.kind, value.unwrap_or_default());
                }
                Err(error) => println!("shut\t{}\t{:?}\t{error}", item.title, field.kind),
            }
        }
    }
    Ok(())
}
