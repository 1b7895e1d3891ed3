//! What the user says of fields that were taken for something else. The daemon keeps it, by site; the engine asks for all of it once a session and when it changes, and
//! holds it in memory while the vault is open. So a form that gets the focus waits for no answer, and the daemon does not hear of it.
//!
//! It changes what fields are taken for, in [`Look`](crate::fill::Look), and nothing else: visibility, origin, frame, approval and what may go into which box are
//! decided after it, as for any guess.

use crate::{
    effect::{PanelId, ProbeId, TabId},
    engine::{Engine, Purpose},
    fill::Look,
    pages::{Probe, Target},
    panels::Panel,
};
use countersign_forms::{
    CORRECTION_LIMIT, ClassifiedForm, CorrectedGuess, Correction, Field, FieldId, FieldIdentity, FieldTag,
};
use countersign_seal::origin::Origin;
use countersign_wire::{
    correction::{Said, SiteSaid},
    local::{Fault, Method, Reply},
    panel::{CORRECTIONS_SHOWN, CorrectionsView, FieldSaid, FieldView, FormView, PanelKind},
};
use std::collections::BTreeMap;

/// How much of a page's words at a field is shown, in characters.
const WORDS_SHOWN: usize = 60;
/// Inputs that nobody types or chooses a value of an item in.
const OTHER_INPUTS: [&str; 10] =
    ["button", "checkbox", "color", "file", "hidden", "image", "radio", "range", "reset", "submit"];

/// What was said.
#[derive(Default)]
pub(crate) struct Corrections {
    /// By origin; `None` before the daemon has told.
    known: Option<Sites>,
    /// What the daemon is telling, with the number of the wish for it.
    coming: Option<(u32, Sites)>,
}

type Sites = BTreeMap<String, Vec<Correction>>;

/// What a popup shows of the form in front.
#[derive(Default)]
pub(crate) struct Fields {
    form: Option<Shown>,
    report: Option<String>,
}

/// A form as a popup shows it: what is said of it goes to no other, whatever the tab shows by then.
struct Shown {
    /// Comes back with what is said.
    number: u32,
    probe: ProbeId,
    fields: Vec<(FieldId, FieldIdentity)>,
    left_out: u32,
}

impl Corrections {
    pub(crate) fn of(&self, origin: &str) -> &[Correction] {
        self.known.as_ref().and_then(|sites| sites.get(origin)).map_or(&[], Vec::as_slice)
    }

    /// The session is gone, or locked: what is kept encrypted there is not kept here.
    pub(crate) fn lost(&mut self) {
        *self = Self::default();
    }
}

impl Engine {
    /// Asks what the user said, unless that is known or on its way.
    pub(crate) fn learn_corrections(&mut self) {
        match self.status.as_ref().map(|status| status.locked) {
            Some(false) if self.corrections.known.is_none() && self.corrections.coming.is_none() => {
                self.ask_corrections();
            }
            Some(false) => {}
            _ => self.corrections.lost(),
        }
    }

    /// Asks for all of it, from the start. Until it is here, what was known holds.
    pub(crate) fn ask_corrections(&mut self) {
        self.ask_more_corrections(Sites::new());
    }

    fn ask_more_corrections(&mut self, before: Sites) {
        let wish = self.number();
        let offset = u32::try_from(before.len()).unwrap_or(u32::MAX);
        self.corrections.coming = Some((wish, before));
        self.call(Method::Corrections { offset }, Purpose::Corrections(wish));
    }

    pub(crate) fn corrections_came(&mut self, wish: u32, result: Result<Reply, Fault>) {
        let Some((_, mut all)) = self.corrections.coming.take_if(|(asked, _)| *asked == wish) else { return };
        let Ok(Reply::Corrections { sites, total }) = result else { return };
        let is_last = sites.is_empty();
        all.extend(sites.into_iter().map(|site| (site.site.to_string(), site.said)));
        if is_last || u32::try_from(all.len()).is_ok_and(|known| known >= total) {
            self.go_by(all);
        } else {
            self.ask_more_corrections(all);
        }
    }

    /// Every document of which something else was said than before is marked anew where that makes a difference.
    fn go_by(&mut self, sites: Sites) {
        let before = self.corrections.known.replace(sites).unwrap_or_default();
        let mut marks: Vec<(ProbeId, TabId, Vec<u32>)> = Vec::new();
        for (id, probe) in &mut self.probes {
            let said = self.corrections.of(&probe.sender.origin);
            if before.get(&probe.sender.origin).map_or(&[][..], Vec::as_slice) == said {
                continue;
            }
            let Some(look) = &mut probe.look else { continue };
            let before = look.marks();
            look.correct(said);
            let after = look.marks();
            if before != after {
                marks.push((*id, probe.sender.tab, after));
            }
        }
        for (id, tab, fields) in marks {
            self.mark(id, fields);
            self.retarget_popups(tab);
        }
    }

    fn site_of(&self, id: ProbeId) -> Option<Origin> {
        Origin::parse(&self.probes.get(&id)?.sender.origin).ok()
    }

