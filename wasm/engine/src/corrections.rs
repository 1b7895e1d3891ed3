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
    correction::Said,
    local::{Fault, Method, Reply},
    panel::{FieldSaid, FieldView, FormView},
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
    report: Option<String>,
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

    pub(crate) fn form_view(&self, panel: &Panel) -> Option<FormView> {
        let shown = panel.fields.as_ref()?;
        let (_, probe, look, form) = self.form_in_front(panel.popup_tab()?)?;
        let identities = FieldIdentity::all(&look.snapshot);
        let corrections = self.corrections.of(&probe.sender.origin);
        let said = |id: FieldId| {
            let (_, identity) = identities.iter().find(|(other, _)| *other == id)?;
            corrections.iter().find(|correction| correction.field == *identity).map(|correction| correction.said)
        };
        let fields = fields(look, form).filter_map(|field| {
            let (_, guess) = look.guess.field(field.field_id())?;
            Some(FieldView { id: field.id, words: words(field), guess: guess.field_type, said: said(guess.id) })
        });
        Some(FormView {
            host: Origin::parse(&probe.sender.origin).ok()?.host().to_owned(),
            fields: fields.collect(),
            corrected: !corrections.is_empty(),
            report: shown.report.clone(),
        })
    }

    pub(crate) fn show_fields(&mut self, id: PanelId, shown: bool) {
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.fields = (shown && panel.popup_tab().is_some()).then(Fields::default);
        }
    }

    pub(crate) fn correct(&mut self, id: PanelId, said: &[FieldSaid], trusted: bool) {
        let method = self.shown_probe(id, trusted).and_then(|probe| self.said(probe, said));
        if let Some(method) = method {
            self.call(method, Purpose::Correct(id));
        }
    }

    fn said(&self, probe: ProbeId, said: &[FieldSaid]) -> Option<Method> {
        let look = self.probes.get(&probe)?.look.as_ref()?;
        let (mut corrections, mut withdrawn) = (Vec::new(), Vec::new());
        for (id, field) in FieldIdentity::all(&look.snapshot) {
            let Some(FieldSaid { said, .. }) = said.iter().find(|said| said.id == id.0) else { continue };
            match (said, look.guess.field(id)) {
                (Some(said), Some((_, guess))) => {
                    let guess = guess.guess(&look.snapshot);
                    corrections.push(CorrectedGuess { correction: Correction { field, said: *said }, guess });
                }
                _ => withdrawn.push(field),
            }
        }
        Some(Method::Correct(Said { site: self.site_of(probe)?, corrections, withdrawn }))
    }

    pub(crate) fn forget_corrections(&mut self, id: PanelId, trusted: bool) {
        if let Some(site) = self.shown_probe(id, trusted).and_then(|probe| self.site_of(probe)) {
            self.call(Method::ForgetCorrections { site }, Purpose::Correct(id));
        }
    }

    pub(crate) fn report_corrections(&mut self, id: PanelId, with_site: bool) {
        if let Some(site) = self.shown_probe(id, true).and_then(|probe| self.site_of(probe)) {
            self.call(Method::ReportCorrections { site, with_site }, Purpose::Report(id));
        }
    }

    /// The document whose form a popup shows, for a press that a person made.
    fn shown_probe(&self, id: PanelId, trusted: bool) -> Option<ProbeId> {
        let panel = self.panels.get(&id).filter(|panel| trusted && panel.fields.is_some())?;
        self.form_in_front(panel.popup_tab()?).map(|(probe, ..)| probe)
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
    form.fields.iter().filter_map(|field| look.snapshot.field(field.id)).filter(takes).take(CORRECTION_LIMIT)
}

/// What stands at a field: the first of what people look at, else its name.
fn words(field: &Field) -> String {
    let texts = &field.texts;
    let all = [&texts.label, &texts.aria, &texts.placeholder, &texts.before, &texts.title, &field.name, &field.html_id];
    let words = all.into_iter().map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or_default();
    words.chars().filter(|letter| !letter.is_control()).take(WORDS_SHOWN).collect()
}
