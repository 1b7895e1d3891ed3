//! The screen that the whole app is for: what is asked, by whom, for where, and the user's answer.

use countersign_seal::{
    field::FieldKind,
    log::Device,
    origin::{Origin, OriginChain, Site},
    review::{Change, Subject, Warning},
    secret::SecretBytes,
};
use countersign_ui::{
    button::{Button, Weight},
    clock::Left,
    field::{Check, DigitsField, SecretField, take},
    notice::{Notice, Tone},
};
use leptos::{ev, html, prelude::*};

use super::{
    hand,
    lists::device_kind,
    parts::{Address, Heading, PIN_AUTOCOMPLETE, SiteLine, ago, kinds, reveal},
    welcome::Working,
};
use crate::{
    app::Input,
    screen::{AnswerFault, Approval, Screen, short_fingerprint},
    text::{text, text_with},
};

/// How long a request lives, for the bar that shrinks.
const LIFETIME_MILLIS: u64 = countersign_seal::request::LIFETIME_MILLIS;

fn approval_of(screen: &Screen) -> Option<&Approval> {
    match screen {
        Screen::Approval(approval) => Some(approval),
        _ => None,
    }
}

/// A request that waits for an answer. Built anew for each request.
#[component]
pub(crate) fn ApprovalScreen() -> impl IntoView {
    let hand = hand();
    let Some(approval) = hand.view.with_untracked(|view| approval_of(&view.screen).cloned()) else {
        return ().into_any();
    };
    let cautions = approval.cautions.iter().map(|warning| view! { <Caution warning=warning.clone() /> }).collect_view();
    view! {
        <article class="phone-approval">
            <TimeLeft approval=approval.clone() />
            <Heading words=heading(&approval.subject) />
            {subject(&approval)}
            {cautions}
            <About approval=approval.clone() />
            <Answer approval=approval />
        </article>
    }
    .into_any()
}

fn heading(subject: &Subject) -> String {
    match subject {
        Subject::Fill { kinds: found, code_next, .. } => {
            let words = if *code_next { "request-fill-code-next" } else { "request-fill" };
            text_with(words, &[("what", kinds(found).into())])
        }
        Subject::Copy { .. } => text("request-copy"),
        Subject::Reseal { .. } => text("request-reseal"),
        Subject::AddDevice { .. } => text("request-add"),
        // It never comes here: the app answers it, or refuses.
        Subject::Compare { .. } => text("activity-compare"),
    }
}

fn subject(approval: &Approval) -> impl IntoView + use<> {
    match &approval.subject {
        Subject::Fill { title, sites, kinds, chain, code_next, submit, .. } => {
            let (title, sites, kinds, chain) = (title.clone(), sites.clone(), kinds.clone(), chain.clone());
            view! { <Fill title=title sites=sites kinds=kinds chain=chain code_next=*code_next submit=*submit /> }
                .into_any()
        }
        Subject::Copy { title, sites, chain, .. } => {
            let (title, sites, chain) = (title.clone(), sites.clone(), chain.clone());
            let (browser, computer) = (approval.asker.clone(), approval.computer.clone());
            view! { <Copy title=title sites=sites chain=chain browser=browser computer=computer /> }.into_any()
        }
        Subject::Reseal { title, changes, .. } => {
            view! { <Reseal title=title.clone() changes=changes.clone() /> }.into_any()
        }
        Subject::Compare { .. } => ().into_any(),
        Subject::AddDevice { device } => view! { <AddDevice device=device.clone() /> }.into_any(),
    }
}