    /// The form that has, or last had, the focus; else the one most worth filling, else any with fields.
    pub(crate) fn form_in_front(&self, tab: TabId) -> Option<(ProbeId, &Probe, &Look, &ClassifiedForm)> {
        let form_of = |(id, field): (ProbeId, u32)| {
            let probe = self.probes.get(&id)?;
            let look = probe.look.as_ref()?;
            let (form, _) = look.guess.field(FieldId(field))?;
            fields(look, form).next().map(|_| (id, probe, look, form))
        };
        let seen = self.probes_of(tab).filter_map(|(id, probe)| Some((probe.seen, (*id, probe.focused?))));
        let best = self.best_target(tab).map(|Target { probe, field }| (probe, field));
        let any = || {
            let all = self.probes_of(tab).filter_map(|(id, probe)| Some((*id, probe.look.as_ref()?)));
            all.flat_map(|(id, look)| look.snapshot.fields().iter().map(move |field| (id, field.id))).find_map(form_of)
        };
        seen.max_by_key(|(seen, _)| *seen)
            .and_then(|(_, field)| form_of(field))
            .or_else(|| best.and_then(form_of))
            .or_else(any)
    }

    /// What a popup is about to show has a number of its own, if it is anything else than before.
    pub(crate) fn note_form(&mut self, id: PanelId) {
        let Some(panel) = self.panels.get(&id).filter(|panel| panel.fields.is_some()) else { return };
        let form = panel.popup_tab().and_then(|tab| self.form_in_front(tab));
        let now = form.map(|(probe, Probe { focused, .. }, look, form)| (probe, around(look, form, *focused)));
        let number = self.number();
        let Some(fields) = self.panels.get_mut(&id).and_then(|panel| panel.fields.as_mut()) else { return };
        let Some((probe, (now, left_out))) = now else { return fields.form = None };
        if fields.form.as_ref().is_none_or(|shown| shown.probe != probe || shown.fields != now) {
            *fields = Fields { form: Some(Shown { number, probe, fields: now, left_out }), report: None };
        }
    }

    pub(crate) fn form_view(&self, panel: &Panel) -> Option<FormView> {
        let Fields { form, report } = panel.fields.as_ref()?;
        let shown = form.as_ref()?;
        let probe = self.probes.get(&shown.probe)?;
        let look = probe.look.as_ref()?;
        let corrections = self.corrections.of(&probe.sender.origin);
        let fields = shown.fields.iter().filter_map(|(id, identity)| {
            let (_, guess) = look.guess.field(*id)?;
            let said = corrections.iter().find(|correction| correction.field == *identity);
            let said = said.map(|correction| correction.said);
            Some(FieldView { id: id.0, words: words(look.snapshot.field(*id)?), guess: guess.field_type, said })
        });
        Some(FormView {
            shown: shown.number,
            host: Origin::parse(&probe.sender.origin).ok()?.host().to_owned(),
            fields: fields.collect(),
            left_out: shown.left_out,
            cut: look.snapshot.truncated().is_incomplete(),
            corrected: !corrections.is_empty(),
            report: report.clone(),
        })
    }

