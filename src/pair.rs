//! `countersign pair`: shows a code or a link, and waits for the device.

use crate::{
    Outcome, Result,
    arguments::Pairable,
    daemon::Daemon,
    print, qr,
    text::{Text, progress_message},
};
use countersign_wire::{
    control::{Command, Report},
    local::Fault,
};

/// Shows what the device needs, and how far it is, until it is paired.
pub(crate) async fn run(text: &Text, what: Pairable) -> Result {
    let mut daemon = Daemon::connect().await?;
    let command = match what {
        Pairable::Browser => Command::PairBrowser,
        Pairable::Phone => Command::PairPhone,
    };
    daemon.tell(&command).await?;
    loop {
        match daemon.hear().await? {
            Report::Code { digits, .. } => {
                print(&text.say("pair-code"));
                print(&format!("\n    {}\n", spaced(digits.expose_str().map_err(|_| Fault::Internal)?)));
            }
            Report::Link { url, .. } => {
                let url = url.expose_str().map_err(|_| Fault::Internal)?;
                print(&text.say("pair-link"));
                print(&format!("\n    {url}\n"));
                qr::draw(url).iter().for_each(|line| print(line));
            }
            Report::Number(number) => {
                print(&text.say_with("pair-number", &[("number", number.get().to_string().into())]))
            }
            Report::Progress(progress) => print(&text.say(progress_message(progress))),
            Report::Paired { name, .. } => {
                print(&text.say_with("pair-done", &[("name", name.into())]));
                return Ok(Outcome::Done);
            }
            _ => return Err(Fault::Malformed.into()),
        }
    }
}

/// Six digits in two groups are easier to read and to type.
fn spaced(digits: &str) -> String {
    let middle = digits.len() / 2;
    digits.split_at_checked(middle).map_or_else(|| digits.to_owned(), |(left, right)| format!("{left} {right}"))
}
