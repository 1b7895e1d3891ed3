//! What the user says of fields: shown in the popup, kept by the daemon, and in force on that site alone.
#![allow(clippy::unwrap_used, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{Input, PanelId, ProbeId};
use countersign_forms::{Field, FieldTexts, FieldType, Form, RawSnapshot, Truncation};
use countersign_wire::{
    local::{Event, Fault, Method, Progress},
    page::{FromProbe, ToProbe},
    panel::{FieldSaid, FormView, FromPanel, PanelKind},
};
use world::*;

const OTHER: &str = "https://other.example";

/// A login whose password is called nothing like one.
fn misnamed() -> RawSnapshot {
    let field = |id, name: &str, label: &str| Field {
        id,
        input_type: "text".into(),
        name: name.into(),
        visible: true,
        form: Some(0),
        texts: FieldTexts { label: label.into(), ..FieldTexts::default() },
        ..Field::default()
    };
    RawSnapshot {
        forms: vec![Form { action: format!("{SITE}/in"), ..Form::default() }],
        fields: vec![field(1, "member", "Member"), field(2, "magic", "Shibboleth")],
        ..RawSnapshot::default()
    }
}

fn look(world: &mut World, probe: ProbeId, snapshot: RawSnapshot) -> Vec<u32> {
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot, focused: Some(2) } });
    marks(world, probe)
}

/// The marks that the probe was sent last.
fn marks(world: &World, probe: ProbeId) -> Vec<u32> {
    let marks = |message: &ToProbe| if let ToProbe::Marks { fields } = message { Some(fields.clone()) } else { None };
    world.to_probe[&probe].iter().rev().find_map(marks).unwrap()
}

fn visit(world: &mut World, probe: u32, origin: &str) -> (ProbeId, Vec<u32>) {
    let probe = world.focus(probe, 0, origin);
    let marks = look(world, probe, misnamed());
    (probe, marks)
}

fn form(world: &World, popup: PanelId) -> &FormView {
    world.views[&popup].form.as_ref().unwrap()
}

fn say(world: &mut World, popup: PanelId, said: &[(u32, Option<FieldType>)], trusted: bool) {
    let shown = shown(world, popup);
    say_of(world, popup, shown, said, trusted);
}

fn say_of(world: &mut World, popup: PanelId, shown: u32, said: &[(u32, Option<FieldType>)], trusted: bool) {
    let fields = said.iter().map(|(id, said)| FieldSaid { id: *id, said: *said }).collect();
    world.say(popup, FromPanel::Correct { shown, fields, trusted });
}

/// The number of the form that a popup shows.
fn shown(world: &World, popup: PanelId) -> u32 {
    world.views[&popup].form.as_ref().map_or(0, |form| form.shown)
}

/// A popup in which the user has said what the two fields are.
fn corrected() -> (World, ProbeId, PanelId) {
    let mut world = World::paired();
    let (probe, before) = visit(&mut world, 1, SITE);
    assert!(!before.contains(&2), "the page is to be misread");
    let popup = world.popup(9);
    assert!(world.views[&popup].has_form && world.views[&popup].form.is_none());
    world.say(popup, FromPanel::ShowFields { shown: true });
    say(&mut world, popup, &[(1, Some(FieldType::Username)), (2, Some(FieldType::CurrentPassword))], true);
    (world, probe, popup)
}