#[component]
fn Fill(
    title: String,
    sites: Vec<Site>,
    kinds: Vec<FieldKind>,
    chain: OriginChain,
    code_next: bool,
    submit: bool,
) -> impl IntoView {
    let places = places(&chain);
    let is_card = kinds.iter().all(|kind| kind.is_card());
    let sites = (!sites.is_empty() || !is_card).then(|| view! { <Sites sites=sites /> });
    view! {
        {places}
        <dl class="phone-facts">
            <div>
                <dt>{text("request-item")}</dt>
                <dd class="phone-fact-strong" dir="auto">{title}</dd>
            </div>
            {code_next.then(|| view! {
                <div>
                    <dt>{text("request-code-next")}</dt>
                    <dd>{text("request-code-next-value")}</dd>
                </div>
            })}
            {submit.then(|| view! {
                <div>
                    <dt>{text("request-submit")}</dt>
                    <dd>{text("request-submit-value")}</dd>
                </div>
            })}
            {sites}
        </dl>
    }
}

/// A code that is shown on the computer and copied there: which one, which browser, and what that means.
#[component]
fn Copy(title: String, sites: Vec<Site>, chain: OriginChain, browser: String, computer: String) -> impl IntoView {
    let place = text_with("request-copy-where-value", &[("computer", computer.into()), ("browser", browser.into())]);
    view! {
        {places(&chain)}
        <dl class="phone-facts">
            <div>
                <dt>{text("request-item")}</dt>
                <dd class="phone-fact-strong" dir="auto">{title}</dd>
            </div>
            <div>
                <dt>{text("request-copy-where")}</dt>
                <dd>{place}</dd>
            </div>
            <Sites sites=sites />
        </dl>
    }
}

/// The page, or page and frame.
fn places(chain: &OriginChain) -> AnyView {
    match (chain.single(), chain.origins()) {
        (Some(page), _) => view! { <p class="phone-place"><Address origin=page.clone() /></p> }.into_any(),
        (None, [page, .., frame]) => view! { <Frames page=page.clone() frame=frame.clone() /> }.into_any(),
        (None, _) => ().into_any(),
    }
}

#[component]
fn Sites(sites: Vec<Site>) -> impl IntoView {
    let lines = sites.into_iter().map(|site| view! { <li><SiteLine site=site /></li> }).collect_view();
    view! {
        <div>
            <dt>{text("request-sites")}</dt>
            <dd><ul class="phone-sites">{lines}</ul></dd>
        </div>
    }
}

#[component]
fn Frames(page: Origin, frame: Origin) -> impl IntoView {
    view! {
        <dl class="phone-place phone-frames">
            <div>
                <dt>{text("request-page")}</dt>
                <dd><Address origin=page /></dd>
            </div>
            <div class="phone-frame">
                <dt>{text("request-frame")}</dt>
                <dd><Address origin=frame /></dd>
            </div>
        </dl>
    }
}

#[component]
fn Reseal(title: String, changes: Vec<Change>) -> impl IntoView {
    let list = match changes {
        none if none.is_empty() => view! { <p class="cs-hint">{text("reseal-none")}</p> }.into_any(),
        changes => {
            let lines = changes.into_iter().map(change).collect_view();
            view! { <ul class="phone-changes">{lines}</ul> }.into_any()
        }
    };
    view! {
        <dl class="phone-facts">
            <div>
                <dt>{text("reseal-item")}</dt>
                <dd class="phone-fact-strong" dir="auto">{title}</dd>
            </div>
        </dl>
        <h2 class="phone-subtitle">{text("reseal-changes")}</h2>
        {list}
    }
}

