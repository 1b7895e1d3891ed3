//! A server's own question for user name and password (RFC 9110, section 11; Basic, RFC 7617; Digest, RFC 7616), which a browser asks in a dialog of its own.
//!
//! ```text
//! Placing → Linking → Matching → Offered → answered, or left to the browser
//! ```
//!
//! The browser holds the request back meanwhile. One question is offered at a time, in the popup, for exactly its origin and realm; nothing is answered without a pick
//! there and all that a fill needs. What else the same tab asks for meanwhile there, of a page with many pictures, waits with it, and has the same answer. Whatever else
//! happens leaves the browser's dialog: a closed popup, no item, a locked vault, a minute. A proxy is answered nothing, nor is a part of a page unless all that holds it is of
//! the same origin.

use crate::{
    chain::origin_chain,
    effect::{AuthRequired, ChallengeId, Effect, Frame, PanelId, Sender, TabId},
    engine::{Engine, Purpose, Read},
    request::Pending,
};
use countersign_seal::{
    field::FieldKind,
    id::{FieldId, RequestId},
    origin::{Origin, OriginChain},
    secret::SecretBytes,
    text::is_deceiving,
};
use countersign_wire::{
    item::{ItemKind, ItemSummary},
    local::{Fault, Method, Reply},
    panel::{Link, Place, PlaceKind},
};
use std::collections::VecDeque;

/// The most characters of a realm that are shown.
const REALM_LIMIT: usize = 256;
/// How long the daemon may take to say which items there are, in milliseconds.
const MATCH_PATIENCE: u64 = 5_000;
/// How long a popup may take to open, in milliseconds: where the browser opens none, the user sees the badge.
const UNNOTICED: u64 = 15_000;
/// How long the user may take to choose, in milliseconds.
const CHOOSING: u64 = 60_000;
/// How soon the same question from the same server means that it refused the answer, in milliseconds.
const REFUSING: u64 = 60_000;
/// How many requests may wait for one answer: a browser loads few more at a time.
const WAITING_LIMIT: usize = 16;
/// How many of the requests that were once asked about are remembered: a browser asks again about each that fails.
const ASKED_LIMIT: usize = 64;

/// All there is of such questions.
#[derive(Default)]
pub(crate) struct Challenges {
    held: Option<Held>,
    given: Vec<Given>,
    asked: VecDeque<String>,
}

/// What a password is good for: a protection space (RFC 9110, section 11.5), in one tab.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Space {
    tab: TabId,
    origin: Origin,
    realm: String,
}

/// What a server asks, as far as it may be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    /// The browser's name for the request (`requestId`).
    request: String,
    asker: Sender,
    space: Space,
    part: Part,
    /// Whether the user sees its tab.
    front: bool,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A tab's document. What the tab shows still is the page before.
    Page,
    /// A frame's document.
    Frame,
    /// Something that a document loads.
    Resource,
}

/// What is offered, or may be soon.
struct Held {
    /// The request that asked first. The offer keeps its name when that one is gone and others wait: the user picks for the place, not for a picture.
    id: ChallengeId,
    space: Space,
    /// The requests that the browser holds back: at least one.
    waiting: Vec<(ChallengeId, Question)>,
    items: Vec<ItemSummary>,
    phase: Phase,
    until: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The frame tree is read.
    Placing,
    /// The way to the daemon opens.
    Linking,
    /// The daemon says which items there are.
    Matching,
    /// The popup shows them, or the badge says that it would.
    Offered { noticed: bool },
}

/// What a server was answered.
struct Given {
    space: Space,
    /// The browser's names for the requests that had the answer.
    answered: Vec<String>,
    request: RequestId,
    until: u64,
}

