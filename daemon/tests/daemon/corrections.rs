//! What users say of fields: kept for a site, under the store key, and told to sessions of an open store alone.

use crate::{
    browser::Browser,
    desk::{Desk, SITE},
};
use countersign_seal::origin::Origin;
use countersign_wire::{
    control::{Command, Report},
    correction::{
        CORRECTION_LIMIT, CorrectedGuess, Correction, FieldIdentity, FieldType, Guess, Said, SiteCorrections,
    },
    local::{Event, Fault, Method, Reply},
};

const OTHER: &str = "https://other.example.com";

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

fn field(name: &str) -> FieldIdentity {
    // Tag, type, name, id, autocomplete, the form's name and id, words, form, ordinal.
    let parts = ["input", "text", name, "", "", "", "", "", "", "0"];
    serde_json::from_value(parts.join("\u{1f}").into()).unwrap()
}

fn corrected(name: &str, said: FieldType) -> CorrectedGuess {
    let guess = Guess {
        field_type: FieldType::Username,
        confidence: 0.5.into(),
        reasons: Vec::new(),
        input_type: String::new(),
        words: "Password of Zebulon Quuxley".into(),
    };
    CorrectedGuess { correction: Correction::new(field(name), said), guess }
}

fn said(site: &str, corrections: Vec<CorrectedGuess>) -> Method {
    Method::Correct(Said { site: origin(site), corrections, withdrawn: Vec::new() })
}

async fn kept(session: &mut crate::browser::Session, site: &str) -> Vec<(FieldIdentity, FieldType)> {
    let (mut all, mut offset) = (Vec::new(), 0);
    loop {
        let Reply::Corrections { sites, total } = session.call(Method::Corrections { offset }).await.unwrap() else {
            panic!("no corrections")
        };
        offset += u32::try_from(sites.len()).unwrap();
        let own = sites.into_iter().filter(|kept| kept.site == origin(site)).flat_map(|kept| kept.said);
        all.extend(own.map(|one| (one.field, one.said)));
        if offset >= total {
            return all;
        }
    }
}

async fn listed(desk: &Desk) -> Vec<SiteCorrections> {
    let mut all = Vec::new();
    loop {
        let offset = u32::try_from(all.len()).unwrap();
        let Report::Corrections { sites, total } = desk.report(Command::Corrections { offset }).await else {
            panic!("no corrections")
        };
        assert!(!sites.is_empty() || u32::try_from(all.len()).unwrap() == total);
        all.extend(sites);
        if u32::try_from(all.len()).unwrap() >= total {
            return all;
        }
    }
}

#[tokio::test]
async fn what_was_said_of_a_site_is_kept_for_it_over_a_restart_and_encrypted() {
    let mut desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let both = vec![corrected("magic", FieldType::CurrentPassword), corrected("member", FieldType::Username)];
    session.call(said(SITE, both)).await.unwrap();
    // Every session hears of it.
    let heard = async { while !matches!(session.event().await, Event::Corrected) {} };
    tokio::time::timeout(core::time::Duration::from_secs(10), heard).await.unwrap();
    let expected = [(field("magic"), FieldType::CurrentPassword), (field("member"), FieldType::Username)];
    assert_eq!(kept(&mut session, SITE).await, expected);
    assert!(kept(&mut session, OTHER).await.is_empty());
    // The port and the scheme are part of a site.
    assert!(kept(&mut session, &format!("{SITE}:8443")).await.is_empty());

    // Said again, and withdrawn.
    let withdrawn = vec![field("member")];
    let again = vec![corrected("magic", FieldType::None)];
    session.call(Method::Correct(Said { site: origin(SITE), corrections: again, withdrawn })).await.unwrap();
    assert_eq!(kept(&mut session, SITE).await, [(field("magic"), FieldType::None)]);

    drop(session);
    desk.kill_and_restart().await;
    for ending in ["vault.db", "vault.db-wal"] {
        let bytes = std::fs::read(desk.data().join(ending)).unwrap_or_default();
        for plain in ["login.example.com", "magic", "Zebulon"] {
            let found = bytes.windows(plain.len()).any(|window| window == plain.as_bytes());
            assert!(!found, "{plain} stands in {ending}");
        }
    }
    assert_eq!(desk.fault(Command::Corrections { offset: 0 }).await, Fault::Locked);
    desk.unlock().await;
    let mut session = browser.session(&desk).await;
    assert_eq!(kept(&mut session, SITE).await, [(field("magic"), FieldType::None)]);

    // Nothing about a person was kept, not even encrypted.
    let listed = listed(&desk).await;
    assert_eq!(listed[0].site, origin(SITE));
    assert!(listed[0].corrections.iter().all(|one| one.guess.words == "password of"), "{listed:?}");
    let report = |with_site| Method::ReportCorrections { site: origin(SITE), with_site };
    let Reply::Report(text) = session.call(report(false)).await.unwrap() else { panic!("no report") };
    assert!(
        text.contains("\"said\": \"none\"") && !text.contains("example.com") && !text.contains("Zebulon"),
        "{text}"
    );
    let Reply::Report(text) = session.call(report(true)).await.unwrap() else { panic!("no report") };
    assert!(text.contains(SITE), "{text}");

    // Locked: neither told nor taken.
    session.call(Method::Lock).await.unwrap();
    for method in [
        Method::Corrections { offset: 0 },
        said(SITE, vec![corrected("magic", FieldType::Email)]),
        Method::ForgetCorrections { site: origin(SITE) },
        report(false),
    ] {
        assert_eq!(session.call(method).await.unwrap_err(), Fault::Locked);
    }
    desk.unlock().await;
    assert!(matches!(desk.report(Command::ForgetCorrections { site: origin(SITE) }).await, Report::Done));
    assert_eq!(desk.fault(Command::ForgetCorrections { site: origin(SITE) }).await, Fault::NotFound);
    assert!(kept(&mut session, SITE).await.is_empty());
    assert_eq!(session.call(report(false)).await.unwrap_err(), Fault::NotFound);
}

