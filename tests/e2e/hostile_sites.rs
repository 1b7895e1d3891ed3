//! Who may ask for a login: the site it was saved for, by its exact host or its domain, in a document that the browser vouches for. Look-alike hosts, other schemes and
//! ports, frames of other sites, and documents without an origin of their own are shown no item.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Browser, Frame, Kind, Options, PATIENCE, Site,
    spine::{Desk, chooser_closes, confirm, open_chooser, pick, shows},
};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

use crate::rig::{share, value};

const FIELD: &str = "[name=password]";
const HOST: &str = "gmail.harbour.test";
/// Two letters are Cyrillic.
const HOMOGRAPH: &str = "xn--gml-7cd4q.harbour.test";
const EXACT: &str = "Exact host";
const ENCRYPTED: &str = "Encrypted host";
const DOMAIN: &str = "Whole domain";

/// Hosts, and what is offered there.
const HOSTS: [(&str, &[&str]); 12] = [
    (HOST, &[EXACT]),
    ("mail.harbour.test", &[]),
    ("xgmail.harbour.test", &[]),
    ("www.gmail.harbour.test", &[]),
    ("harbour.test", &[]),
    ("gmail.harbour.test.evil.test", &[]),
    (HOMOGRAPH, &[]),
    ("login.example.com", &[DOMAIN]),
    ("mail.example.com", &[DOMAIN]),
    ("anexample.com", &[]),
    ("example.com.evil.test", &[]),
    ("login-example.com", &[]),
];

struct World<'a> {
    browser: &'a Browser,
    site: Site,
    /// Another port of the same hosts.
    other: Site,
}

fn put_pages(site: &Site) {
    let login = include_str!("../harness/pages/login.html");
    site.put("/login", Answer::html(login));
    site.put("/sandboxed", Answer::html(login).header("content-security-policy", "sandbox allow-scripts allow-forms"));
}

/// A browser to which the hosts' names are this machine's, and their certificates good.
pub(crate) fn options() -> Options {
    let names: Vec<&str> = HOSTS.iter().map(|(host, _)| *host).collect();
    Options::default().local_names(&names).any_certificate()
}

impl<'a> World<'a> {
    async fn set_up(desk: &Desk, browser: &'a Browser) -> Result<Self> {
        let (site, other) = (Site::start_with_https().await?, Site::start().await?);
        put_pages(&site);
        put_pages(&other);
        let port = site.port();
        desk.add_login(EXACT, "ada", "one", &format!("http://{HOST}:{port}")).await?;
        desk.add_login(ENCRYPTED, "ada", "two", &format!("https://{HOST}:{port}")).await?;
        let domain = format!("http://login.example.com:{port}");
        let arguments = ["item", "add", DOMAIN, "--username", "ada", "--site", &domain, "--whole-domain"];
        desk.command(&arguments, "three").await?;
        Ok(Self { browser, site, other })
    }

    /// The titles that the chooser of a frame's field offers: those that are expected, as soon as there are as many; or none, if none come for a while.
    async fn offered(&self, frame: &Frame, expected: &[&str]) -> Result<Vec<String>> {
        let chooser = open_chooser(self.browser, frame, FIELD).await?;
        let ready = "!document.querySelector('.connecting') && !!document.querySelector('main')?.innerText.trim()";
        chooser.wait_for(ready).await?;
        // Items come after the place.
        let titles = "[...document.querySelectorAll('main .cs-entry-title')].map(title => title.textContent)";
        let end = Instant::now() + if expected.is_empty() { Duration::from_millis(300) } else { PATIENCE };
        let mut found = chooser.evaluate(titles).await?;
        while found.as_array().is_none_or(|found| found.is_empty() || found.len() < expected.len())
            && Instant::now() < end
        {
            sleep(Duration::from_millis(20)).await;
            found = chooser.evaluate(titles).await?;
        }
        // Closed by the icon that opened it.
        let place = format!(
            "(() => {{ const box = document.querySelector('{FIELD}').getBoundingClientRect(); return [box.right - 12, box.top + box.height / 2]; }})()"
        );
        let point = frame.evaluate(&place).await?;
        frame.click_at(point[0].as_f64().context("no place")?, point[1].as_f64().context("no place")?).await?;
        chooser_closes(self.browser).await?;
        Ok(serde_json::from_value(found)?)
    }

    /// Opens a page, which must be offered these.
    async fn offers(&self, url: &str, expected: &[&str]) -> Result<()> {
        let page = self.browser.open(url).await?;
        page.activate().await?;
        let offered = self.offered(&page, expected).await.with_context(|| url.to_owned())?;
        ensure!(offered == expected, "{url} is offered {offered:?}");
        page.close().await
    }

