//! Forms that frameworks control, and components that people put into them: what is filled must be what the application holds and sends, not only what stands in the page.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame, Kind, PATIENCE, Submission,
    demo_site::{DemoSite, takes_code},
    spine::{chooser_closes, number, open_chooser, pick, press, settle, shows},
    tree,
};
use serde_json::{Value, json};

use crate::{
    demo::{CARD, HOLDER, NUMBER, PASSWORD, SECURITY_CODE, TITLE, USERNAME},
    generator,
    rig::{Rig, share},
    saving,
};

/// Where most applications draw.
const DOCUMENT: &str = "document";
/// Where those of Lit do.
const SHADOW: &str = "document.querySelector('harbour-form')?.shadowRoot";
/// What no server takes.
const WRONG: &str = "wrong";
/// Milliseconds that an application has to hear of what it should not hear of.
const QUIET: u32 = 60;

/// The forms of one framework, or around one component.
struct App<'a> {
    rig: &'a Rig<DemoSite>,
    framework: &'static str,
    root: &'static str,
}

impl App<'_> {
    async fn open(&self, form: &str) -> Result<Frame> {
        let page = self.rig.open(&self.rig.site.library.url(&self.path(form))).await?;
        page.wait_for(&format!("!!{}", self.element("form input"))).await?;
        self.hears_only_events(&page).await?;
        Ok(page)
    }

    fn path(&self, form: &str) -> String {
        format!("/{}/{form}", self.framework)
    }

    fn element(&self, selector: &str) -> String {
        format!("({})?.querySelector({})", self.root, json!(selector))
    }

    /// What the application holds, by name and sorted by it: it is drawn from its state alone.
    fn state(&self) -> String {
        format!(
            "Object.fromEntries([...({}).querySelectorAll('[data-state] dd')]
            .map(value => [value.dataset.name, value.textContent]).sort(([one], [other]) => one < other ? -1 : 1))",
            self.root
        )
    }

    /// What is put into the page alone is nothing to the application, and goes nowhere: so that what it holds later shows that it was told.
    async fn hears_only_events(&self, page: &Frame) -> Result<()> {
        let before = page.evaluate(&self.state()).await?;
        let field = self.element("form input");
        let put = |text: &str| {
            format!(
                "(async () => {{ const field = {field}; field.value = '{text}'; await new Promise(done => setTimeout(done, {QUIET})); }})()"
            )
        };
        page.evaluate(&put("1")).await?;
        let after = page.evaluate(&self.state()).await?;
        ensure!(before == after, "{} heard of what no event told: {after}", self.framework);
        page.evaluate(&put("")).await.map(drop)
    }

    /// Waits until the application holds this.
    async fn holds(&self, page: &Frame, expected: &Value) -> Result<()> {
        let held = page.wait_for(&format!("JSON.stringify({}) === JSON.stringify({expected})", self.state())).await;
        let state = page.evaluate(&self.state()).await?;
        held.map(drop).with_context(|| format!("{} holds {state} and not {expected}", self.framework))
    }

    async fn pick(&self, page: &Frame, field: &str, title: &str) -> Result<Frame> {
        let chooser = self.open_chooser(page, field).await?;
        pick(&chooser, title).await?;
        Ok(chooser)
    }

    async fn open_chooser(&self, page: &Frame, field: &str) -> Result<Frame> {
        match self.root {
            DOCUMENT => open_chooser(&self.rig.browser, page, field).await,
            _ => self.open_chooser_in_shadow(page, field).await,
        }
    }

    async fn open_chooser_in_shadow(&self, page: &Frame, field: &str) -> Result<Frame> {
        let element = self.element(field);
        page.click_element(&element).await?;
        page.wait_for("document.querySelector(':popover-open')").await?;
        // It may stand at the field before.
        settle().await;
        let place = format!(
            "(() => {{ const box = {element}.getBoundingClientRect(); return [box.right - 12, box.top + box.height / 2]; }})()"
        );
        let point = page.evaluate(&place).await?;
        let [x, y] = [0, 1].map(|at| point[at].as_f64());
        page.click_at(x.context("no place")?, y.context("no place")?).await?;
        let chooser = self.rig.browser.wait_for_frame("chooser.html").await?;
        self.is_seen_from_the_chooser(page).await?;
        Ok(chooser)
    }

    /// With the focus in the chooser, a look still finds what stands in the shadow tree around the field.
    async fn is_seen_from_the_chooser(&self, page: &Frame) -> Result<()> {
        page.wait_for("document.activeElement?.matches(':popover-open')").await?;
        if self.rig.browser.kind() != Kind::Chromium {
            return Ok(());
        }
        let seen = page.evaluate_in_content_script("countersign.takeSnapshot().fields.length").await?;
        ensure!(seen.as_u64() > Some(1), "{}: {seen} fields seen from the chooser", self.framework);
        Ok(())
    }

    /// Picks an item, and approves; before that the application has got nothing.
    async fn approve(&self, page: &Frame, field: &str, title: &str, asks: &[&str]) -> Result<()> {
        let before = page.evaluate(&self.state()).await?;
        let chooser = self.pick(page, field, title).await?;
        let number = number(&chooser).await?;
        for words in [&[title], asks].concat() {
            self.rig.phone.shows(words).await?;
        }
        let now = page.evaluate(&self.state()).await?;
        ensure!(now == before, "{}: before the phone answered {before} became {now}", self.framework);
        self.rig.phone.approve(number).await
    }

    /// Sends the form; what the server received.
    async fn send(&self, page: Frame, form: &str) -> Result<Submission> {
        // The last field that was filled has the focus; the chooser may still say that it filled.
        page.press("Enter").await?;
        page.wait_for(&format!("!!{}", self.element("[data-received]"))).await?;
        let sent =
            self.rig.site.library.wait_for_submission(&format!("{}/received", self.path(form)), PATIENCE).await?;
        page.close().await?;
        Ok(sent)
    }

    /// Opens a form, fills it at a field after approval, and sends it: page, state and server agree.
    async fn fills(&self, form: &str, field: &str, title: &str, expected: Value) -> Result<()> {
        let page = self.open(form).await?;
        self.approve(&page, field, title, &[]).await?;
        self.holds(&page, &expected).await?;
        self.received(self.send(page, form).await?, &expected)
    }

    fn received(&self, sent: Submission, expected: &Value) -> Result<()> {
        ensure!(json!(sent.fields) == *expected, "{}: the server received {:?}", self.framework, sent.fields);
        Ok(())
    }

    async fn login(&self) -> Result<()> {
        let expected = json!({ "user": USERNAME, "password": PASSWORD });
        self.fills("login", "#password", TITLE, expected).await.context("login")
    }

    /// Types a login by hand and sends it.
    async fn sign_in(&self, user: &str, password: &str) -> Result<Frame> {
        self.type_and_send("login", &[("#user", user), ("#password", password)]).await
    }

    /// The same for an account that is new.
    async fn join(&self, user: &str, password: &str) -> Result<Frame> {
        self.type_and_send("sign-up", &[("#email", user), ("#password", password), ("#again", password)]).await
    }

    async fn type_and_send(&self, form: &str, typed: &[(&str, &str)]) -> Result<Frame> {
        let page = self.open(form).await?;
        for (field, text) in typed {
            page.click_element(&self.element(field)).await?;
            page.type_text(text).await?;
        }
        page.press("Enter").await?;
        Ok(page)
    }

    /// Saves what is offered: once.
    async fn is_saved(&self, page: Frame, user: &str) -> Result<()> {
        let panel = saving::offer(self.rig).await?;
        shows(&panel, "Save this login?").await?;
        press(&panel, "Save").await?;
        shows(&panel, "Saved").await?;
        page.close().await?;
        let items = saving::items(self.rig).await?;
        let saved = items.iter().filter(|item| item["username"] == user).count();
        ensure!(saved == 1, "{user} is saved {saved} times");
        Ok(())
    }

    /// The user name needs nobody's word; the second step is drawn by the application in the same document.
    async fn two_steps(&self) -> Result<()> {
        let page = self.open("two-step").await?;
        self.pick(&page, "#user", TITLE).await?;
        self.holds(&page, &json!({ "user": USERNAME, "password": "" })).await?;
        chooser_closes(&self.rig.browser).await?;
        page.click("form button").await?;
        page.wait_for_element("#password").await?;
        self.rig.approve_what_was_picked(&page, "#password", &["Fill password", TITLE]).await?;
        let expected = json!({ "user": USERNAME, "password": PASSWORD });
        self.holds(&page, &expected).await?;
        self.received(self.send(page, "two-step").await?, &expected)
    }

    /// Has a new password made at a field; what the application holds then.
    async fn make(&self, page: &Frame, name: &str) -> Result<Value> {
        chooser_closes(&self.rig.browser).await?;
        let chooser = self.open_chooser(page, &format!("#{name}")).await?;
        generator::reach(&chooser).await?;
        press(&chooser, "Fill a new password").await?;
        let state = self.state();
        let held = page.wait_for(&format!("{state}[{}].length === 20", json!(name))).await.map(drop);
        let state = page.evaluate(&state).await?;
        held.with_context(|| format!("{} holds {state} and no new password", self.framework))?;
        ensure!(state["again"] == state[name], "{}: {state}", self.framework);
        Ok(state)
    }

    /// The user name, and a password that is made for it: none that there is goes there.
    async fn sign_up(&self) -> Result<()> {
        let page = self.open("sign-up").await?;
        self.pick(&page, "#email", TITLE).await?;
        let expected = json!({ "email": USERNAME, "password": "", "again": "" });
        self.holds(&page, &expected).await.context("sign-up")?;
        let state = self.make(&page, "password").await?;
        ensure!(state["email"] == USERNAME, "{}: {state}", self.framework);
        self.received(self.send(page, "sign-up").await?, &state)
    }

    /// The old password after approval, and one that is made.
    async fn change_password(&self) -> Result<()> {
        let page = self.open("change-password").await?;
        self.approve(&page, "#current", TITLE, &[]).await?;
        self.holds(&page, &json!({ "current": PASSWORD, "new": "", "again": "" })).await?;
        let state = self.make(&page, "new").await?;
        ensure!(state["current"] == PASSWORD, "{}: {state}", self.framework);
        self.received(self.send(page, "change-password").await?, &state)
    }

    /// The application writes the number in groups of four, as it would if somebody typed it.
    async fn checkout(&self) -> Result<()> {
        let expected =
            json!({ "number": grouped(), "holder": HOLDER, "month": "08", "year": "2029", "code": SECURITY_CODE });
        self.fills("checkout", "#number", CARD, expected).await.context("checkout")
    }

    /// Expiry in one field, and number and expiry as the component has them.
    async fn masked_checkout(&self, field: &str, number: &str, expiry: &str) -> Result<()> {
        let expected = json!({ "number": number, "holder": HOLDER, "expiry": expiry, "code": SECURITY_CODE });
        self.fills("checkout", field, CARD, expected).await.with_context(|| format!("checkout: {}", self.framework))
    }

    async fn code(&self, form: &str, field: &str) -> Result<()> {
        let page = self.open(form).await?;
        self.approve(&page, field, TITLE, &["Fill one-time code?"]).await?;
        let state = self.state();
        let held = page.wait_for(&format!("Object.values({state}).join('').length === 6")).await.map(drop);
        let state = page.evaluate(&state).await?;
        held.with_context(|| format!("{} holds {state} and no code", self.framework))?;
        let sent = self.send(page, form).await?;
        ensure!(json!(sent.fields) == state, "the server received {:?}, and {state} was shown", sent.fields);
        let digits: String = sent.fields.into_values().collect();
        ensure!(takes_code(&digits), "{digits} is no code of this minute");
        Ok(())
    }
}