impl Question {
    /// `None` if it is none to be offered: a proxy's, of a scheme that takes no password, of a page that lets another ask.
    fn parse(required: AuthRequired) -> Option<Self> {
        let AuthRequired { request, tab, frame, parent, kind, origin, initiator, scheme, realm, proxy, front } =
            required;
        let takes_password = ["basic", "digest"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        if proxy || !takes_password {
            return None;
        }
        let part = match kind.as_str() {
            "main_frame" => Part::Page,
            "sub_frame" => Part::Frame,
            _ => Part::Resource,
        };
        let own = Origin::parse(origin.as_deref()?).ok()?;
        // Of a part the user sees nothing. And who opens a tab sees when its document comes: a page that sends one to another site would learn whether there is a login for it.
        let is_own = initiator == origin || (part == Part::Page && initiator.is_none());
        if !is_own {
            return None;
        }
        // The document that a frame is to show is not there yet: what counts is who holds it.
        let frame = if part == Part::Frame { parent } else { frame };
        let asker = Sender { tab, frame, document: None, origin: own.to_string(), private: false };
        let space = Space { tab, origin: own, realm: clean(&realm.unwrap_or_default()) };
        Some(Self { request, asker, space, part, front })
    }

    /// Whether all documents that hold what is asked for are of its origin.
    fn is_among_its_own(&self, frames: &[Frame]) -> bool {
        let is_own = |chain: OriginChain| chain.origins().iter().all(|origin| *origin == self.space.origin);
        self.part == Part::Page || origin_chain(&self.asker, frames).is_some_and(is_own)
    }
}

impl Space {
    fn chain(&self) -> Option<OriginChain> {
        OriginChain::new(vec![self.origin.clone()]).ok()
    }

    /// Whether an item is saved for this very origin, and has a password.
    fn suits(&self, item: &ItemSummary) -> bool {
        let is_saved_here = item.sites.iter().any(|site| site.origin == self.origin);
        item.kind == ItemKind::Login && is_saved_here && password_of(item).is_some()
    }
}

impl Held {
    /// Whether what is offered answers this question too.
    fn takes(&self, question: &Question) -> bool {
        self.space == question.space && self.waiting.len() < WAITING_LIMIT
    }

    /// Takes out a request that waits.
    fn remove(&mut self, id: ChallengeId) -> Option<Question> {
        let at = self.waiting.iter().position(|(waiting, _)| *waiting == id)?;
        Some(self.waiting.remove(at).1)
    }
}

/// A server's words: bounded, in one line, and with nothing in them that is not seen or turns the words around it.
fn clean(realm: &str) -> String {
    // Joiners are for names; a realm needs none.
    let is_unseen = |letter: char| is_deceiving(letter) || matches!(letter, '\u{200c}' | '\u{200d}');
    realm.chars().filter(|letter| !is_unseen(*letter)).take(REALM_LIMIT).collect()
}

/// An item's password.
pub(crate) fn password_of(item: &ItemSummary) -> Option<FieldId> {
    item.fields.iter().find(|field| field.kind == FieldKind::Password).map(|field| field.id)
}

impl Challenges {
    /// The same request is asked about once: the user has seen the browser's dialog since, or the server has seen what we had.
    fn is_new(&mut self, request: &str) -> bool {
        if self.asked.iter().any(|asked| asked == request) {
            return false;
        }
        if self.asked.len() >= ASKED_LIMIT {
            self.asked.pop_front();
        }
        self.asked.push_back(request.to_owned());
        true
    }

    /// What this very request was answered a moment ago: the server did not take it. Another one of its page has not had the answer.
    fn refused(&mut self, question: &Question) -> Option<RequestId> {
        let is_it = |given: &Given| given.space == question.space && given.answered.contains(&question.request);
        let at = self.given.iter().position(is_it)?;
        Some(self.given.swap_remove(at).request)
    }

    fn forget(&mut self, now: u64) {
        self.given.retain(|given| given.until > now);
    }
}

impl Engine {
    /// A server asks for user name and password.
    pub(crate) fn challenged(&mut self, id: ChallengeId, required: AuthRequired) {
        let Some(question) = Question::parse(required).filter(|question| self.may_be_offered(question)) else {
            return self.leave_to_browser(id);
        };
        let until = self.now.monotonic.saturating_add(MATCH_PATIENCE);
        let (space, is_page) = (question.space.clone(), question.part == Part::Page);
        let tab = space.tab;
        let (waiting, items, phase) = (Vec::new(), Vec::new(), Phase::Placing);
        let held = self.challenges.held.get_or_insert(Held { id, space, waiting, items, phase, until });
        held.waiting.push((id, question));
        if is_page {
            self.challenge_placed(id, &[]);
        } else {
            self.read_frames(tab, Read::Challenge(id));
        }
    }

