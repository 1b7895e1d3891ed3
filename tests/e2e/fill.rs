//! A login form is filled, in real browsers with a real daemon behind a real native host.

use anyhow::{Context, Result};
use countersign_harness::{
    Browser, Frame, PATIENCE, Site,
    spine::{self, Desk, chooser_closes, open_chooser, put_login_page},
};

const PASSWORD: &str = "lantern & Quayside <1843>";

/// A browser that is paired with a computer's vault, and a site. No phone yet: nothing is sealed.
struct Rig<'a> {
    browser: &'a Browser,
    site: Site,
}

impl<'a> Rig<'a> {
    async fn set_up(desk: &Desk, browser: &'a Browser) -> Result<Self> {
        let site = Site::start().await?;
        desk.add_login("Bank", "ada", PASSWORD, &site.origin()).await?;
        Ok(Self { browser, site })
    }

    /// Opens a page with a login form under a content security policy, and records its violations.
    async fn login_page(&self, policy: &[(&str, &str)]) -> Result<Frame> {
        put_login_page(&self.site, policy);
        let page = self.browser.open(&self.site.url("/login")).await?;
        page.activate().await?;
        page.evaluate(
            "window.violations = [], document.addEventListener('securitypolicyviolation', event => violations.push(event.violatedDirective)), 0",
        )
        .await?;
        Ok(page)
    }

    /// Opens the chooser and picks the item.
    async fn pick(&self, page: &Frame) -> Result<Frame> {
        let chooser = open_chooser(self.browser, page, "[name=password]").await?;
        assert_eq!(value(page).await?, "", "nothing is filled before the pick");
        spine::pick(&chooser, "Bank").await?;
        Ok(chooser)
    }
}

async fn value(page: &Frame) -> Result<String> {
    page.text("document.querySelector('[name=password]').value").await
}

/// Plays without a phone.
pub(crate) async fn fills_after_confirmation(desk: &Desk, browser: &Browser) -> Result<()> {
    let rig = Rig::set_up(desk, browser).await?;
    let page = rig.login_page(&[]).await?;
    let chooser = rig.pick(&page).await?;
    spine::confirm(&chooser).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    chooser_closes(browser).await?;
    page.click("button").await?;
    let sent = rig.site.wait_for_submission("/in", PATIENCE).await?;
    assert_eq!((sent.fields["user"].as_str(), sent.fields["password"].as_str()), ("ada", PASSWORD));
    page.close().await
}

/// Plays without a phone.
pub(crate) async fn fills_under_strict_policies(desk: &Desk, browser: &Browser) -> Result<()> {
    let rig = Rig::set_up(desk, browser).await?;
    let policies: [&[(&str, &str)]; 5] = [
        &[("content-security-policy", "default-src 'none'; img-src data:; form-action 'self'")],
        &[(
            "content-security-policy",
            "default-src 'none'; img-src data:; script-src 'self'; style-src 'self'; form-action 'self'",
        )],
        &[(
            "content-security-policy",
            "default-src 'none'; img-src data:; script-src 'nonce-bm9uY2U='; style-src 'nonce-bm9uY2U='; form-action 'self'",
        )],
        &[(
            "content-security-policy",
            "default-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'",
        )],
        &[("cross-origin-embedder-policy", "require-corp"), ("cross-origin-opener-policy", "same-origin")],
    ];
    for policy in policies {
        let page = rig.login_page(policy).await?;
        let chooser = rig.pick(&page).await?;
        spine::confirm(&chooser).await?;
        page.wait_for("document.querySelector('[name=password]').value")
            .await
            .with_context(|| format!("under {policy:?}"))?;
        assert_eq!(value(&page).await?, PASSWORD);
        assert_eq!(page.text("window.violations.join()").await?, "", "under {policy:?}");
        page.close().await?;
    }
    Ok(())
}