/// The card's number as it is printed.
fn grouped() -> String {
    NUMBER.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

async fn every_form_of(framework: &'static str, rig: &Rig<DemoSite>) -> Result<()> {
    let app = App { rig, framework, root: DOCUMENT };
    app.login().await?;
    app.two_steps().await.context("login in two steps")?;
    app.sign_up().await?;
    app.change_password().await.context("change of password")?;
    app.checkout().await?;
    app.code("code", "#otp").await.context("code")?;
    app.code("code-boxes", "#d1").await.context("code in boxes")
}

/// Fills every form of React and Vue on the demo site.
pub(crate) async fn every_form(rig: &Rig<DemoSite>) -> Result<()> {
    for framework in share(rig.browser.kind(), ["react", "vue"]) {
        every_form_of(framework, rig).await.context(framework)?;
    }
    Ok(())
}

/// Puts the pages of one bundle (`pages/frameworks`) on the site.
fn put(site: &DemoSite, framework: &str, forms: &[&str]) -> Result<()> {
    let bundle = tree().join(format!("target/frameworks/{framework}.js"));
    let script = std::fs::read(&bundle)
        .with_context(|| format!("{} is missing: run `node tests/e2e/pages/frameworks/build.js`", bundle.display()))?;
    site.library.put(&format!("/built/{framework}.js"), Answer::new("text/javascript; charset=utf-8", script));
    for form in forms {
        let title = match *form {
            "login" => "Sign in",
            "sign-up" => "Create your account",
            "change-password" => "Change your password",
            "checkout" => "Pay for your print",
            _ => "Enter your code",
        };
        let page = include_str!("pages/frameworks/page.html");
        let page = page.replace("{framework}", framework).replace("{form}", form).replace("{title}", title);
        site.library.put(&format!("/{framework}/{form}"), Answer::html(page));
        site.library.reply(&format!("/{framework}/{form}/received"), |sent| {
            Answer::new("application/json", json!(sent.fields).to_string())
        });
    }
    Ok(())
}

/// Puts the pages that need a build on the demo site.
pub(crate) fn serve(site: &DemoSite) -> Result<()> {
    put(site, "svelte", &["login", "sign-up", "change-password", "checkout"])?;
    put(site, "lit", &["login", "sign-up", "change-password", "checkout"])?;
    put(site, "angular", &["login", "sign-up", "change-password", "checkout", "code"])?;
    for component in ["react-payment-inputs", "payment"] {
        put(site, component, &["checkout"])?;
    }
    for component in ["react-otp-input", "input-otp", "vue3-otp-input"] {
        put(site, component, &["code"])?;
    }
    Ok(())
}

/// A framework's forms that need a build, and how its application holds the card that it masks.
type Built = (&'static str, &'static str, [String; 2]);

/// Lit, Svelte and Angular; their cards are masked by Cleave.js, IMask and ngx-mask.
pub(crate) async fn built(rig: &Rig<DemoSite>) -> Result<()> {
    let shown = [grouped(), "08/29".into()];
    let apps: [Built; 3] = [
        ("lit", SHADOW, shown.clone()),
        ("svelte", DOCUMENT, shown),
        // Its mask keeps what it adds to itself.
        ("angular", DOCUMENT, [NUMBER.into(), "0829".into()]),
    ];
    for (framework, root, [number, expiry]) in share(rig.browser.kind(), apps) {
        let app = App { rig, framework, root };
        app.login().await?;
        app.sign_up().await?;
        app.change_password().await.context("change of password")?;
        app.masked_checkout("#number", &number, &expiry).await?;
    }
    Ok(())
}

/// What is typed into logins that load nothing anew: nothing is offered where the application says that it was wrong, and each is offered once its form has gone.
pub(crate) async fn logins_are_saved(rig: &Rig<DemoSite>) -> Result<()> {
    let apps: Vec<_> = share(rig.browser.kind(), ["react", "lit", "svelte", "vue", "angular"])
        .map(|framework| App { rig, framework, root: if framework == "lit" { SHADOW } else { DOCUMENT } })
        .collect();
    let mut refused = Vec::new();
    for app in &apps {
        rig.site.library.reply(&format!("{}/received", app.path("login")), |sent| {
            let status = if sent.fields["password"] == WRONG { 403 } else { 200 };
            Answer::new("application/json", json!(sent.fields).to_string()).status(status)
        });
        let page = app.sign_in(&format!("mallory@{}.example", app.framework), WRONG).await.context(app.framework)?;
        let said = app.element("[role=alert], .error");
        page.wait_for(&format!("!!{said}?.textContent")).await.context(app.framework)?;
        refused.push(page);
    }
    saving::no_offer(rig).await?;
    saving::nothing_waits(rig, refused.first().context("no page")?).await?;
    for page in refused {
        page.close().await?;
    }
    for app in &apps {
        let user = format!("{}@example.org", app.framework);
        let page = app.sign_in(&user, "quayside, 7 & lanterns").await?;
        app.is_saved(page, &user).await.context(app.framework)?;
        let user = format!("new-{user}");
        let page = app.join(&user, "lanterns, 7 & quayside").await?;
        app.is_saved(page, &user).await.with_context(|| format!("{}: sign-up", app.framework))?;
    }
    Ok(())
}

/// Boxes for codes, and inputs for cards, as their packages have them.
pub(crate) async fn components(rig: &Rig<DemoSite>) -> Result<()> {
    let kind = rig.browser.kind();
    for framework in share(kind, ["angular", "react-otp-input", "input-otp", "vue3-otp-input"]) {
        let app = App { rig, framework, root: DOCUMENT };
        app.code("code", "form input").await.with_context(|| format!("code: {framework}"))?;
    }
    let cards = [("react-payment-inputs", "#cardNumber", "08 / 29"), ("payment", "#number", "08/29")];
    for (framework, field, expiry) in share(kind, cards) {
        App { rig, framework, root: DOCUMENT }.masked_checkout(field, &grouped(), expiry).await?;
    }
    Ok(())
}