    fn may_be_offered(&mut self, question: &Question) -> bool {
        let is_new = self.challenges.is_new(&question.request);
        if let Some(request) = self.challenges.refused(question) {
            self.not_accepted(request);
            return false;
        }
        let has_room = match &self.challenges.held {
            Some(held) => held.takes(question),
            None => self.request.as_ref().is_none_or(Pending::is_over),
        };
        is_new && question.front && self.pins.is_some() && has_room
    }

    /// The browser asks in its own dialog.
    fn leave_to_browser(&mut self, challenge: ChallengeId) {
        self.effects.push(Effect::AnswerChallenge { challenge, answer: None });
    }

    fn held(&mut self, id: ChallengeId) -> Option<&mut Held> {
        self.challenges.held.as_mut().filter(|held| held.id == id)
    }

    /// Where something is that a page loads.
    pub(crate) fn challenge_placed(&mut self, id: ChallengeId, frames: &[Frame]) {
        let Some(held) = &mut self.challenges.held else { return };
        let Some((_, question)) = held.waiting.iter().find(|(waiting, _)| *waiting == id) else { return };
        if !question.is_among_its_own(frames) {
            return self.refuse_to_wait(id);
        }
        if held.phase == Phase::Placing {
            held.phase = Phase::Linking;
            self.want_link();
        }
    }

    /// What may not be answered is left to the browser at once.
    fn refuse_to_wait(&mut self, id: ChallengeId) {
        if self.stop_waiting(id) {
            self.leave_to_browser(id);
        }
    }

    /// Takes out a request that waits; the offer ends with the last. Whether it was there.
    fn stop_waiting(&mut self, id: ChallengeId) -> bool {
        let Some(held) = &mut self.challenges.held else { return false };
        let (was_there, name) = (held.remove(id).is_some(), held.id);
        if held.waiting.is_empty() {
            self.let_go();
            self.challenge_lost(name);
        }
        was_there
    }

    /// After whatever happened: goes on with the question in hand, or ends it.
    pub(crate) fn tend_challenge(&mut self) {
        let now = self.now.monotonic;
        self.challenges.forget(now);
        let Some(held) = &self.challenges.held else { return };
        let (id, tab, phase, late) = (held.id, held.space.tab, held.phase, held.until <= now);
        match phase {
            Phase::Linking if self.way.is_up() => self.match_challenge(id),
            Phase::Linking if self.way.link() != Link::Connecting => self.end_challenge(),
            Phase::Offered { .. } if self.is_asked_for(id) => {}
            Phase::Offered { noticed } => match (self.has_popup(tab), noticed) {
                (_, _) if late => self.end_challenge(),
                (false, true) => self.end_challenge(),
                (true, false) => self.note_popup(id),
                _ => {}
            },
            Phase::Placing | Phase::Linking | Phase::Matching if late => self.end_challenge(),
            Phase::Placing | Phase::Linking | Phase::Matching => {}
        }
    }

    fn match_challenge(&mut self, id: ChallengeId) {
        let Some(held) = self.held(id) else { return };
        held.phase = Phase::Matching;
        match held.space.chain() {
            Some(chain) => self.call(Method::Match { chain }, Purpose::Challenge(id)),
            None => self.end_challenge(),
        }
    }

    /// The daemon says which items may be used there.
    pub(crate) fn challenge_matched(&mut self, id: ChallengeId, result: Result<Reply, Fault>) {
        let until = self.now.monotonic.saturating_add(UNNOTICED);
        let Some(held) = self.held(id).filter(|held| held.phase == Phase::Matching) else { return };
        if let Ok(Reply::Items { items, .. }) = result {
            held.items = items.into_iter().filter(|item| held.space.suits(item)).collect();
        }
        if held.items.is_empty() {
            return self.end_challenge();
        }
        held.phase = Phase::Offered { noticed: false };
        held.until = until;
        let tab = held.space.tab;
        if !self.has_popup(tab) {
            self.effects.push(Effect::Summon(tab));
        }
        self.retarget_popups(tab);
    }

    fn has_popup(&self, tab: TabId) -> bool {
        self.panels.values().any(|panel| panel.popup_tab() == Some(tab))
    }