    async fn look_alikes(&self) -> Result<()> {
        for (host, titles) in share(self.browser.kind(), HOSTS) {
            self.offers(&self.site.url_at(host, "/login"), titles).await?;
        }
        self.offers(&self.other.url_at(HOST, "/login"), &[]).await.context("another port")?;
        self.says_that_letters_are_unusual().await
    }

    async fn says_that_letters_are_unusual(&self) -> Result<()> {
        let page = self.browser.open(&self.site.url_at(HOMOGRAPH, "/login")).await?;
        page.activate().await?;
        let chooser = open_chooser(self.browser, &page, FIELD).await?;
        chooser.wait_for(&format!("document.body.innerText.includes('{HOMOGRAPH}')")).await?;
        chooser.wait_for("document.body.innerText.includes('Unusual letters')").await?;
        page.close().await
    }

    /// What the page of before was not offered, for want of nothing but TLS. There is no phone: it is confirmed in the chooser.
    async fn encrypted(&self) -> Result<()> {
        let url = self.site.url_at(HOST, "/login").replacen("http:", "https:", 1);
        self.offers(&url, &[ENCRYPTED, EXACT]).await?;
        let page = self.browser.open(&url).await?;
        page.activate().await?;
        let chooser = open_chooser(self.browser, &page, FIELD).await?;
        pick(&chooser, ENCRYPTED).await?;
        shows(&chooser, "Confirm here only if you asked for this").await?;
        ensure!(value(&page).await?.is_empty(), "it is filled before it is confirmed");
        confirm(&chooser).await?;
        page.wait_for(&format!("document.querySelector('{FIELD}').value")).await?;
        chooser_closes(self.browser).await?;
        page.click("button").await?;
        let sent = self.site.wait_for_submission("/in", PATIENCE).await?;
        ensure!(sent.fields["password"] == "two", "the site received {:?}", sent.fields);
        page.close().await
    }

    /// Frames of a page of the right site, and what is offered in each; `None`: not even the icon shows.
    async fn frames(&self) -> Result<()> {
        let url = |host: &str, path: &str| self.site.url_at(host, path);
        let login = json!(include_str!("../harness/pages/login.html").replace("<title>", "<base target=_self><title>"));
        let same = format!("frame.src = '{}'", url(HOST, "/login?frame"));
        let sandbox = |allowed: &str| format!("frame.sandbox = 'allow-scripts allow-forms {allowed}'; ");
        // Of these Chromium's webNavigation does not tell, and what is not told gets nothing.
        let untold: Option<&[&str]> = Some(if self.browser.kind() == Kind::Chromium { &[] } else { &[EXACT] });
        // Written by its parent, once the browser has put an empty document there.
        let after = |script: String| format!("frame.addEventListener('load', () => {{ {script} }}, {{ once: true }})");
        let cases: [(&str, &str, String, Option<&[&str]>); 13] = [
            ("a frame of the same site", HOST, same.clone(), Some(&[EXACT])),
            ("a frame without an address of its own", HOST, format!("frame.srcdoc = {login}"), Some(&[EXACT])),
            (
                "a frame that its parent fills",
                HOST,
                after(format!("frame.contentDocument.body.innerHTML = {login}")),
                Some(&[EXACT]),
            ),
            (
                "a frame that its parent writes",
                HOST,
                after(format!(
                    "const inner = frame.contentDocument; inner.open(); inner.write({login}); inner.close()"
                )),
                Some(&[EXACT]),
            ),
            (
                "a blob",
                HOST,
                format!("frame.src = URL.createObjectURL(new Blob([{login}], {{ type: 'text/html' }}))"),
                untold,
            ),
            (
                "what a script's address gives",
                HOST,
                format!("frame.src = 'javascript:' + encodeURIComponent(JSON.stringify({login}))"),
                untold,
            ),
            ("a sandbox that keeps its origin", HOST, sandbox("allow-same-origin") + &same, Some(&[EXACT])),
            ("a frame in another site's page", "mail.harbour.test", same.clone(), Some(&[])),
            (
                "another site's frame",
                HOST,
                format!("frame.src = '{}'", url("mail.harbour.test", "/login?frame")),
                Some(&[]),
            ),
            ("a sandbox", HOST, sandbox("") + &same, None),
            ("a sandbox without an address", HOST, sandbox("") + &format!("frame.srcdoc = {login}"), None),
            ("data", HOST, format!("frame.src = 'data:text/html,' + encodeURIComponent({login})"), None),
            (
                "a document that is sandboxed by its policy",
                HOST,
                format!("frame.src = '{}'", url(HOST, "/sandboxed?frame")),
                None,
            ),
        ];
        for (what, host, fill, expected) in cases {
            self.frame(host, &fill, expected).await.context(what)?;
        }
        Ok(())
    }

