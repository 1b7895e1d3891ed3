//! What the user says of fields that were taken for something else. The daemon keeps it for a site; the engine asks for it once a document of that site was looked at,
//! and holds it as long as one is there.
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

/// What was said, by origin.
#[derive(Default)]
pub(crate) struct Corrections(BTreeMap<String, Vec<Correction>>);

/// What a popup shows of the form in front.
#[derive(Default)]
pub(crate) struct Fields {
    report: Option<String>,
}

impl Corrections {
    pub(crate) fn of(&self, origin: &str) -> &[Correction] {
        self.0.get(origin).map_or(&[], Vec::as_slice)
    }

    /// The last document of an origin is gone.
    pub(crate) fn forget(&mut self, origin: &str) {
        self.0.remove(origin);
    }

    /// The session is gone, or locked: what is kept encrypted there is not kept here.
    pub(crate) fn lost(&mut self) {
        self.0.clear();
    }
}

impl Engine {
    /// Asks what the user said of this document's site, unless that is known.
    pub(crate) fn learn_corrections(&mut self, id: ProbeId) {
        let Some(probe) = self.probes.get(&id) else { return };
        if !self.corrections.0.contains_key(&probe.sender.origin) {
            self.ask_corrections(id);
        }
    }

    /// Asks again for every site in sight: something changed.
    pub(crate) fn learn_all_corrections(&mut self) {
        if self.status.as_ref().is_none_or(|status| status.locked) {
            return self.corrections.lost();
        }
        let probes = self.probes.iter().filter(|(_, probe)| probe.look.is_some());
        let sites: BTreeMap<&str, ProbeId> = probes.map(|(id, probe)| (probe.sender.origin.as_str(), *id)).collect();
        let ids: Vec<ProbeId> = sites.into_values().collect();
        ids.into_iter().for_each(|id| self.ask_corrections(id));
    }

    fn ask_corrections(&mut self, id: ProbeId) {
        let ready = self.way.is_up() && self.status.as_ref().is_some_and(|status| !status.locked);
        if let (true, Some(site)) = (ready, self.site_of(id)) {
            self.call(Method::Corrections { site }, Purpose::Corrections(id));
        }
    }

    fn site_of(&self, id: ProbeId) -> Option<Origin> {
        Origin::parse(&self.probes.get(&id)?.sender.origin).ok()
    }

    /// Every document of the site is marked anew where that makes a difference.
    pub(crate) fn corrections_came(&mut self, id: ProbeId, result: Result<Reply, Fault>) {
        let (Ok(Reply::Corrections(said)), Some(probe)) = (result, self.probes.get(&id)) else { return };
        let origin = probe.sender.origin.clone();
        if self.corrections.0.insert(origin.clone(), said.clone()).is_some_and(|before| before == said) {
            return;
        }
        let mut marks: Vec<(ProbeId, TabId, Vec<u32>)> = Vec::new();
        for (id, probe) in self.probes.iter_mut().filter(|(_, probe)| probe.sender.origin == origin) {
            let Some(look) = &mut probe.look else { continue };
            let before = look.marks();
            look.correct(&said);
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
        self.learn_all_corrections();
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
