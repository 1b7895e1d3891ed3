//! Forms wherever pages put them: the icon shows in their fields, and in no others.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{Answer, Browser, Site};
use tokio::time::sleep;

/// The icon's host: the page's own popovers are not manual.
const ICON: &str = "[popover=manual]:popover-open";
/// How long no icon has to show.
const QUIET: Duration = Duration::from_millis(400);

const LOGIN: &str = "<label>Email <input name=email type=email></label>
    <label>Password <input name=password type=password></label><button type=button>Sign in</button>";

/// Pages with a field that the icon has to show in: the script makes it `field`.
const FOUND: [(&str, &str); 9] = [
    ("no form around", "document.body.innerHTML = LOGIN; field = document.querySelector('[name=password]')"),
    (
        "a form that comes late",
        "setTimeout(() => { document.body.innerHTML = `<form>${LOGIN}</form>`; field = document.querySelector('[name=email]') }, 300)",
    ),
    (
        "a modal dialog",
        "document.body.innerHTML = `<p>Shop</p><dialog>${LOGIN}</dialog>`; document.querySelector('dialog').showModal();
         field = document.querySelector('[name=password]')",
    ),
    (
        "a popover",
        "document.body.innerHTML = `<div popover>${LOGIN}</div>`; document.querySelector('div').showPopover();
         field = document.querySelector('[name=password]')",
    ),
    (
        "fields that are custom elements",
        "customElements.define('x-field', class extends HTMLElement {
           connectedCallback() { this.attachShadow({ mode: 'open' }).innerHTML = `<label>${this.title} <input type=${this.lang}></label>` } });
         document.body.innerHTML = '<form><x-field title=Email lang=email></x-field><x-field title=Password lang=password></x-field><button>Log in</button></form>';
         field = document.querySelectorAll('x-field')[1].shadowRoot.querySelector('input')",
    ),
    (
        "an open tree in a closed one",
        "const outer = document.body.appendChild(document.createElement('x-outer')).attachShadow({ mode: 'closed' });
         const inner = outer.appendChild(document.createElement('x-inner')).attachShadow({ mode: 'open' });
         inner.innerHTML = `<form>${LOGIN}</form>`; field = inner.querySelector('[name=password]')",
    ),
    (
        "a closed tree in an open one",
        "const outer = document.body.appendChild(document.createElement('x-outer')).attachShadow({ mode: 'open' });
         const inner = outer.appendChild(document.createElement('x-inner')).attachShadow({ mode: 'closed' });
         inner.innerHTML = `<form>${LOGIN}</form>`; field = inner.querySelector('[name=email]')",
    ),
    (
        "a form beside a search",
        "document.body.innerHTML = `<form role=search><input type=search name=q></form><form>${LOGIN}</form>`;
         field = document.querySelector('[name=password]')",
    ),
    (
        "a code in six boxes",
        "document.body.innerHTML = '<form><p>Enter the code from your authenticator app</p>' +
           [1, 2, 3, 4, 5, 6].map(n => `<input maxlength=1 inputmode=numeric aria-label=\"Digit ${n}\">`).join('') + '<button>Verify</button></form>';
         field = document.querySelectorAll('input')[0]",
    ),
];

/// Pages with a field that gets focus and no icon.
const LEFT_ALONE: [(&str, &str); 4] = [
    (
        "a search box",
        "document.body.innerHTML = '<form role=search><input type=search name=q placeholder=Search></form>'; field = document.querySelector('input')",
    ),
    (
        "a voucher",
        "document.body.innerHTML = '<form><label>Gift card or voucher code <input name=voucher></label><button>Redeem</button></form>';
         field = document.querySelector('input')",
    ),
    (
        "a password that cannot be written",
        "document.body.innerHTML = '<form><label>Email <input name=email type=email readonly></label><label>Password <input type=password readonly></label></form>';
         field = document.querySelector('[type=password]')",
    ),
    (
        "a comment",
        "document.body.innerHTML = '<form><label>Your comment <textarea name=comment></textarea></label><button>Post</button></form>';
         field = document.querySelector('textarea')",
    ),
];

/// Plays in a browser with the extension.
pub(crate) async fn are_found(browser: &Browser) -> Result<()> {
    let site = Site::start().await?;
    for (what, script) in FOUND {
        focused(browser, &site, script, true).await.context(what)?;
    }
    for (what, script) in LEFT_ALONE {
        focused(browser, &site, script, false).await.context(what)?;
    }
    Ok(())
}

async fn focused(browser: &Browser, site: &Site, script: &str, marked: bool) -> Result<()> {
    site.put(
        "/page",
        Answer::html(format!(
            "<!doctype html><html lang=en><title>Page</title><body></body><script>let field; const LOGIN = `{LOGIN}`;\n{script}</script></html>"
        )),
    );
    let page = browser.open(&site.url("/page")).await?;
    page.activate().await?;
    page.wait_for("!!field && document.hasFocus()").await?;
    page.evaluate("field.focus()").await?;
    let icon = format!("!!document.querySelector('{ICON}')");
    if marked {
        page.wait_for(&icon).await.context("the icon does not show")?;
    } else {
        sleep(QUIET).await;
        ensure!(page.evaluate(&icon).await? == false, "the icon shows");
    }
    page.close().await
}