    async fn frame(&self, host: &str, fill: &str, expected: Option<&[&str]>) -> Result<()> {
        let around = format!(
            "<!doctype html><title>Around</title><script>onload = () => {{ const frame = document.createElement('iframe');
             frame.width = 800; frame.height = 720; {fill}; document.body.append(frame) }}</script>"
        );
        self.site.put("/around", Answer::html(around));
        let page = self.browser.open(&self.site.url_at(host, "/around")).await?;
        page.activate().await?;
        let inner = self.inner(&page).await?;
        match expected {
            Some(titles) => {
                let offered = self.offered(&inner, titles).await?;
                ensure!(offered == titles, "it is offered {offered:?}");
            }
            None => {
                let has_focus = "document.activeElement?.name === 'password'";
                inner.click(FIELD).await?;
                // A click that comes before the browser knows where the frame is goes elsewhere.
                if inner.wait_for_within(has_focus, PATIENCE / 3).await.is_err() {
                    inner.click(FIELD).await?;
                    inner.wait_for(has_focus).await?;
                }
                sleep(Duration::from_millis(400)).await;
                ensure!(inner.evaluate("!document.querySelector('[popover]')").await? == true, "its fields are marked");
            }
        }
        page.close().await
    }

    /// The one frame in a page.
    async fn inner(&self, page: &Frame) -> Result<Frame> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            for (frame, _) in self.browser.frames().await? {
                if frame.id() != page.id()
                    && frame.evaluate(&format!("!!document.querySelector('{FIELD}')")).await.is_ok_and(|it| it == true)
                {
                    return Ok(frame);
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("no frame with a form")
    }

    /// Waits until a path is shown in a tab, as the browser tells its extensions.
    async fn is_shown(&self, path: &str) -> Result<()> {
        let found = format!(
            "chrome.tabs.query({{}})
               .then(tabs => Promise.all(tabs.map(tab => chrome.webNavigation.getAllFrames({{ tabId: tab.id }}))))
               .then(all => all.flat().some(({{ url, documentLifecycle }}) => url.endsWith('{path}') && documentLifecycle === 'active'))"
        );
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if self.browser.evaluate_in_worker(&found).await? == true {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("{path} is not shown")
    }

    /// A page that the browser makes ready before anyone goes there. It does what it can to be noticed, and is not before it is shown.
    async fn prerendered(&self) -> Result<()> {
        let ready = include_str!("../harness/pages/login.html").replace(
            "</body>",
            "<script>
               const early = document.prerendering, field = document.querySelector('[name=password]');
               const call = () => { field.focus(); field.dispatchEvent(new FocusEvent('focusin', { bubbles: true, composed: true })); };
               let marked;
               call(); setTimeout(call, 200);
               document.addEventListener('prerenderingchange', () => (marked = !!document.querySelector('[popover]')));
             </script></body>",
        );
        self.site.put("/ready", Answer::html(ready));
        self.site.put("/before", Answer::html("<!doctype html><title>Before</title><a href='/ready'>On</a>"));
        let page = self.browser.open(&self.site.url_at(HOST, "/before")).await?;
        page.activate().await?;
        let rules = json!({ "prerender": [{ "urls": ["/ready"], "eagerness": "immediate" }] });
        let later = format!(
            "(() => {{ const script = Object.assign(document.createElement('script'), {{ type: 'speculationrules', textContent: {} }});
               setTimeout(() => document.head.append(script), 300);
               setTimeout(() => document.querySelector('a').click(), 1800); }})()",
            json!(rules.to_string())
        );
        page.evaluate(&later).await?;
        page.let_go().await?;
        self.is_shown("/ready").await?;
        page.take_up().await?;
        let page = self.browser.wait_for_frame("/ready").await?;
        page.wait_for("!document.prerendering && document.hasFocus()").await?;
        ensure!(page.evaluate("early").await? == true, "the browser did not prerender: nothing was tried");
        ensure!(page.evaluate("marked").await? == false, "a document that nobody sees was marked");
        let offered = self.offered(&page, &[EXACT]).await?;
        ensure!(offered == [EXACT], "shown, it is offered {offered:?}");
        Ok(())
    }
}

/// Plays in a browser with these [`options`], without a phone.
pub(crate) async fn logins_are_offered_only_where_they_belong(desk: &Desk, browser: &Browser) -> Result<()> {
    let world = World::set_up(desk, browser).await?;
    world.look_alikes().await?;
    world.encrypted().await.context("an encrypted page")?;
    world.frames().await?;
    // Firefox does not prerender.
    if browser.kind() == Kind::Chromium { world.prerendered().await } else { Ok(()) }
}
