//! New passwords: made by the page's rules, kept before the page gets them, and saved once the site has taken them.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame, PATIENCE,
    spine::{chooser_closes, open_chooser, picture, press, settle, shows},
};

use crate::{
    corrections::popup_about,
    rig::{PASSWORD, Rig, TITLE, share, value, values},
    saving::{items, no_offer, offer},
};

const NEW_USER: &str = "grace";

/// A page with a form that makes or changes a password, and what it says above.
fn form(action: &str, heading: &str, says: &str, rows: &str) -> Answer {
    Answer::html(format!(
        "<!doctype html><title>{heading}</title><link rel=icon href=data:,><h1>{heading}</h1>{says}\
         <form method=post action={action}>{rows}<p><button>Save</button></form>"
    ))
}

/// A form that makes or changes a password, where the site takes whatever it gets.
fn put_form(rig: &Rig, path: &str, heading: &str, rows: &str) {
    let done = format!("{path}/done");
    rig.site.put(path, form(&done, heading, "", rows));
    rig.site.reply(&done, |_| Answer::html("<!doctype html><title>Done</title><h1>Thank you</h1><p>It is done."));
}

/// What stands in a box.
async fn text(page: &Frame, name: &str) -> Result<String> {
    page.text(&format!("document.querySelector('[name={name}]').value")).await
}

/// The generator at a box, before anything is made.
async fn generator(rig: &Rig, page: &Frame, field: &str) -> Result<Frame> {
    let chooser = open_chooser(&rig.browser, page, field).await?;
    reach(&chooser).await?;
    Ok(chooser)
}

/// From what a chooser shows first to the generator.
pub(crate) async fn reach(chooser: &Frame) -> Result<()> {
    chooser.wait_for("document.querySelector('.make, .make-way')").await?;
    if chooser.evaluate("!!document.querySelector('.make-way')").await? == true {
        settle().await;
        press(chooser, "New password\u{2026}").await?;
    }
    shows(chooser, "It is saved before the page gets it").await?;
    settle().await;
    Ok(())
}

/// The old one is filled after approval, the new one is made by the rules, and the item has the new one only once the site took it.
async fn changes_a_password(rig: &Rig) -> Result<()> {
    let rows = "<p><label>Current password <input name=current type=password></label>\
        <p><label>New password <input name=new type=password maxlength=16 passwordrules='minlength: 12; required: digit; required: upper; allowed: lower'></label>\
        <p><label>Repeat new password <input name=again type=password></label>";
    put_form(rig, "/change", "Change your password", rows);
    let page = rig.open(&rig.site.url("/change")).await?;
    rig.fill(&page, "[name=current]", TITLE, &["Fill password?"]).await?;
    let chooser = generator(rig, &page, "[name=new]").await?;
    shows(&chooser, "This page takes 12 to 16 characters").await?;
    page.screenshot(&picture("screens", "chooser-generator")).await?;
    // A script makes nothing.
    chooser.evaluate("document.querySelector('[data-does=make]').click()").await?;
    ensure!(text(&page, "new").await?.is_empty(), "a script made a password");
    press(&chooser, "Fill a new password").await?;
    chooser_closes(&rig.browser).await?;
    let (current, new, again) = (text(&page, "current").await?, text(&page, "new").await?, text(&page, "again").await?);
    let has = |is: fn(char) -> bool| new.chars().any(is);
    ensure!(current == PASSWORD && new == again && new.len() == 16, "{current}, {new}, {again}");
    ensure!(new.chars().all(|letter| letter.is_ascii_alphanumeric()), "signs that the page refuses: {new}");
    ensure!(has(|letter| letter.is_ascii_digit()) && has(|letter| letter.is_ascii_uppercase()), "{new}");
    let before = items(rig).await?;
    page.click("button").await?;
    let sent = rig.site.wait_for_submission("/change/done", PATIENCE).await?;
    ensure!(sent.fields["new"] == new && sent.fields["again"] == new, "{:?}", sent.fields);
    let panel = offer(rig).await?;
    shows(&panel, &format!("Update the password of {TITLE}?")).await?;
    ensure!(items(rig).await? == before, "the old one is in force until the user says so");
    press(&panel, "Update").await?;
    shows(&panel, "Saved").await?;
    page.close().await?;
    ensure!(in_force(rig).await? == new, "the item has another password");
    Ok(())
}