#[test]
fn what_is_said_is_shown_kept_and_in_force_at_once() {
    let (mut world, probe, popup) = corrected();
    assert_eq!(marks(&world, probe), [1, 2]);
    assert!(form(&world, popup).corrected);
    let shown: Vec<_> = form(&world, popup).fields.iter().map(|field| (field.words.as_str(), field.said)).collect();
    assert_eq!(shown, [("Member", Some(FieldType::Username)), ("Shibboleth", Some(FieldType::CurrentPassword))]);
    assert_eq!(form(&world, popup).host, "bank.example");
    let kept = &world.daemon.corrections[SITE];
    assert_eq!(kept[1].correction.said, FieldType::CurrentPassword);
    assert_ne!(kept[1].guess.field_type, FieldType::CurrentPassword);
    assert_eq!(world.views[&popup].saved, 1);

    // The fill goes where it was said to, after the phone has answered and not before.
    let ticket = world.ticket_at(probe, misnamed(), 2);
    let chooser = world.panel(3, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    world.choose(chooser);
    assert!(world.commits().is_empty());
    world.progress(Progress::Approved);
    world.release();
    assert_eq!(texts(world.commits()[0]), [(1, "ada".to_owned()), (2, "lantern".to_owned())]);
}

#[test]
fn a_reload_and_a_new_worker_know_it_and_another_site_does_not() {
    let (mut world, _, _) = corrected();
    world.restart();
    let (probe, _) = visit(&mut world, 21, SITE);
    assert_eq!(marks(&world, probe), [1, 2], "once the daemon has told");
    // From now on the first marks are right.
    world.to_probe.clear();
    assert_eq!(look(&mut world, probe, misnamed()), [1, 2]);
    assert_eq!(world.to_probe[&probe].len(), 1);
    world.frames = vec![frame(0, -1, OTHER)];
    let (other, _) = visit(&mut world, 22, OTHER);
    assert!(!marks(&world, other).contains(&2));
}

#[test]
fn the_first_marks_wait_for_nobody() {
    let (mut world, _, _) = corrected();
    world.restart();
    let (_, first) = visit(&mut world, 21, SITE);
    assert!(first.contains(&2) || world.daemon.calls.iter().any(|call| matches!(call, Method::Corrections { .. })));
    let messages = &world.to_probe[&ProbeId(21)];
    assert!(matches!(messages.first(), Some(ToProbe::Marks { .. })));
}

#[test]
fn what_is_forgotten_is_guessed_again() {
    let (mut world, probe, popup) = corrected();
    let shown = shown(&world, popup);
    world.say(popup, FromPanel::ForgetCorrections { shown, trusted: true });
    assert!(!marks(&world, probe).contains(&2));
    assert!(!form(&world, popup).corrected && world.daemon.corrections.is_empty());
}

#[test]
fn one_field_is_left_to_the_engine_again() {
    let (mut world, probe, popup) = corrected();
    say(&mut world, popup, &[(1, Some(FieldType::Username)), (2, None)], true);
    assert!(!marks(&world, probe).contains(&2));
    assert_eq!(world.daemon.corrections[SITE].len(), 1);
}

#[test]
fn nothing_keeps_countersign_out() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    assert_eq!(marks(&world, probe), [1, 2]);
    let popup = world.popup(9);
    world.say(popup, FromPanel::ShowFields { shown: true });
    say(&mut world, popup, &[(1, Some(FieldType::None)), (2, Some(FieldType::None))], true);
    assert_eq!(marks(&world, probe), Vec::<u32>::new());
    assert_eq!(world.views[&popup].place, None);
    assert!(world.views[&popup].has_form, "or it could not be undone");
}

#[test]
fn an_old_password_does_not_go_where_a_new_one_was_said_to() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let popup = world.popup(9);
    world.say(popup, FromPanel::ShowFields { shown: true });
    say(&mut world, popup, &[(2, Some(FieldType::NewPassword))], true);
    let panel = world.chooser(probe, 10);
    world.choose(panel);
    assert!(world.daemon.asked().is_empty(), "nothing there takes the password");
}