    pub(crate) fn show_fields(&mut self, id: PanelId, shown: bool) {
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.fields = (shown && panel.popup_tab().is_some()).then(Fields::default);
        }
    }

    pub(crate) fn correct(&mut self, id: PanelId, shown: u32, said: &[FieldSaid], trusted: bool) {
        if self.is_shown(id, shown, trusted)
            && let Some(method) = self.form_shown(id).and_then(|form| self.said(form, said))
        {
            self.call(method, Purpose::Correct(id));
        }
    }

    fn said(&self, form: &Shown, said: &[FieldSaid]) -> Option<Method> {
        let look = self.probes.get(&form.probe)?.look.as_ref()?;
        let (mut corrections, mut withdrawn) = (Vec::new(), Vec::new());
        for (id, field) in &form.fields {
            let Some(FieldSaid { said, .. }) = said.iter().find(|said| said.id == id.0) else { continue };
            let field = field.clone();
            match (said, look.guess.field(*id)) {
                (Some(said), Some((_, guess))) => {
                    let guess = guess.guess(&look.snapshot);
                    corrections.push(CorrectedGuess { correction: Correction::new(field, *said), guess });
                }
                _ => withdrawn.push(field),
            }
        }
        Some(Method::Correct(Said { site: self.site_of(form.probe)?, corrections, withdrawn }))
    }

    pub(crate) fn forget_corrections(&mut self, id: PanelId, shown: u32, trusted: bool) {
        if self.is_shown(id, shown, trusted)
            && let Some(site) = self.form_shown(id).and_then(|form| self.site_of(form.probe))
        {
            self.call(Method::ForgetCorrections { site }, Purpose::Correct(id));
        }
    }

    pub(crate) fn report_corrections(&mut self, id: PanelId, shown: u32, with_site: bool) {
        if self.is_shown(id, shown, true)
            && let Some(site) = self.form_shown(id).and_then(|form| self.site_of(form.probe))
        {
            self.call(Method::ReportCorrections { site, with_site }, Purpose::Report(id));
        }
    }

    fn form_shown(&self, id: PanelId) -> Option<&Shown> {
        self.panels.get(&id)?.fields.as_ref()?.form.as_ref()
    }

    /// Whether a person's press was on the form that the popup shows. If the page has gone on in between, nothing was said of what is there now.
    fn is_shown(&mut self, id: PanelId, number: u32, trusted: bool) -> bool {
        let is_shown = self.form_shown(id).is_some_and(|form| form.number == number);
        match self.panels.get_mut(&id) {
            Some(panel) if trusted && panel.fields.is_some() => {
                panel.fault = (!is_shown).then_some(Fault::PageChanged);
                is_shown
            }
            _ => false,
        }
    }

    pub(crate) fn show_corrections(&mut self, id: PanelId, shown: bool) {
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.lists_corrections = shown && panel.is(PanelKind::Vault);
        }
    }

    pub(crate) fn corrections_view(&self, panel: &Panel) -> Option<CorrectionsView> {
        let all = self.corrections.known.as_ref().filter(|_| panel.lists_corrections)?;
        let mut room = CORRECTIONS_SHOWN;
        let fitting = all.iter().take_while(|(_, said)| {
            let fits = said.len() <= room;
            room = room.saturating_sub(said.len());
            fits
        });
        let site = |(origin, said): (&String, &Vec<Correction>)| {
            Some(SiteSaid { site: Origin::parse(origin).ok()?, said: said.clone() })
        };
        let sites: Vec<SiteSaid> = fitting.filter_map(site).collect();
        let left_out = u32::try_from(all.len().saturating_sub(sites.len())).unwrap_or(u32::MAX);
        Some(CorrectionsView { sites, left_out })
    }

    pub(crate) fn withdraw_correction(&mut self, id: PanelId, site: Origin, field: FieldIdentity) {
        if self.is_vault(id) {
            let said = Said { site, corrections: Vec::new(), withdrawn: vec![field] };
            self.call(Method::Correct(said), Purpose::Correct(id));
        }
    }

    pub(crate) fn restore_correction(&mut self, id: PanelId, site: Origin, field: FieldIdentity) {
        if self.is_vault(id) {
            self.call(Method::RestoreCorrection { site, field }, Purpose::Correct(id));
        }
    }

    /// The daemon has remembered or forgotten it, and tells so every session, this one too.
    pub(crate) fn corrected(&mut self, id: PanelId, fault: Option<Fault>) {
        if let Some(fields) = self.panels.get_mut(&id).and_then(|panel| panel.fields.as_mut()) {
            fields.report = None;
        }
        self.saved(id, fault);
        self.ask_corrections();
    }

    pub(crate) fn report_came(&mut self, id: PanelId, result: Result<Reply, Fault>) {
        let Some(panel) = self.panels.get_mut(&id) else { return };
        match (result, panel.fields.as_mut()) {
            (Ok(Reply::Report(report)), Some(fields)) => fields.report = Some(report),
            (Ok(_), _) => {}
            (Err(fault), _) => panel.fault = Some(fault),
        }
    }
}

/// The fields of a form that a person could fill in with something of an item's.
fn fields<'a>(look: &'a Look, form: &'a ClassifiedForm) -> impl Iterator<Item = &'a Field> {
    let takes = |field: &&Field| {
        field.is_fillable() && !(field.tag == FieldTag::Input && OTHER_INPUTS.contains(&field.input_type.as_str()))
    };
    form.fields.iter().filter_map(|field| look.snapshot.field(field.id)).filter(takes)
}

/// As many of them as are shown: of a long form those around the field that has the focus. And how many others there are.
fn around(look: &Look, form: &ClassifiedForm, focused: Option<u32>) -> (Vec<(FieldId, FieldIdentity)>, u32) {
    let all: Vec<FieldId> = fields(look, form).map(Field::field_id).collect();
    let focus = all.iter().position(|id| Some(id.0) == focused).unwrap_or_default();
    let left_out = all.len().saturating_sub(CORRECTION_LIMIT);
    let first = focus.saturating_sub(CORRECTION_LIMIT / 2).min(left_out);
    let shown = all.get(first..).unwrap_or_default();
    let identities = FieldIdentity::all(&look.snapshot).into_iter();
    let identities = identities.filter(|(id, _)| shown.iter().take(CORRECTION_LIMIT).any(|other| other == id));
    (identities.collect(), u32::try_from(left_out).unwrap_or(u32::MAX))
}

/// What stands at a field: the first of what people look at, else its name.
fn words(field: &Field) -> String {
    let texts = &field.texts;
    let all = [&texts.label, &texts.aria, &texts.placeholder, &texts.before, &texts.title, &field.name, &field.html_id];
    let words = all.into_iter().map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or_default();
    words.chars().filter(|letter| !letter.is_control()).take(WORDS_SHOWN).collect()
}