/// The site refuses what was made: the old one stays in force, nothing is offered, and what was made can be found.
async fn keeps_the_old_one_where_a_change_is_refused(rig: &Rig) -> Result<()> {
    let rows = "<p><label>Current password <input name=current type=password></label>\
        <p><label>New password <input name=new type=password></label>\
        <p><label>Repeat new password <input name=again type=password></label>";
    put_form(rig, "/refuses", "Change your password", rows);
    let says = "<p role=alert>Your password was not changed. Choose another one.</p>";
    rig.site.reply("/refuses/done", move |_| form("/refuses/done", "Change your password", says, rows));
    let page = rig.open(&rig.site.url("/refuses")).await?;
    rig.fill(&page, "[name=current]", TITLE, &["Fill password?"]).await?;
    let chooser = generator(rig, &page, "[name=new]").await?;
    press(&chooser, "Fill a new password").await?;
    chooser_closes(&rig.browser).await?;
    let before = items(rig).await?;
    page.click("button").await?;
    rig.site.wait_for_submission("/refuses/done", PATIENCE).await?;
    page.wait_for("document.querySelector('[role=alert]')").await?;
    no_offer(rig).await?;
    ensure!(items(rig).await? == before, "the item has changed");
    page.click("[name=current]").await?;
    let popup = popup_about(rig, &page).await?;
    shows(&popup, "Made here; not known whether the site took it").await?;
    press(&popup, "Forget it").await?;
    press(&popup, "Forget for good").await?;
    popup.wait_for("!document.body.textContent.includes('Made here')").await?;
    popup.close().await?;
    page.close().await?;
    ensure!(in_force(rig).await? == PASSWORD, "the old password is not in force");
    Ok(())
}

/// The place of words and of digits in the generator's list of kinds.
const WORDS: usize = 1;
pub(crate) const PIN: usize = 2;

/// Chooses a kind in the generator's list.
pub(crate) async fn choose(chooser: &Frame, kind: usize) -> Result<()> {
    let choose = format!(
        "(() => {{ const kind = document.querySelector('.make select'); kind.value = '{kind}'; kind.dispatchEvent(new Event('input', {{ bubbles: true }})) }})()"
    );
    chooser.evaluate(&choose).await.map(drop)
}

/// What a page says of new passwords, and checks by itself: it sends nothing else.
struct Rules {
    name: &'static str,
    rows: &'static str,
    /// Which of the generator's kinds is chosen, if not the first.
    kind: usize,
    /// What the page takes, as its own script says.
    takes: &'static str,
}

const RULES: [Rules; 4] = [
    Rules {
        name: "a list in words",
        rows: "<p><label>Password <input name=new type=password aria-describedby=rules></label>
               <ul id=rules><li>At least 24 characters<li>At least one uppercase letter<li>At least 2 numbers<li>At least one of these symbols: # % !</ul>
               <p><label>Confirm password <input name=again type=password></label>",
        kind: 0,
        takes: "/^[a-zA-Z0-9#%!]{24,}$/.test(it) && /[A-Z]/.test(it) && /[0-9].*[0-9]/.test(it) && /[#%!]/.test(it)",
    },
    Rules {
        name: "attributes",
        rows: "<p><label>Password <input name=new type=password minlength=26 maxlength=28 pattern='[A-Za-z0-9]+'></label>
               <p><label>Confirm password <input name=again type=password minlength=26 maxlength=28 pattern='[A-Za-z0-9]+'></label>",
        kind: 0,
        takes: "/^[A-Za-z0-9]{26,28}$/.test(it)",
    },
    Rules {
        name: "in German, short, no signs",
        rows: "<p><label>Neues Passwort <input name=new type=password></label> <small>8 bis 10 Zeichen, keine Sonderzeichen, mindestens eine Ziffer</small>
               <p><label>Passwort wiederholen <input name=again type=password></label>",
        kind: 0,
        takes: "/^[a-zA-Z0-9]{8,10}$/.test(it) && /[0-9]/.test(it)",
    },
    Rules {
        name: "a PIN",
        rows: "<p><label>New 6-digit PIN <input name=new type=password inputmode=numeric maxlength=6 pattern='[0-9]{6}'></label>
               <p><label>Repeat PIN <input name=again type=password inputmode=numeric maxlength=6 pattern='[0-9]{6}'></label>",
        kind: PIN,
        takes: "/^[0-9]{6}$/.test(it)",
    },
];

/// Each page takes what was made for it.
async fn meets_what_pages_check(rig: &Rig) -> Result<()> {
    for (number, Rules { name, rows, kind, takes }) in share(rig.browser.kind(), RULES.iter().enumerate()) {
        let path = format!("/rules-{number}");
        // What a site's own script does: it says what is wrong, and sends nothing.
        let script = format!(
            "<output></output><script>document.forms[0].addEventListener('submit', event => {{
               const [it, again] = ['new', 'again'].map(name => event.target.elements[name].value);
               if (({takes}) && it === again) return;
               event.preventDefault();
               document.querySelector('output').value = `refused: ${{it}}, ${{again}}`;
             }})</script>"
        );
        put_form(rig, &path, "Create your account", &format!("{rows}{script}"));
        let page = rig.open(&rig.site.url(&path)).await?;
        // It does refuse what it says.
        page.evaluate("document.forms[0].dispatchEvent(new SubmitEvent('submit', { cancelable: true }))").await?;
        let said = page.text("document.querySelector('output').value").await?;
        ensure!(said.starts_with("refused"), "{name}: it takes anything");
        let chooser = generator(rig, &page, "[name=new]").await.context(*name)?;
        if *kind > 0 {
            choose(&chooser, *kind).await?;
            shows(&chooser, "Number of digits").await?;
            page.screenshot(&picture("screens", "chooser-generator-pin")).await?;
        }
        press(&chooser, "Fill a new password").await?;
        chooser_closes(&rig.browser).await?;
        let refused = page
            .text("[...document.querySelectorAll('form :invalid')].map(field => field.validationMessage).join()")
            .await?;
        ensure!(refused.is_empty(), "{name}: {refused}");
        page.click("button").await?;
        let done = format!("{path}/done");
        let sent = rig.site.wait_for_submission(&done, PATIENCE).await;
        let sent = match sent {
            Ok(sent) => sent,
            Err(error) => return Err(error.context(page.text("document.querySelector('output').value").await?)),
        };
        ensure!(sent.fields["new"] == sent.fields["again"] && !sent.fields["new"].is_empty(), "{name}");
        page.close().await?;
    }
    Ok(())
}