#[test]
fn only_a_person_in_the_popup_corrects() {
    let mut world = World::paired();
    let (probe, _) = visit(&mut world, 1, SITE);
    let popup = world.popup(9);
    world.say(popup, FromPanel::ShowFields { shown: true });
    let said = [(2, Some(FieldType::CurrentPassword))];
    say(&mut world, popup, &said, false);
    let shown = shown(&world, popup);
    world.say(popup, FromPanel::ForgetCorrections { shown, trusted: false });
    let ticket = world.ticket_at(probe, login_form(), 2);
    let chooser = world.panel(3, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    world.say(chooser, FromPanel::ShowFields { shown: true });
    say(&mut world, chooser, &said, true);
    assert!(world.views[&chooser].form.is_none() && !world.views[&chooser].has_form);
    assert!(world.daemon.corrections.is_empty());
}

#[test]
fn a_locked_daemon_remembers_nothing_and_says_so() {
    let (mut world, _, popup) = corrected();
    world.daemon.locked = true;
    say(&mut world, popup, &[(2, None)], true);
    assert_eq!(world.views[&popup].fault, Some(Fault::Locked));
    assert_eq!(world.daemon.corrections[SITE].len(), 2);
    let status = world.daemon.status();
    world.event(Event::Changed(status));
    // What is encrypted there is not kept here: the next document of the site is read as any other.
    let (probe, _) = visit(&mut world, 31, SITE);
    assert!(!marks(&world, probe).contains(&2));
}

#[test]
fn another_browsers_word_is_heard() {
    let (mut world, probe, _) = corrected();
    world.daemon.corrections.clear();
    world.event(Event::Corrected);
    assert!(!marks(&world, probe).contains(&2));
}

/// How often the daemon was asked for what the user said.
fn asked(world: &World) -> usize {
    world.daemon.calls.iter().filter(|call| matches!(call, Method::Corrections { .. })).count()
}

#[test]
fn a_focus_waits_for_no_answer_and_tells_the_daemon_of_no_page() {
    let (mut world, _, _) = corrected();
    let kept = world.daemon.corrections[SITE].clone();
    world.daemon.corrections.insert(OTHER.into(), kept[1..].to_vec());
    world.restart();
    world.daemon.calls.clear();
    visit(&mut world, 21, "https://third.example");
    assert_eq!(asked(&world), 2, "once for this worker, in as many pages as there are sites");
    world.daemon.calls.clear();
    for (probe, origin, expected) in
        [(22, SITE, vec![1, 2]), (23, OTHER, vec![2]), (24, "https://fourth.example", vec![])]
    {
        let (probe, marks) = visit(&mut world, probe, origin);
        let is_answer = |message: &&ToProbe| !matches!(message, ToProbe::Attend { .. });
        let messages = world.to_probe[&probe].iter().filter(is_answer).count();
        assert_eq!((marks, messages), (expected, 2), "one answer a look, at {origin}");
    }
    assert_eq!(world.daemon.calls.len(), 0, "{:?}", world.daemon.calls);
    // Nor does every change of something else fetch it again.
    let status = world.daemon.status();
    world.event(Event::Changed(status));
    assert_eq!(asked(&world), 0);
}

#[test]
fn what_was_said_is_asked_for_again_after_the_vault_was_locked() {
    let (mut world, _, _) = corrected();
    for locked in [true, false] {
        world.daemon.locked = locked;
        let status = world.daemon.status();
        world.event(Event::Changed(status));
        let (_, marks) = visit(&mut world, if locked { 31 } else { 32 }, SITE);
        assert_eq!(marks.contains(&2), !locked);
    }
}

#[test]
fn the_report_is_the_daemons_and_is_made_anew() {
    let (mut world, _, popup) = corrected();
    let shown = shown(&world, popup);
    world.say(popup, FromPanel::ReportCorrections { shown, with_site: false });
    assert_eq!(form(&world, popup).report.as_deref(), Some("report false"));
    world.say(popup, FromPanel::ReportCorrections { shown, with_site: true });
    assert_eq!(form(&world, popup).report.as_deref(), Some("report true"));
    say(&mut world, popup, &[(2, None)], true);
    assert_eq!(form(&world, popup).report, None);
}

/// A popup that shows the fields of a page, and the number of what it shows.
fn asked_about(world: &mut World) -> (ProbeId, PanelId, u32) {
    let (probe, _) = visit(world, 1, SITE);
    let popup = world.popup(9);
    world.say(popup, FromPanel::ShowFields { shown: true });
    let shown = shown(world, popup);
    (probe, popup, shown)
}

#[test]
fn what_is_said_of_a_page_that_has_gone_is_said_of_no_other() {
    for origin in [OTHER, SITE] {
        let mut world = World::paired();
        let (probe, popup, before) = asked_about(&mut world);
        // The same form, as a page would have it that waits for this.
        world.feed(Input::ProbeGone(probe));
        world.frames = vec![frame(0, -1, origin)];
        visit(&mut world, 2, origin);
        assert_eq!(form(&world, popup).host, origin.strip_prefix("https://").unwrap());
        say_of(&mut world, popup, before, &[(2, Some(FieldType::CurrentPassword))], true);
        assert_eq!(world.views[&popup].fault, Some(Fault::PageChanged));
        world.say(popup, FromPanel::ForgetCorrections { shown: before, trusted: true });
        assert_eq!(world.views[&popup].fault, Some(Fault::PageChanged));
        world.say(popup, FromPanel::ReportCorrections { shown: before, with_site: true });
        assert!(world.daemon.corrections.is_empty());
        let is_of_one =
            |call: &Method| !matches!(call, Method::ForgetCorrections { .. } | Method::ReportCorrections { .. });
        assert!(world.daemon.calls.iter().all(is_of_one));
        // Said of what is there now, it is taken.
        say(&mut world, popup, &[(2, Some(FieldType::CurrentPassword))], true);
        assert_eq!(world.views[&popup].fault, None);
        assert_eq!(world.daemon.corrections.keys().collect::<Vec<_>>(), [origin]);
    }
}

#[test]
fn what_is_said_of_a_field_is_not_said_of_another_in_its_place() {
    let mut world = World::paired();
    let (probe, popup, before) = asked_about(&mut world);
    let mut other = misnamed();
    other.fields[1].name = "answer".into();
    look(&mut world, probe, other);
    say_of(&mut world, popup, before, &[(2, Some(FieldType::CurrentPassword))], true);
    assert_eq!(world.views[&popup].fault, Some(Fault::PageChanged));
    assert!(world.daemon.corrections.is_empty());
    // What was typed meanwhile, or whether it is shown, makes no other page.
    let before = shown(&world, popup);
    let mut typed = misnamed();
    typed.fields[1].name = "answer".into();
    typed.fields[1].has_value = true;
    typed.fields[1].input_type = "password".into();
    look(&mut world, probe, typed);
    assert_eq!(shown(&world, popup), before);
}

#[test]
fn of_a_long_form_the_fields_around_the_focus_are_shown_and_the_rest_is_counted() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let field = |id: u32| Field { id, name: format!("row[{id}]"), ..misnamed().fields[0].clone() };
    let snapshot = RawSnapshot { fields: (1..=150).map(field).collect(), ..misnamed() };
    let popup = world.popup(9);
    world.say(popup, FromPanel::ShowFields { shown: true });
    for (focus, first) in [(1, 1), (100, 68), (150, 87)] {
        let message = FromProbe::Looked { snapshot: snapshot.clone(), focused: Some(focus) };
        world.feed(Input::Probe { probe, message });
        let form = form(&world, popup);
        let ids: Vec<u32> = form.fields.iter().map(|field| field.id).collect();
        assert_eq!((ids, form.left_out), ((first..first + 64).collect(), 86), "with the focus in {focus}");
        assert!(!form.cut, "all of the page was read");
    }
    let truncated = Truncation { fields: true, ..Truncation::default() };
    let snapshot = RawSnapshot { truncated, ..snapshot };
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot, focused: Some(100) } });
    assert!(form(&world, popup).cut, "what was left out of the page is said");
    // What is said of one is not said of the others, which are called alike.
    say(&mut world, popup, &[(100, Some(FieldType::CurrentPassword))], true);
    let said: Vec<u32> =
        form(&world, popup).fields.iter().filter(|field| field.said.is_some()).map(|field| field.id).collect();
    assert_eq!(said, [100]);
}