#[tokio::test]
async fn there_is_an_end_to_what_is_kept() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let many = |count: usize| (0..count).map(|n| corrected(&format!("f{n}"), FieldType::Email)).collect::<Vec<_>>();
    session.call(said(SITE, many(CORRECTION_LIMIT))).await.unwrap();
    let more = said(SITE, vec![corrected("one-more", FieldType::Email)]);
    assert_eq!(session.call(more).await.unwrap_err(), Fault::TooManyCorrections);
    assert_eq!(kept(&mut session, SITE).await.len(), CORRECTION_LIMIT, "nothing is lost");

    for site in 1..countersign_daemon::store::CORRECTED_SITES_LIMIT {
        session.call(said(&format!("https://s{site}.example"), many(1))).await.unwrap();
    }
    assert_eq!(session.call(said(OTHER, many(1))).await.unwrap_err(), Fault::TooManyCorrections);
    // A site that is known may go on.
    session.call(said("https://s1.example", many(2))).await.unwrap();
    assert_eq!(listed(&desk).await.len(), countersign_daemon::store::CORRECTED_SITES_LIMIT);

    let long = corrected(&"x".repeat(1000), FieldType::Email);
    assert_eq!(session.call(said(SITE, vec![long])).await.unwrap_err(), Fault::Malformed);
}

#[tokio::test]
async fn what_was_forgotten_is_taken_back_once_and_is_as_old_as_before() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let both = || vec![corrected("magic", FieldType::CurrentPassword), corrected("member", FieldType::Username)];
    session.call(said(SITE, both())).await.unwrap();
    let before = listed(&desk).await;
    let at = before[0].corrections[0].correction.at.unwrap();
    assert!(at > 1_700_000_000_000, "{at} is no time in milliseconds");

    // Said once more, with another: that is new, and the first is as old as it was.
    let again = vec![corrected("magic", FieldType::CurrentPassword), corrected("member", FieldType::Email)];
    session.call(said(SITE, again)).await.unwrap();
    assert_eq!(listed(&desk).await[0].corrections[0].correction.at, Some(at));
    session.call(said(SITE, both())).await.unwrap();

    let withdraw = |name: &str| Said { site: origin(SITE), corrections: Vec::new(), withdrawn: vec![field(name)] };
    let restore = |name: &str| Method::RestoreCorrection { site: origin(SITE), field: field(name) };
    assert_eq!(session.call(restore("magic")).await.unwrap_err(), Fault::NotFound, "it was not forgotten");
    session.call(Method::Correct(withdraw("magic"))).await.unwrap();
    assert_eq!(kept(&mut session, SITE).await.len(), 1);
    session.call(Method::Correct(withdraw("member"))).await.unwrap();
    assert!(listed(&desk).await.is_empty());
    for name in ["member", "magic"] {
        session.call(restore(name)).await.unwrap();
        assert_eq!(session.call(restore(name)).await.unwrap_err(), Fault::NotFound);
    }
    let after = listed(&desk).await;
    let magic = after[0].corrections.iter().find(|one| one.correction.field == field("magic")).unwrap();
    assert_eq!((magic, after[0].corrections.len()), (&before[0].corrections[0], 2));

    // What was said since is newer than what was forgotten; and a lock forgets what could be taken back.
    session.call(Method::Correct(withdraw("magic"))).await.unwrap();
    session.call(said(SITE, vec![corrected("magic", FieldType::None)])).await.unwrap();
    assert_eq!(session.call(restore("magic")).await.unwrap_err(), Fault::NotFound);
    session.call(Method::ForgetCorrections { site: origin(SITE) }).await.unwrap();
    session.call(Method::Lock).await.unwrap();
    assert_eq!(session.call(restore("magic")).await.unwrap_err(), Fault::Locked);
    desk.unlock().await;
    assert_eq!(session.call(restore("magic")).await.unwrap_err(), Fault::NotFound);
}