fn change(change: Change) -> impl IntoView {
    let widens = change.needs_consent();
    let site = |id, site: Site| view! { <span>{text(id)}</span><SiteLine site=site /> }.into_any();
    let plain = |words: String| view! { <span>{words}</span> }.into_any();
    let words = match change {
        Change::Title { title } => plain(text_with("reseal-title", &[("title", title.into())])),
        Change::SiteAdded(added) => site("reseal-site-added", added),
        Change::RuleLoosened(loosened) => site("reseal-rule-loosened", loosened),
        Change::RuleTightened(tightened) => site("reseal-rule-tightened", tightened),
        Change::SiteRemoved(removed) => site("reseal-site-removed", removed),
        Change::AnySite => plain(text("reseal-any-site")),
        Change::PolicyLoosened => plain(text("reseal-policy-loosened")),
        Change::PolicyTightened => plain(text("reseal-policy-tightened")),
        Change::SubmitTurnedOn => plain(text("reseal-submit-on")),
        Change::SubmitTurnedOff => plain(text("reseal-submit-off")),
    };
    view! {
        <li class="phone-change" class:phone-wider=widens>
            {widens.then(|| view! { <strong class="phone-wider-mark">{text("reseal-wider")}</strong> })}
            {words}
        </li>
    }
}

#[component]
fn AddDevice(device: Device) -> impl IntoView {
    let fingerprint = short_fingerprint(device.id().as_bytes());
    view! {
        <dl class="phone-facts">
            <div>
                <dt>{text("add-name")}</dt>
                <dd class="phone-fact-strong" dir="auto">{device.name.clone()}</dd>
            </div>
            <div>
                <dt>{text("add-kind")}</dt>
                <dd>{device_kind(device.kind)}</dd>
            </div>
            <div>
                <dt>{text("add-fingerprint")}</dt>
                <dd>
                    <code>{fingerprint}</code>
                    <p class="cs-hint">{text("add-fingerprint-hint")}</p>
                </dd>
            </div>
        </dl>
    }
}

#[component]
fn Caution(warning: Warning) -> impl IntoView {
    let (what, remedy) = match warning {
        Warning::Punycode(origin) => (
            text("request-caution-punycode"),
            text_with("request-caution-punycode-remedy", &[("origin", origin.to_string().into())]),
        ),
        Warning::Insecure(origin) => (
            text("request-caution-insecure"),
            text_with("request-caution-insecure-remedy", &[("origin", origin.to_string().into())]),
        ),
        Warning::CrossOriginFrame { top, frame } => (
            text("request-caution-frame"),
            text_with(
                "request-caution-frame-remedy",
                &[("top", top.to_string().into()), ("frame", frame.to_string().into())],
            ),
        ),
    };
    view! { <Notice tone=Tone::Warning what=what remedy=remedy /> }
}

/// Who asks, from where, and when.
#[component]
fn About(approval: Approval) -> impl IntoView {
    let asked = approval.asked;
    let now = hand().now;
    let asker = text_with(
        "request-asker-value",
        &[("browser", approval.asker.clone().into()), ("computer", approval.computer.clone().into())],
    );
    view! {
        <dl class="phone-facts phone-facts-quiet">
            <div>
                <dt>{text("request-asker")}</dt>
                <dd dir="auto">{asker}</dd>
            </div>
            <div>
                <dt>{text("request-asked")}</dt>
                <dd>{move || ago(asked, now.get())}</dd>
            </div>
        </dl>
    }
}

/// How long there is to answer, and what else waits.
#[component]
fn TimeLeft(approval: Approval) -> impl IntoView {
    let hand = hand();
    let now = hand.now.clone();
    // The time shown may be half a second older than the request.
    let left = move || approval.expires.0.saturating_sub(now.get().0).min(LIFETIME_MILLIS);
    let more = hand.part(|view| approval_of(&view.screen).map_or(0, |approval| approval.more));
    let words = {
        let left = left.clone();
        move || text_with("request-time-left", &[("left", Left::of_millis(left()).digits().into())])
    };
    let waiting = move || match more.get() {
        0 => String::new(),
        count => text_with("request-more", &[("count", count.into())]),
    };
    // Not announced: a screen reader would say nothing else.
    view! {
        <div class="phone-time">
            <progress class="phone-time-bar" max=LIFETIME_MILLIS.to_string() value=move || left().to_string() aria-hidden="true"></progress>
            <p class="phone-time-words">
                <span>{words}</span>
                <span>{waiting}</span>
            </p>
        </div>
    }
}