    fn note_popup(&mut self, id: ChallengeId) {
        let until = self.now.monotonic.saturating_add(CHOOSING);
        if let Some(held) = self.held(id) {
            held.phase = Phase::Offered { noticed: true };
            held.until = until;
        }
    }

    /// Whether the request in hand is to answer this question.
    fn is_asked_for(&self, id: ChallengeId) -> bool {
        self.request.as_ref().is_some_and(|request| request.challenge() == Some(id) && !request.is_over())
    }

    /// Nothing of ours answers the question in hand.
    fn end_challenge(&mut self) {
        for (id, _) in self.let_go().map(|held| held.waiting).unwrap_or_default() {
            self.leave_to_browser(id);
        }
    }

    fn let_go(&mut self) -> Option<Held> {
        let held = self.challenges.held.take()?;
        let tab = held.space.tab;
        if matches!(held.phase, Phase::Offered { .. }) {
            self.effects.push(Effect::Unsummon(tab));
            self.retarget_popups(tab);
        }
        Some(held)
    }

    /// The browser does not wait any more: the tab is gone, or went elsewhere.
    pub(crate) fn challenge_gone(&mut self, id: ChallengeId) {
        self.stop_waiting(id);
    }

    /// The user would rather have the browser's dialog.
    pub(crate) fn give_up_challenge(&mut self, panel: PanelId) {
        if self.offered_in(panel).is_some() {
            self.end_challenge();
        }
    }

    /// What is offered in a popup.
    fn offered_in(&self, panel: PanelId) -> Option<&Held> {
        let tab = self.panels.get(&panel)?.popup_tab()?;
        let is_shown = |held: &&Held| held.space.tab == tab && matches!(held.phase, Phase::Offered { .. });
        self.challenges.held.as_ref().filter(is_shown)
    }

    /// Which question a pick in a panel answers.
    pub(crate) fn challenge_in(&self, panel: PanelId) -> Option<(ChallengeId, OriginChain)> {
        let held = self.offered_in(panel)?;
        Some((held.id, held.space.chain()?))
    }

    /// What a popup shows of it: where, and the items.
    pub(crate) fn challenge_place(&self, panel: PanelId) -> Option<(Place, Vec<ItemSummary>)> {
        let held = self.offered_in(panel)?;
        let place = Place { chain: held.space.chain()?, kind: PlaceKind::HttpAuthentication };
        Some((place, held.items.clone()))
    }

    /// What the server calls the place that it guards.
    pub(crate) fn realm_in(&self, panel: PanelId) -> Option<String> {
        self.offered_in(panel).map(|held| held.space.realm.clone())
    }

    /// Whether it waits still.
    pub(crate) fn is_held(&self, id: ChallengeId) -> bool {
        self.challenges.held.as_ref().is_some_and(|held| held.id == id)
    }

    pub(crate) fn challenge_tab(&self, id: ChallengeId) -> Option<TabId> {
        self.challenges.held.as_ref().filter(|held| held.id == id).map(|held| held.space.tab)
    }

    /// Answers what waits there, as far as all is as it was when the user picked; whether anything was.
    pub(crate) fn answer_challenge(
        &mut self,
        id: ChallengeId,
        request: RequestId,
        answer: (String, SecretBytes),
        frames: &[Frame],
    ) -> bool {
        let until = self.now.monotonic.saturating_add(REFUSING);
        let is_own = |(_, question): &(ChallengeId, Question)| question.is_among_its_own(frames);
        if !self.held(id).is_some_and(|held| held.waiting.iter().any(is_own)) {
            return false;
        }
        let Some(Held { space, waiting, .. }) = self.let_go() else { return false };
        let (own, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_own);
        for (other, _) in others {
            self.leave_to_browser(other);
        }
        let mut answered = Vec::new();
        for (challenge, question) in own {
            self.effects.push(Effect::AnswerChallenge { challenge, answer: Some(answer.clone()) });
            answered.push(question.request);
        }
        self.challenges.given.push(Given { space, answered, request, until });
        true
    }