/// What the phone lets into a login page.
async fn in_force(rig: &Rig) -> Result<String> {
    let page = rig.login_page().await?;
    rig.fill(&page, "[name=password]", TITLE, &["Fill password?"]).await?;
    let value = value(&page).await?;
    page.close().await?;
    Ok(value)
}

/// Words, for an account that is new.
async fn signs_up(rig: &Rig) -> Result<()> {
    let rows = "<p><label>User name <input name=user autocomplete=username></label>\
        <p><label>Password <input name=password type=password autocomplete=new-password></label>\
        <p><label>Confirm password <input name=again type=password autocomplete=new-password></label>";
    put_form(rig, "/join", "Create your account", rows);
    let page = rig.open(&rig.site.url("/join")).await?;
    page.fill_in("[name=user]", NEW_USER).await?;
    let chooser = generator(rig, &page, "[name=password]").await?;
    choose(&chooser, WORDS).await?;
    shows(&chooser, "Number of words").await?;
    page.screenshot(&picture("screens", "chooser-generator-words")).await?;
    press(&chooser, "Fill a new password").await?;
    chooser_closes(&rig.browser).await?;
    let made = text(&page, "password").await?;
    ensure!(made.split('-').count() >= 6 && made == text(&page, "again").await?, "no passphrase: {made}");
    ensure!(text(&page, "user").await? == NEW_USER, "what was typed is gone");
    page.click("button").await?;
    let panel = offer(rig).await?;
    shows(&panel, "Save the password that was made here?").await?;
    page.screenshot(&picture("screens", "offer-generated")).await?;
    press(&panel, "Save").await?;
    shows(&panel, "Saved").await?;
    page.close().await?;
    let saved = items(rig).await?;
    let new = saved.iter().find(|item| item["username"] == NEW_USER).context("it is not there")?;
    let page = rig.login_page().await?;
    rig.fill(&page, "[name=password]", new["title"].as_str().context("no title")?, &["Fill password?"]).await?;
    ensure!(value(&page).await? == made, "another password was saved");
    page.close().await
}

/// The page is closed before it is submitted, and the daemon is killed: the popup has it.
async fn keeps_what_no_site_took(rig: &mut Rig) -> Result<()> {
    let page = rig.open(&rig.site.url("/join")).await?;
    let chooser = generator(rig, &page, "[name=password]").await?;
    press(&chooser, "Fill a new password").await?;
    chooser_closes(&rig.browser).await?;
    ensure!(!text(&page, "password").await?.is_empty());
    page.close().await?;
    rig.desk.restart_daemon().await?;
    rig.desk.unlock().await?;
    let page = rig.login_page().await?;
    page.click("[name=user]").await?;
    let popup = popup_about(rig, &page).await?;
    shows(&popup, "Save the password that was made here?").await?;
    press(&popup, "Forget it").await?;
    shows(&popup, "Nobody else has this password").await?;
    press(&popup, "Forget for good").await?;
    popup.wait_for("!document.body.textContent.includes('that was made here')").await?;
    popup.close().await?;
    page.close().await
}

/// What was typed is replaced only where that is said.
async fn asks_before_it_replaces(rig: &Rig) -> Result<()> {
    let page = rig.open(&rig.site.url("/join")).await?;
    page.fill_in("[name=password]", "typed by hand").await?;
    let chooser = generator(rig, &page, "[name=again]").await?;
    shows(&chooser, "What you typed in the boxes is replaced").await?;
    press(&chooser, "Replace with a new password").await?;
    chooser_closes(&rig.browser).await?;
    let values = values(&page).await?;
    ensure!(values[1][1] == values[2][1] && values[1][1] != "typed by hand", "{values}");
    page.close().await
}

/// Plays on a rig with one login.
pub(crate) async fn makes_new_passwords(rig: &mut Rig) -> Result<()> {
    keeps_the_old_one_where_a_change_is_refused(rig).await.context("refused change")?;
    changes_a_password(rig).await.context("change of password")?;
    signs_up(rig).await.context("sign-up")?;
    keeps_what_no_site_took(rig).await.context("kept")?;
    asks_before_it_replaces(rig).await.context("replaced")?;
    meets_what_pages_check(rig).await.context("checked by pages")
}