/// Number, consent, PIN, and the three answers.
#[component]
fn Answer(approval: Approval) -> impl IntoView {
    let hand = hand();
    let fault = hand.part(|view| approval_of(&view.screen).and_then(|approval| approval.fault));
    let busy = Signal::from(hand.busy.clone());
    let (number, pin) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let consent = RwSignal::new(false);
    // Whether a finger or a key pressed the button: a script that submits the form has not.
    let pressed = RwSignal::new(false);
    let press = Callback::new(move |event: ev::MouseEvent| pressed.set(event.is_trusted()));
    let (request, needs_consent, verify_user) = (approval.request, approval.needs_consent(), approval.verify_user);
    let approve = {
        let hand = hand.clone();
        move |event: ev::SubmitEvent| {
            event.prevent_default();
            if !core::mem::take(&mut *pressed.write_untracked()) || !event.is_trusted() {
                return;
            }
            let number = number.get_untracked().map_or_else(String::new, |field| field.value());
            let pin = verify_user.then(|| SecretBytes::from(take(pin))).filter(|pin| !pin.expose().is_empty());
            hand.say(Input::Approve { request, number, consent: consent.get_untracked(), pin });
        }
    };
    let refuse = |not_me: bool| {
        let hand = hand.clone();
        Callback::new(move |_| hand.say(Input::Refuse { request, not_me }))
    };
    let error = move |wanted: &'static [AnswerFault]| {
        Signal::derive(move || fault.get().filter(|fault| wanted.contains(fault)).map(|fault| text(fault_words(fault))))
    };
    let consent_words = if widens_sites(&approval.subject) { "request-consent" } else { "request-consent-policy" };
    let consent_box = needs_consent.then(|| {
        let missing = error(&[AnswerFault::ConsentMissing]);
        view! {
            <div class="phone-consent">
                <Check label=text(consent_words) value=consent hint=text("request-consent-hint") />
                <p class="cs-error" aria-live="assertive">{missing}</p>
            </div>
        }
    });
    let pin_field = verify_user.then(|| {
        view! {
            <SecretField
                label=text("request-pin-label")
                hint=text("request-pin-hint")
                node_ref=pin
                reveal=reveal()
                autocomplete=PIN_AUTOCOMPLETE
                error=error(&[AnswerFault::PinWrong, AnswerFault::PinBlocked])
                limit=128
            />
        }
    });
    let failed = error(&[AnswerFault::Failed]);
    view! {
        <form class="phone-answer cs-stack" on:submit=approve autocomplete="off">
            {consent_box}
            <DigitsField
                label=text("request-number-label")
                hint=text("request-number-hint")
                node_ref=number
                count=2
                error=error(&[AnswerFault::NumberMissing])
            />
            {pin_field}
            <p class="cs-error" aria-live="assertive">{failed}</p>
            <Button weight=Weight::Primary submit=true wide=true busy=busy on_press=press>{text("request-approve")}</Button>
            <Working />
            <div class="phone-refusals">
                <Button on_press=refuse(false)>{text("request-refuse")}</Button>
                <Button weight=Weight::Danger on_press=refuse(true)>{text("request-not-me")}</Button>
            </div>
        </form>
    }
}

fn widens_sites(subject: &Subject) -> bool {
    let Subject::Reseal { changes, .. } = subject else { return false };
    changes.iter().any(|change| matches!(change, Change::SiteAdded(_) | Change::RuleLoosened(_) | Change::AnySite))
}

const fn fault_words(fault: AnswerFault) -> &'static str {
    match fault {
        AnswerFault::NumberMissing => "request-number-missing",
        AnswerFault::ConsentMissing => "request-consent-missing",
        AnswerFault::PinWrong => "request-pin-wrong",
        AnswerFault::PinBlocked => "request-pin-blocked",
        AnswerFault::Failed => "request-failed",
    }
}
