//! The phone app in real browsers, against the real relay: first run, requests, lock. Everything is done by trusted input events.

mod desktop;
pub(crate) mod hosted;

use anyhow::Result;
use countersign_harness::{
    Browser, ConsoleMessage, Home, Kind,
    spine::{self, PHONE_PIN, Phone, Relay},
};
use countersign_seal::{
    field::Policy,
    native::NativeKeys,
    origin::{Origin, Site},
    request::{Refusal, Yield},
};
use countersign_wire::mail::Withdrawal;
use desktop::{Desktop, Item};

const SITE: &str = "https://bank.example";

/// Saves what is shown, in light and dark, for people to look at.
async fn picture(phone: &Phone, name: &str) -> Result<()> {
    if phone.browser.kind() != Kind::Chromium {
        return Ok(());
    }
    for (dark, scheme) in [(false, "light"), (true, "dark")] {
        phone.browser.set_dark(dark).await?;
        phone.page.screenshot(&spine::picture("screens", &format!("phone-{name}-{scheme}"))).await?;
    }
    phone.browser.set_dark(false).await
}

/// Opens the link, chooses a PIN, writes the words down and types two of them back.
async fn set_up(phone: &Phone, desktop: &mut Desktop, relay: &Relay) -> Result<()> {
    phone.title("Your phone has the last word").await?;
    picture(phone, "welcome").await?;
    let link = desktop.link().await?;
    phone.page.navigate(&format!("{}/#{}", relay.phone_origin, link.to_fragment()?)).await?;
    phone.title("Pair with your computer?").await?;
    assert_eq!(phone.page.text("location.hash").await?, "", "the secret stays in the address bar");
    picture(phone, "invited").await?;
    phone.press("Pair this phone").await?;
    desktop.pair(&link).await?;

    phone.title("Choose a PIN").await?;
    phone.type_into("New PIN", "123456").await?;
    phone.type_into("The same PIN again", "123456").await?;
    phone.press("Continue").await?;
    phone.shows("Too easy to guess").await?;
    picture(phone, "pin").await?;
    phone.type_into("New PIN", PHONE_PIN).await?;
    phone.type_into("The same PIN again", PHONE_PIN).await?;
    phone.press("Continue").await?;

    phone.title("Write down these twelve words").await?;
    picture(phone, "words").await?;
    // An interrupted first run goes on with other words.
    let first = phone.words().await?;
    phone.page.navigate(&relay.phone_origin).await?;
    phone.title("Locked").await?;
    phone.type_into("PIN", PHONE_PIN).await?;
    phone.press("Unlock").await?;
    phone.title("Write down these twelve words").await?;
    let words = phone.words().await?;
    assert_eq!(words.len(), 12);
    assert_ne!(first, words);
    phone.press("I have written them down").await?;
    phone.title("Check your words").await?;
    picture(phone, "check").await?;
    for (_, label) in phone.asked_words().await? {
        phone.type_into(&label, "zebra").await?;
    }
    phone.press("Continue").await?;
    phone.shows("Not the words that were shown").await?;
    phone.press("Show the words again").await?;
    phone.title("Write down these twelve words").await?;
    phone.press("I have written them down").await?;
    phone.type_words_back(&words).await?;
    phone.title("Waiting for your computer").await?;
    picture(phone, "confirming").await?;
    desktop.make_approver().await?;
    phone.shows("this phone now countersigns").await?;
    picture(phone, "home").await
}

/// Plays in any browser, and ends it.
pub(crate) async fn whole_life(browser: Browser, home: Home) -> Result<()> {
    let relay = Relay::start(&home).await?;
    let mut desktop = Desktop::start(&relay.api).await?;
    let phone = Phone::open_in(browser, home, &relay.phone_origin).await?;
    set_up(&phone, &mut desktop, &relay).await?;

    let item = Item::new("Bank", SITE, Policy::default())?;
    approves(&phone, &mut desktop, &item).await?;
    ends_by_a_wrong_number(&phone, &mut desktop, &item).await?;
    is_withdrawn(&phone, &mut desktop, &item).await?;
    refuses_another_site(&phone, &mut desktop, &item).await?;
    reseals(&phone, &mut desktop, &item).await?;
    adds_a_device(&phone, &mut desktop).await?;
    survives_a_reload(&phone, &mut desktop, &relay, &item).await?;
    shows_the_sections(&phone).await?;
    refuses_and_mutes(&phone, &mut desktop, &item).await?;

    // The page's own: browsers also tell of their own troubles.
    let is_ours = |message: &ConsoleMessage| message.url.starts_with(&relay.phone_origin) && message.level != "verbose";
    let errors: Vec<_> = phone.browser.console().into_iter().filter(|message| is_ours(message)).collect();
    assert!(errors.is_empty(), "{errors:?}");
    println!("{}: the phone app's whole life", phone.browser.version().await?);
    phone.browser.close().await
}