    pub(crate) fn challenge_deadline(&self) -> Option<u64> {
        let held = self.challenges.held.as_ref()?;
        (!self.is_asked_for(held.id)).then_some(held.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::FrameId;

    const SITE: &str = "https://files.example";

    fn page() -> AuthRequired {
        AuthRequired {
            request: "7".into(),
            tab: TabId(1),
            frame: FrameId(0),
            parent: FrameId(-1),
            kind: "main_frame".into(),
            origin: Some(SITE.into()),
            initiator: None,
            scheme: "basic".into(),
            realm: Some("Staff".into()),
            proxy: false,
            front: true,
        }
    }

    fn frame(id: i64, parent: i64, origin: &str) -> Frame {
        let origin = (!origin.is_empty()).then(|| origin.to_owned());
        Frame { frame: FrameId(id), parent: FrameId(parent), origin, document: None, active: true }
    }

    fn is_offered(required: AuthRequired, frames: &[Frame]) -> bool {
        Question::parse(required).is_some_and(|question| question.front && question.is_among_its_own(frames))
    }

    #[test]
    fn a_page_in_front_is_offered_by_its_own_origin() {
        let question = Question::parse(page()).unwrap();
        assert_eq!(question.space.chain().unwrap().origins(), [Origin::parse(SITE).unwrap()]);
        assert!(is_offered(page(), &[]), "the page before does not count");
        assert!(is_offered(AuthRequired { scheme: "Digest".into(), ..page() }, &[]));
    }

    #[test]
    fn a_proxy_is_never_offered() {
        assert!(!is_offered(AuthRequired { proxy: true, ..page() }, &[]));
    }

    #[test]
    fn what_is_not_in_front_takes_no_password_or_has_no_origin_is_not_offered() {
        assert!(!is_offered(AuthRequired { front: false, ..page() }, &[]));
        assert!(!is_offered(AuthRequired { scheme: "negotiate".into(), ..page() }, &[]));
        assert!(!is_offered(AuthRequired { origin: None, ..page() }, &[]));
        assert!(!is_offered(AuthRequired { origin: Some("ftp://files.example".into()), ..page() }, &[]));
    }

    #[test]
    fn a_part_is_offered_only_among_its_own() {
        let own = [frame(0, -1, SITE), frame(4, 0, SITE)];
        let held = [frame(0, -1, "https://other.example"), frame(4, 0, SITE)];
        let part = |kind: &str, frame: i64, parent: i64, initiator: &str| AuthRequired {
            kind: kind.into(),
            frame: FrameId(frame),
            parent: FrameId(parent),
            initiator: Some(initiator.into()),
            ..page()
        };
        for (kind, frame, parent) in [("image", 4, 0), ("xmlhttprequest", 0, -1), ("sub_frame", 9, 4)] {
            assert!(is_offered(part(kind, frame, parent, SITE), &own), "{kind}");
            assert!(!is_offered(part(kind, frame, parent, "https://other.example"), &own), "{kind} for another site");
            assert!(!is_offered(part(kind, frame, parent, "null"), &own), "{kind} for an opaque document");
            assert!(!is_offered(part(kind, frame, parent, SITE), &held[..1]), "{kind} in another site");
        }
        assert!(!is_offered(part("image", 4, 0, SITE), &held), "in its own frame of another site's page");
        assert!(!is_offered(part("sub_frame", 9, 4, SITE), &held), "in a frame of its own of another site's page");
        assert!(!is_offered(part("sub_frame", 9, 0, SITE), &held), "in another site's page");
        assert!(!is_offered(part("image", 4, 0, SITE), &[]), "in a page that is gone");
    }

    #[test]
    fn a_realm_is_bounded_and_turns_nothing_around() {
        let of =
            |realm: &str| Question::parse(AuthRequired { realm: Some(realm.into()), ..page() }).unwrap().space.realm;
        assert_eq!(of("St\u{202e}aff\r\n of \u{1b}7"), "Staff of 7");
        assert_eq!(of(&"ä".repeat(1000)).chars().count(), REALM_LIMIT);
        assert_eq!(Question::parse(AuthRequired { realm: None, ..page() }).unwrap().space.realm, "");
    }

    #[test]
    fn a_request_is_asked_about_once() {
        let mut challenges = Challenges::default();
        assert!(challenges.is_new("1"));
        assert!(!challenges.is_new("1"));
        (0..1000).for_each(|number| {
            challenges.is_new(&format!("r{number}"));
        });
        assert_eq!(challenges.asked.len(), ASKED_LIMIT);
    }
}