#[test]
fn the_vault_page_lists_what_was_said_and_forgets_and_takes_back() {
    let (mut world, probe, popup) = corrected();
    let vault = world.panel(11, PanelKind::Vault, PanelKind::Vault, None);
    assert_eq!(world.views[&vault].corrections, None);
    world.say(vault, FromPanel::ShowCorrections { shown: true });
    let listed = |world: &World| {
        let view = world.views[&vault].corrections.clone().unwrap();
        assert_eq!(view.left_out, 0);
        view.sites
            .into_iter()
            .flat_map(|kept| kept.said.into_iter().map(move |said| (kept.site.clone(), said)))
            .collect::<Vec<_>>()
    };
    let before = listed(&world);
    let said: Vec<_> = before.iter().map(|(site, one)| (site.to_string(), one.field.name(), one.said)).collect();
    let expected = [("member", FieldType::Username), ("magic", FieldType::CurrentPassword)];
    assert_eq!(said, expected.map(|(name, said)| (SITE.to_owned(), name.to_owned(), said)));

    let (site, magic) = before[1].clone();
    world.say(vault, FromPanel::WithdrawCorrection { site: site.clone(), field: magic.field.clone() });
    assert_eq!(listed(&world), before[..1]);
    assert!(!marks(&world, probe).contains(&2), "in force at once");
    world.say(vault, FromPanel::RestoreCorrection { site: site.clone(), field: magic.field.clone() });
    assert_eq!(listed(&world), before);
    assert!(marks(&world, probe).contains(&2));
    world.say(vault, FromPanel::RestoreCorrection { site: site.clone(), field: magic.field.clone() });
    assert_eq!(world.views[&vault].fault, Some(Fault::NotFound));

    // Nobody else sees or changes the list.
    world.say(popup, FromPanel::ShowCorrections { shown: true });
    world.say(popup, FromPanel::WithdrawCorrection { site, field: magic.field });
    assert_eq!((world.views[&popup].corrections.clone(), world.daemon.corrections[SITE].len()), (None, 2));
    world.say(vault, FromPanel::ShowCorrections { shown: false });
    assert_eq!(world.views[&vault].corrections, None);
}