async fn approves(phone: &Phone, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &[SITE], 42).await?;
    desktop.delivered(&pending).await?;
    phone.title("Fill password?").await?;
    phone.shows("bank.example").await?;
    phone.shows("Firefox on Desk").await?;
    picture(phone, "approval").await?;
    // A tap on a screen that has only just come does nothing; nor does a tap without a number.
    phone.press("Approve").await?;
    phone.approve(42).await?;
    let yielded = desktop.answer(pending).await?;
    let Ok(Yield::Release { keys, .. }) = yielded else { anyhow::bail!("{yielded:?}") };
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].2, item.content_key);
    phone.shows("Approved: Bank").await?;
    phone.shows("Desk has received it.").await?;
    picture(phone, "approved").await
}

async fn ends_by_a_wrong_number(phone: &Phone, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &[SITE], 42).await?;
    phone.title("Fill password?").await?;
    script_answers_nothing(phone).await?;
    phone.approve(43).await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::WrongNumber)));
    phone.shows("The number was wrong").await
}

/// A script that types a number and presses or submits is no finger: its number, which is wrong, does not end the request.
async fn script_answers_nothing(phone: &Phone) -> Result<()> {
    spine::settle().await;
    let tries = "(() => {
        const form = document.querySelector('form.phone-answer');
        const number = form.querySelector('input');
        number.value = '44';
        form.querySelector('[type=submit]').click();
        form.querySelector('[type=submit]').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
        form.requestSubmit();
        form.dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
        number.value = '';
    })()";
    phone.page.evaluate(tries).await?;
    spine::settle().await;
    phone.title("Fill password?").await
}

async fn is_withdrawn(phone: &Phone, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &[SITE], 42).await?;
    phone.title("Fill password?").await?;
    desktop.withdraw(&pending, Withdrawal::Cancelled).await?;
    phone.title("Nothing to approve").await?;
    phone.shows("cancelled on your computer").await?;
    picture(phone, "withdrawn").await
}

async fn refuses_another_site(phone: &Phone, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &["https://evil.example"], 42).await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::OtherSite)));
    let pending = desktop.ask(item, &["https://evil.example", SITE], 42).await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::OtherSite)));
    phone.title("Nothing to approve").await
}

async fn reseals(phone: &Phone, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let sites = vec![Site::exact(Origin::parse(SITE)?), Site::exact(Origin::parse("https://xn--bnk-6ya.example")?)];
    let pending = desktop.ask_reseal(item, "My bank", sites, 77).await?;
    phone.title("Change this item?").await?;
    picture(phone, "reseal").await?;
    phone.approve(77).await?;
    phone.shows("Tick the box above").await?;
    phone.page.click(".phone-consent input").await?;
    phone.press("Approve").await?;
    let yielded = desktop.answer(pending).await?;
    assert!(matches!(&yielded, Ok(Yield::Seals(seals)) if seals.len() == 1), "{yielded:?}");
    Ok(())
}

async fn adds_a_device(phone: &Phone, desktop: &mut Desktop) -> Result<()> {
    let newcomer = NativeKeys::make()?;
    let pending = desktop.ask_to_add(&newcomer, "Chromium", 55).await?;
    phone.title("Add this device?").await?;
    picture(phone, "device").await?;
    phone.approve(55).await?;
    let yielded = desktop.answer(pending).await?;
    let Ok(Yield::Entry(entry)) = yielded else { anyhow::bail!("{yielded:?}") };
    desktop.log.clone().append(entry)?;
    Ok(())
}

/// The app is locked after a reload; a request that was not answered is still there, also without the relay sending it again.
async fn survives_a_reload(phone: &Phone, desktop: &mut Desktop, relay: &Relay, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &[SITE], 31).await?;
    phone.title("Fill password?").await?;
    phone.page.navigate(&relay.phone_origin).await?;
    phone.title("Locked").await?;
    phone.shows("A request waits").await?;
    picture(phone, "locked").await?;
    phone.type_into("PIN", "000000").await?;
    phone.press("Unlock").await?;
    phone.shows("Wrong PIN").await?;
    phone.type_into("PIN", PHONE_PIN).await?;
    phone.page.press("Enter").await?;
    phone.title("Fill password?").await?;
    phone.type_into("Number shown on your computer", "31").await?;
    spine::settle().await;
    phone.page.press("Enter").await?;
    assert!(matches!(desktop.answer(pending).await?, Ok(Yield::Release { .. })));
    phone.shows("Desk has received it.").await
}

async fn shows_the_sections(phone: &Phone) -> Result<()> {
    for (tab, name) in [("Devices", "devices"), ("Activity", "activity"), ("Settings", "settings")] {
        phone.press(tab).await?;
        phone.title(tab).await?;
        picture(phone, name).await?;
    }
    phone.press("Requests").await?;
    phone.title("Nothing to approve").await
}

async fn refuses_and_mutes(phone: &Phone, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &[SITE], 42).await?;
    phone.title("Fill password?").await?;
    phone.press("Refuse").await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::Refused)));
    let pending = desktop.ask(item, &[SITE], 42).await?;
    phone.title("Fill password?").await?;
    phone.press("This wasn’t me").await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::NotMe)));
    phone.shows("Requests are muted").await?;
    picture(phone, "muted").await?;
    let pending = desktop.ask(item, &[SITE], 42).await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::Busy)));
    phone.press("Allow requests again").await?;
    let pending = desktop.ask(item, &[SITE], 42).await?;
    phone.title("Fill password?").await?;
    desktop.withdraw(&pending, Withdrawal::AskerGone).await?;
    phone.title("Nothing to approve").await
}
