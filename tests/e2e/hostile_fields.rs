//! Fields that a user does not see, and forms that become others between the pick and the fill: nothing is written.
//!
//! The many ways are tried on the shipped commit itself, in the extension's own world of a real page; a few of them with the whole product and a phone.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame, Kind, Options, Site,
    spine::{Unlock, number, put_login_page, shows},
};
use serde_json::{Value, json};

use crate::covers;
use crate::rig::{PASSWORD, Rig, TITLE, USERNAME, share};

const CARD: &str = "Blue card";

/// What a page may do and still be filled: without these, refusing everything would pass.
const HONEST: [(&str, &str); 22] = [
    ("nothing", ""),
    ("it is scrolled away", "document.body.style.paddingBottom = '5000px'; scrollTo(0, 4000)"),
    ("something clear lies over the field", "cover('pointer-events: none')"),
    (
        "a floating label",
        "const label = document.createElement('label'); label.htmlFor = 'password'; label.textContent = 'Password';
         label.style.cssText = 'position: absolute; background: #fff; pointer-events: none; transform: translate(4px, -20px)';
         password.after(label)",
    ),
    (
        "something opaque lies under the field",
        "around.style.cssText = 'position: relative; z-index: 5'; cover('background: #fff; pointer-events: none; z-index: 1')",
    ),
    ("an icon at the end of the field", "cover('background: #fff').style.width = '30px'"),
    ("the address changes", "history.pushState(null, '', '/account?step=2')"),
    ("a button that leads elsewhere in another form", "button('submit', 'https://evil.example/'); document.querySelector('.cover').setAttribute('form', 'other')"),
    ("the field is moved within its form", "login.append(password)"),
    ("a field of Material, outlined", "dress('outlined')"),
    ("a field of Material, filled", "dress('filled')"),
    ("a field of Material, notched", "dress('notched')"),
    ("a field of Material, in shadow trees", "dressInShadow()"),
    ("a floating label", "dress('floating')"),
    ("parts before and after the field", "dress('affixed')"),
    ("layers that are hardly there", "dress('layered')"),
    ("a line under the field and a button in it", "dress('underlined')"),
    ("an opaque layer under the field", "dress('backed')"),
    ("a dialog over a page that is inert", "raise()"),
    ("a modal dialog", "showDialog()"),
    ("shadows and outlines around the field", "style(`body { box-shadow: inset 0 0 0 100vmax #fff, 0 0 9px #000 }
            form { box-shadow: 0 10px 40px #000; outline: 3px solid } #user { outline: 2px solid; box-shadow: 0 0 0 4px #00f }`)"),
    ("an opaque backdrop of everything", "style('::backdrop { background: #fff !important }')"),
];

/// Ways to hide the password field from who fills it.
const HIDDEN: [(&str, &str); 62] = [
    ("display: none", "password.style.display = 'none'"),
    ("visibility", "password.style.visibility = 'hidden'"),
    ("no opacity", "password.style.opacity = 0"),
    ("hardly any opacity", "password.style.opacity = 0.01"),
    ("no opacity around", "around.style.opacity = 0"),
    ("hardly any opacity around", "around.style.opacity = 0.05"),
    ("a filter around", "around.style.filter = 'opacity(0)'"),
    ("clip-path", "password.style.clipPath = 'inset(50%)'"),
    ("clip-path around", "around.style.clipPath = 'circle(0)'"),
    ("an ancestor scaled to nothing", "around.style.transform = 'scale(0)'"),
    ("an ancestor scaled to next to nothing", "around.style.transform = 'scale(0.01)'"),
    ("turned away", "around.style.cssText = 'transform: rotateY(180deg); backface-visibility: hidden'"),
    ("content-visibility", "around.style.contentVisibility = 'hidden'"),
    ("left of the page", "password.style.cssText = 'position: absolute; left: -9999px'"),
    ("above the window", "password.style.cssText = 'position: fixed; top: -500px'"),
    ("below the window", "password.style.cssText = 'position: fixed; top: 200vh'"),
    (
        "in a box without room",
        "password.parentNode.style.cssText = 'display: block; overflow: hidden; width: 0; height: 0'",
    ),
    ("one pixel", "password.style.cssText = 'width: 1px; height: 1px; padding: 0; border: 0'"),
    ("four pixels", "password.style.cssText = 'width: 4px; height: 4px; padding: 0; border: 0'"),
    ("covered", "cover('background: #fff')"),
    ("covered by something clear", "cover('')"),
    ("covered by an image", "cover('', document.body, 'canvas')"),
    ("covered, and clicks pass", "cover('background: #fff; pointer-events: none')"),
    ("covered, and clicks pass, importantly", "cover('background: #fff; pointer-events: none !important')"),
    (
        "covered by a gradient, and clicks pass",
        "cover('background: linear-gradient(#fff, #fff); pointer-events: none')",
    ),
    ("covered by an image, and clicks pass", "cover('pointer-events: none', document.body, 'canvas')"),
    (
        "covered from the top layer, and clicks pass",
        "const over = cover('background: #fff; pointer-events: none; margin: 0; border: 0'); over.popover = 'manual'; over.showPopover()",
    ),
    (
        "covered, and clicks go on passing for a while",
        "cover('background: #fff; pointer-events: none; transition: pointer-events 100s step-end allow-discrete').offsetTop",
    ),
    (
        "covered from a closed shadow tree, and clicks pass",
        "const host = document.createElement('div'); host.className = 'cover'; document.body.append(host);
         cover('background: #fff; pointer-events: none', host.attachShadow({ mode: 'closed' }))",
    ),
    ("covered by what is inert", "cover('background: #fff').inert = true"),
    ("covered by its own label", "cover('background: #fff', document.body, 'label').htmlFor = 'password'"),
    (
        "covered by a border, and clicks pass",
        "cover('border: 30px solid #fff; box-sizing: border-box; pointer-events: none')",
    ),
    ("covered by a fieldset's border, and clicks pass", "const over = cover('border: 30px solid #fff; box-sizing: border-box; pointer-events: none', document.body, 'fieldset');
         over.style.margin = 0; over.append(document.createElement('legend'))"),
    ("covered by an outline", "cover('outline: 500px solid #fff; pointer-events: none').style.width = 0"),
    (
        "covered by an outline that goes inwards",
        "cover('outline: 30px solid #fff; outline-offset: -30px; pointer-events: none')",
    ),
    (
        "covered by an outline of what is around",
        "around.style.cssText = 'outline: 500px solid #fff; outline-offset: -500px'",
    ),
    (
        "covered by a shadow that goes inwards, and clicks pass",
        "cover('box-shadow: inset 0 0 0 50px #fff; pointer-events: none')",
    ),
    ("covered by a shadow from elsewhere", "cover('box-shadow: 0 200px 0 200px #fff; transform: translateY(-200px)')"),
    ("covered by an enlarged shadow", "cover('box-shadow: 0 0 0 2px #fff; width: 2px; height: 2px; transform: scale(300) translateX(-1px)')"),
    (
        "covered by what is generated, and clicks pass",
        "style('.cover::before { content: \"\"; position: absolute; inset: 0; background: #fff }'); cover('pointer-events: none')",
    ),
    (
        "covered by what is generated elsewhere, and clicks pass",
        "style(`h1::after { content: ''; ${over()} background: #fff; pointer-events: none }`)",
    ),
    (
        "covered by a generated border, and clicks pass",
        "style(`#around::after { content: ''; ${over()} border: 30px solid #fff; box-sizing: border-box; pointer-events: none }`)",
    ),
    ("covered by generated text, and clicks pass", "style(`#around::before { content: '${'█'.repeat(50)}'; ${over()} ${blocks} }`)"),
    ("covered by text, and clicks pass", "write(cover(blocks))"),
    ("covered by the text of its own label", "const label = cover(blocks, document.body, 'label'); label.htmlFor = 'password'; write(label)"),
    (
        "covered under its own label",
        "cover('background: #fff'); cover('', document.body, 'label').htmlFor = 'password'",
    ),
    (
        "covered by many clear layers, and clicks pass",
        "for (let at = 0; at < 12; at++) cover('background: rgba(255, 255, 255, .4); pointer-events: none')",
    ),
    (
        "covered in what is half clear, and clicks pass",
        "around.style.opacity = .3; cover('background: #fff; pointer-events: none', around)",
    ),
    (
        "covered by what moves out of the way, and clicks pass",
        "cover('background: #fff; pointer-events: none', document.body, 'shy-cover')",
    ),
    (
        "covered by what hides when it is styled, and clicks pass",
        "style('.cover[style*=auto] { display: none }'); cover('background: #fff; pointer-events: none')",
    ),
    (
        "covered by what sinks when it is styled, and clicks pass",
        "style('.cover[style*=auto] { z-index: -1 }'); cover('background: #fff; pointer-events: none')",
    ),
    (
        "covered by what is inert and sinks when it is not",
        "style('.cover:not([inert]) { z-index: -1 }'); cover('background: #fff').inert = true",
    ),
    (
        "covered by what is inert and moves out of the way",
        "cover('background: #fff', document.body, 'shy-cover').inert = true",
    ),
    ("covered in what is inert", "cover('background: #fff', cover('background: none')).parentNode.inert = true"),
    (
        "covered from a layer, and clicks pass",
        "style('@layer first { .cover { background: #fff; pointer-events: none !important } }'); cover('')",
    ),
    ("covered by a form's control, and clicks pass", "cover('pointer-events: none', document.body, 'progress')"),
    ("covered by a drawing, and clicks pass", "cover('pointer-events: none').innerHTML = '<svg width=100% height=100%><rect width=100% height=100% fill=white />'"),
    ("covered by the backdrop of a popover", "style('#other::backdrop { background: #fff }'); showPopover(other, 'inset: auto 0 0 auto')"),
    ("covered by a popover over its modal dialog", "showDialog(); showPopover(cover('background: #fff; margin: 0; border: 0'), '')"),
    ("under what it is in, and clicks pass", "around.style.cssText = 'background: #fff; pointer-events: none; position: relative; z-index: 0';
         login.style.cssText = 'position: relative; z-index: -1; pointer-events: auto'; around.style.zIndex = 'auto'"),
    ("covered but for three hairs", "coverButForHairs('background: #fff')"),
    ("covered but for three hairs, and clicks pass", "coverButForHairs('background: #fff; pointer-events: none')"),
];

/// Ways to make the form another between the pick and the fill.
const CHANGED: [(&str, &str); 21] = [
    ("read-only", "password.readOnly = true"),
    ("disabled", "password.disabled = true"),
    ("another type", "password.type = 'text'"),
    ("another name", "password.name = 'comment'"),
    ("another id", "password.id = 'comment'"),
    ("names swapped", "[password.name, user.name] = [user.name, password.name]"),
    ("ids swapped", "[password.id, user.id] = [user.id, password.id]"),
    ("types swapped", "[password.type, user.type] = [user.type, password.type]"),
    ("another element", "password.replaceWith(password.cloneNode())"),
    ("removed", "password.remove()"),
    ("moved to another form", "other.append(password)"),
    ("made another form's", "password.setAttribute('form', 'other')"),
    ("another site's action", "login.action = 'https://evil.example/in'"),
    ("another action of the same site", "login.setAttribute('action', '/other')"),
    (
        "another base",
        "const base = document.createElement('base'); base.href = 'https://evil.example/'; document.head.append(base)",
    ),
    ("a button's action", "go.setAttribute('formaction', 'https://evil.example/')"),
    ("a new button's action", "button('submit', 'https://evil.example/')"),
    ("a new image's action", "button('image', 'https://evil.example/')"),
    ("another type at the moment of focus", "password.addEventListener('focus', () => (password.type = 'text'))"),
    (
        "another action at the moment of focus",
        "password.addEventListener('focus', () => (login.action = 'https://evil.example/'))",
    ),
    (
        "another action when the user name was written",
        "user.addEventListener('input', () => (login.action = 'https://evil.example/'))",
    ),
];

/// A function in the extension's own world of the page in front; its value.
async fn in_extension(rig: &Rig, body: &str) -> Result<Value> {
    inject(rig, &format!("func: () => {{ {body} }}")).await
}

/// What fills, as the worker loads it when a request is made.
async fn load_fill(rig: &Rig) -> Result<()> {
    inject(rig, "files: ['sight.js', 'commit.js']").await.map(drop)
}

async fn inject(rig: &Rig, what: &str) -> Result<Value> {
    let call = format!(
        "chrome.tabs.query({{ active: true, lastFocusedWindow: true }})
           .then(([tab]) => chrome.scripting.executeScript({{ target: {{ tabId: tab.id }}, {what} }}))
           .then(([outcome]) => outcome?.result)"
    );
    rig.browser.evaluate_in_worker(&call).await
}

/// Plans as the worker would: what to write, and what the fields were.
fn plan() -> String {
    format!(
        "const {{ fields, forms }} = countersign.takeSnapshot();
         globalThis.planned = {}.map(([name, text]) => {{
           const field = fields.find(field => field.name === name);
           const {{ id, tag, type, htmlId }} = field;
           const signature = {{ tag, type, name, htmlId, action: forms[field.form].action }};
           return {{ field: id, signature, write: {{ text: new TextEncoder().encode(text) }} }};
         }});
         globalThis.said = [];
         globalThis.post ??= countersign.post;
         countersign.post = message => (message.looked ? post(message) : said.push(message));
         countersign.parts.receive({{ watch: {{ fields: planned.map(step => step.field) }} }});",
        json!([["user", USERNAME], ["password", PASSWORD]])
    )
}

/// Commits what was planned; the outcome.
const COMMIT: &str = "countersign.parts.receive({ commit: { commit: 7, until: Date.now() + 60_000, steps: planned } });
    countersign.parts.receive({ watch: { fields: [] } });
    const answer = () => said.find(message => message.committed)?.committed.outcome;
    return new Promise(done => { const look = () => (answer() ? done(answer()) : setTimeout(look, 1)); look(); });";

/// What the page has seen of the password, in its fields too.
async fn has_password(page: &Frame) -> Result<bool> {
    let known = format!("(look(), seen.some(value => value.includes({})))", json!(&PASSWORD[..7]));
    Ok(page.evaluate(&known).await? == true)
}

/// Plans on the honest page, lets the page do something, and commits; the outcome, and whether the page has the password.
async fn after(rig: &Rig, page: &Frame, deed: &str) -> Result<(String, bool)> {
    page.evaluate("begin()").await?;
    in_extension(rig, &plan()).await?;
    page.evaluate(&format!("(() => {{ {deed} }})()")).await?;
    let outcome = in_extension(rig, COMMIT).await?;
    Ok((outcome.as_str().unwrap_or_default().to_owned(), has_password(page).await?))
}

/// A commit that comes before what writes it, as where loading that has failed: it does not wait for the next chooser.
async fn no_commit_waits(rig: &Rig, page: &Frame) -> Result<()> {
    page.evaluate("begin()").await?;
    in_extension(rig, &plan()).await?;
    let outcome = in_extension(rig, COMMIT).await?;
    let wiped = in_extension(rig, "return planned.every(step => step.write.text.every(byte => byte === 0))").await?;
    ensure!(outcome == "target-changed" && wiped == true, "{outcome}, and wiped: {wiped}");
    load_fill(rig).await?;
    let answers = in_extension(rig, "return said.length").await?;
    ensure!(answers == 1 && !has_password(page).await?, "it was written later: {answers} answers");
    Ok(())
}

/// Something in the way that nobody thought of.
const STUMBLE: &str = "const { takeSnapshot } = countersign;
    countersign.takeSnapshot = () => { throw new Error(); };
    countersign.parts.receive({ commit: { commit: 7, until: Infinity, steps: planned } });
    return new Promise(done => setTimeout(done, 50)).then(() => {
      countersign.takeSnapshot = takeSnapshot;
      return [said.at(-1).committed.outcome, planned.every(step => step.write.text.every(byte => byte === 0))];
    });";

async fn a_commit_that_stumbles_is_answered(rig: &Rig, page: &Frame) -> Result<()> {
    page.evaluate("begin()").await?;
    in_extension(rig, &plan()).await?;
    let outcome = in_extension(rig, STUMBLE).await?;
    ensure!(outcome == json!(["target-changed", true]) && !has_password(page).await?, "{outcome}");
    Ok(())
}

/// What comes too late, and what takes too long to look at.
async fn nothing_is_written_late(rig: &Rig, page: &Frame) -> Result<()> {
    let many = "const many = document.createElement('div'); many.className = 'cover'; many.style.cssText = 'position: absolute; top: 900px';
        many.innerHTML = '<i></i>'.repeat(30000); document.body.append(many)";
    for (deed, patience) in [("", 0), (many, 20)] {
        page.evaluate("begin()").await?;
        in_extension(rig, &plan()).await?;
        page.evaluate(&format!("(() => {{ {deed} }})()")).await?;
        let outcome = in_extension(rig, &COMMIT.replace("60_000", &patience.to_string())).await?;
        ensure!(outcome == "target-changed" && !has_password(page).await?, "{patience} ms: {outcome}");
    }
    Ok(())
}

/// What a page says of our own element paints nothing.
async fn our_own_element_is_left_as_it_is(page: &Frame) -> Result<()> {
    page.evaluate("begin()").await?;
    page.click("#password").await?;
    page.wait_for("document.querySelector('html > [popover]:popover-open')").await?;
    let generated = page
        .evaluate(
            "(style('html > [popover]::before, html > [popover]::after, html > [popover]::backdrop { content: \"\" !important; display: block !important; position: fixed; inset: 0; background: red }'),
              ['::before', '::after', '::backdrop'].map(part => getComputedStyle(document.querySelector('html > [popover]'), part)).map(part => part.display === 'none' || part.content === 'none'))",
        )
        .await?;
    ensure!(generated == json!([true, true, true]), "{generated}");
    Ok(())
}

async fn all_ways(rig: &Rig) -> Result<()> {
    let page = rig.open(&rig.site.url("/fields")).await?;
    page.click("#password").await?;
    page.wait_for("document.querySelector(':popover-open')").await?;
    no_commit_waits(rig, &page).await?;
    a_commit_that_stumbles_is_answered(rig, &page).await?;
    nothing_is_written_late(rig, &page).await?;
    our_own_element_is_left_as_it_is(&page).await?;
    for (deed, script) in HONEST.into_iter().chain(covers::HONEST) {
        let (outcome, has_it) = after(rig, &page, script).await?;
        ensure!(outcome == "filled" && has_it, "not filled but {outcome:?}: {deed}");
    }
    let own: &[(&str, &str)] = match rig.browser.kind() {
        Kind::Chromium => &covers::CHROMIUM_COVERS,
        Kind::Firefox => &covers::FIREFOX_COVERS,
    };
    let finer = covers::FINE_COVERS.into_iter().chain(own.iter().copied());
    for (deed, script) in HIDDEN.into_iter().chain(covers::COVERS).chain(finer).chain(CHANGED) {
        let (outcome, has_it) = after(rig, &page, script).await?;
        ensure!(outcome == "target-changed" && !has_it, "{outcome:?}, and the page has the password: {has_it}: {deed}");
    }
    page.close().await
}

/// After the phone was asked, with the approval already typed.
async fn while_the_phone_is_asked(rig: &Rig) -> Result<()> {
    let deeds = [
        "login.action = 'https://evil.example/in'",
        "go.setAttribute('formaction', 'https://evil.example/in')",
        "cover('background: #fff; pointer-events: none')",
        "password.addEventListener('focus', () => (password.type = 'text'))",
    ];
    for deed in share(rig.browser.kind(), deeds) {
        let page = rig.open(&rig.site.url("/fields")).await?;
        let chooser = rig.pick(&page, "#password", TITLE).await?;
        let number = number(&chooser).await?;
        rig.phone.title("Fill password?").await?;
        page.evaluate(&format!("(() => {{ {deed} }})()")).await?;
        rig.phone.approve(number).await?;
        shows(&chooser, "The form changed, or you typed in it, while you approved").await.context(deed)?;
        ensure!(!has_password(&page).await?, "filled: {deed}");
        ensure!(rig.site.submissions().is_empty());
        page.close().await?;
    }
    Ok(())
}

/// A field out of sight is not asked for in the first place.
async fn out_of_sight(rig: &Rig) -> Result<()> {
    let page = rig.open(&rig.site.url("/checkout")).await?;
    page.evaluate("void (document.querySelector('[name=code]').style.opacity = 0)").await?;
    let chooser = rig.pick(&page, "[name=number]", CARD).await?;
    number(&chooser).await?;
    rig.phone.shows("card number").await?;
    let asked = rig.phone.page.text("document.body.innerText").await?;
    ensure!(!asked.contains("security code"), "the phone is asked for what nobody sees:\n{asked}");
    chooser.press("Escape").await?;
    rig.phone.title("Nothing to approve").await?;
    page.close().await
}

async fn nothing_is_written(kind: Kind) -> Result<()> {
    let site = Site::start().await?;
    put_login_page(&site, &[]);
    site.put("/fields", Answer::html(include_str!("pages/fields.html")));
    site.put("/checkout", Answer::html(include_str!("../harness/pages/checkout.html")));
    let rig = Rig::around(kind, Unlock::Passphrase, Options::default(), site, async |desk, site| {
        desk.add_card(CARD, ["4111111111111111", "Ada Kern", "2029-08", "737"]).await?;
        desk.add_login(TITLE, USERNAME, PASSWORD, &site.origin()).await
    })
    .await?;
    all_ways(&rig).await?;
    while_the_phone_is_asked(&rig).await?;
    out_of_sight(&rig).await?;
    let (page, chooser) = rig.ask().await?;
    rig.approve_and_sign_in(&page, &chooser).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_out_of_sight_and_forms_that_change_get_nothing_in_chromium() -> Result<()> {
    nothing_is_written(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_out_of_sight_and_forms_that_change_get_nothing_in_firefox() -> Result<()> {
    nothing_is_written(Kind::Firefox).await
}
