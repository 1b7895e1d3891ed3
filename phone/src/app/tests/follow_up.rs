//! The code that was approved with its sign-in: given once without asking, and in every other case asked for.

use super::*;
use countersign_seal::{
    field::FieldCiphertext,
    follow_up::FOLLOW_UP_MILLIS,
    request::{Codes, Request, SealedSeed, SignIn},
};

use crate::activity::Asked;

const SEED: &str = "otpauth://totp/Bank?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30";
const COUNTED: &str = "otpauth://hotp/Bank?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&counter=0";

/// A login with a password and a seed.
struct Login {
    phone: Phone,
    desk: Desk,
    code: FieldId,
    seed: &'static str,
    counter: Option<u64>,
}

/// What the code's request is made of.
#[derive(Clone)]
struct Wish {
    first: RequestId,
    site: &'static str,
    item: ItemId,
    field: FieldId,
    kind: FieldKind,
    asker: &'static NativeKeys,
    asker_id: DeviceId,
    sign_in: bool,
    copies: bool,
}

/// How it may differ from what was approved.
type Change = fn(&mut Login, &mut Wish);

impl Login {
    fn new() -> Self {
        let (phone, desk) = ready();
        Self { phone, desk, code: FieldId::make().unwrap(), seed: SEED, counter: None }
    }

    fn ask(&self, action: Action) -> Ask {
        self.desk.ask(action, self.phone.now)
    }

    fn deliver(&mut self, request: &Request) {
        let request = request.to_bytes().unwrap();
        let message = ToPhone::Request { request, computer: "Desk".into() };
        let envelope = self.desk.envelope(&message, self.phone.now);
        self.phone.deliver(envelope);
    }

    /// Asks for the password and says that the code comes next.
    fn begin(&mut self) -> (RequestId, Pending) {
        let mut action = self.desk.fill(SITE);
        if let Action::Fill { sign_in, .. } = &mut action {
            *sign_in = Some(SignIn::Begins { code: self.code });
        }
        let ask = self.ask(action);
        let signed = run(SignedAsk::make(&ask, &*BROWSER)).unwrap();
        let (pending, request) = Pending::make(signed, vec![self.desk.seal()], self.desk.log.head()).unwrap();
        self.deliver(&request);
        (ask.id, pending)
    }

    /// The same, approved.
    fn approved(&mut self) -> RequestId {
        let (first, pending) = self.begin();
        self.phone.approve("42");
        assert!(
            matches!(self.desk.answer(&mut self.phone, pending), Ok(Yield::Release { keys, .. }) if keys.len() == 1)
        );
        first
    }

    fn wish(&self, first: RequestId) -> Wish {
        Wish {
            first,
            site: SITE,
            item: self.desk.item,
            field: self.code,
            kind: FieldKind::OneTimeCodeSeed,
            asker: &BROWSER,
            asker_id: device(&BROWSER, DeviceKind::Browser, "").id(),
            sign_in: true,
            copies: false,
        }
    }

    /// Asks for what may be the code.
    fn follow(&mut self, wish: &Wish) -> (RequestId, Pending) {
        let chain = OriginChain::new(vec![Origin::parse(wish.site).unwrap()]).unwrap();
        let sign_in = wish.sign_in.then_some(SignIn::Follows { request: wish.first });
        let action = if wish.copies {
            Action::Copy { item: wish.item, field: wish.field, chain }
        } else {
            Action::Fill { item: wish.item, fields: vec![wish.field], chain, sign_in, submit: false }
        };
        let ask = Ask { asker: wish.asker_id, ..self.ask(action) };
        let signed = run(SignedAsk::make(&ask, wish.asker)).unwrap();
        let address = FieldAddress { account: self.desk.log.account(), item: wish.item, field: wish.field, version: 1 };
        let meaning = Meaning { address, kind: wish.kind, ..self.desk.meaning() };
        let key = Key256::make().unwrap();
        let seal = FieldSeal::make(APPROVER.public(), &key, &meaning).unwrap();
        let ciphertext = FieldCiphertext::make(&key, &address, &secret(self.seed)).unwrap();
        let seed = SealedSeed { field: wish.field, ciphertext, counter: self.counter };
        let seeds = if wish.kind == FieldKind::OneTimeCodeSeed { vec![seed] } else { vec![] };
        let (pending, request) = Pending::make_with_seeds(signed, vec![seal], seeds, self.desk.log.head()).unwrap();
        self.deliver(&request);
        (ask.id, pending)
    }

    fn codes(&mut self, pending: Pending) -> Codes {
        match self.desk.answer(&mut self.phone, pending) {
            Ok(Yield::Release { keys, mut codes }) => {
                assert_eq!((keys.len(), codes.len()), (0, 1));
                codes.remove(0).1
            }
            other => panic!("{other:?}"),
        }
    }

    /// It is asked for as usual: shown, and nothing is answered before the number is typed.
    fn is_asked_as_usual(&mut self, (request, pending): (RequestId, Pending)) {
        assert_eq!(self.phone.approval().request, request);
        let mail = self.desk.take_mail(&mut self.phone);
        assert!(matches!(mail.as_slice(), [ToDesktop::Delivered { .. }]), "{mail:?}");
        self.phone.approve("42");
        assert!(self.desk.answer(&mut self.phone, pending).is_ok());
    }
}

#[test]
fn the_screen_says_that_a_code_is_included() {
    let mut login = Login::new();
    login.begin();
    let shown = login.phone.approval().subject;
    assert!(matches!(shown, countersign_seal::review::Subject::Fill { code_next: true, .. }), "{shown:?}");
}

#[test]
fn a_code_follows_its_login_without_another_tap() {
    let mut login = Login::new();
    let first = login.approved();
    let wish = login.wish(first);
    let (request, pending) = login.follow(&wish);
    // No screen, no number: only the answer, and word of it.
    let Some(News::Answered(past)) = login.phone.news() else { panic!("{:?}", login.phone.screen()) };
    assert_eq!((past.request, past.asked, past.outcome), (request, Asked::FollowUp, Outcome::Approved));
    assert_eq!((past.title.as_str(), past.site.as_str(), past.computer.as_str()), ("Bank", SITE, "Desk"));
    let Codes::Timed([current, next]) = login.codes(pending) else { panic!("by time") };
    assert_eq!((current.digits.expose().len(), next.digits.expose().len()), (6, 6));
    assert_eq!(next.remaining_millis, current.remaining_millis + 30_000);
    assert_eq!(login.phone.outcomes(), vec![Outcome::Approved, Outcome::Approved]);
}

#[test]
fn a_code_by_counter_follows_with_the_counter_of_its_request() {
    let mut login = Login { seed: COUNTED, counter: Some(3), ..Login::new() };
    let first = login.approved();
    let wish = login.wish(first);
    let (_, pending) = login.follow(&wish);
    let expected = Codes::Counted { digits: secret("969429"), counter: 3 };
    assert_eq!(login.codes(pending), expected, "RFC 4226, appendix D");
}

#[test]
fn a_second_code_is_asked_for() {
    let mut login = Login::new();
    let first = login.approved();
    let wish = login.wish(first);
    let (_, pending) = login.follow(&wish);
    login.codes(pending);
    let again = login.follow(&wish);
    login.is_asked_as_usual(again);
    // What is approved so grants nothing either.
    let again = login.follow(&wish);
    login.is_asked_as_usual(again);
}

#[test]
fn a_login_that_was_refused_or_not_answered_grants_nothing() {
    let mut login = Login::new();
    let (first, _) = login.begin();
    login.phone.refuse(false);
    login.desk.take_mail(&mut login.phone);
    let wish = login.wish(first);
    let asked = login.follow(&wish);
    login.is_asked_as_usual(asked);

    let mut login = Login::new();
    let (first, _) = login.begin();
    login.phone.approve("43");
    login.desk.take_mail(&mut login.phone);
    let wish = login.wish(first);
    let asked = login.follow(&wish);
    login.is_asked_as_usual(asked);

    // While the login still waits on the screen its code waits behind it.
    let mut login = Login::new();
    let (first, _) = login.begin();
    login.desk.take_mail(&mut login.phone);
    let wish = login.wish(first);
    login.follow(&wish);
    assert_eq!(login.phone.approval().request, first);
    login.desk.gets_no_answer(&mut login.phone);
}

#[test]
fn a_lock_ends_it() {
    let mut login = Login::new();
    let first = login.approved();
    login.phone.act(Input::Lock);
    let wish = login.wish(first);
    let asked = login.follow(&wish);
    assert!(matches!(login.phone.screen(), Screen::Locked(locked) if locked.waiting == 1));
    login.phone.act(Input::Unlock(secret(PIN)));
    login.is_asked_as_usual(asked);
    // Nor does unlocking bring it back.
    let mut login = Login::new();
    let first = login.approved();
    login.phone.act(Input::Lock);
    login.phone.act(Input::Unlock(secret(PIN)));
    let wish = login.wish(first);
    let asked = login.follow(&wish);
    login.is_asked_as_usual(asked);
}

#[test]
fn an_idle_app_has_locked_itself() {
    let mut login = Login::new();
    let first = login.approved();
    login.phone.now = login.phone.now.plus(AUTO_LOCK_MILLIS);
    let wish = login.wish(first);
    login.follow(&wish);
    assert!(matches!(login.phone.screen(), Screen::Locked(_)));
    login.desk.gets_no_answer(&mut login.phone);
}

#[test]
fn an_app_that_was_closed_and_opened_again_asks() {
    let mut login = Login::new();
    let first = login.approved();
    let length = login.desk.log.entries().len();
    login.phone = login.phone.reopen();
    login.phone.log_in(length);
    login.phone.act(Input::Unlock(secret(PIN)));
    let wish = login.wish(first);
    let asked = login.follow(&wish);
    login.is_asked_as_usual(asked);
}

#[test]
fn an_app_out_of_view_asks() {
    let mut login = Login::new();
    let first = login.approved();
    login.phone.act(Input::Visible(false));
    let wish = login.wish(first);
    let asked = login.follow(&wish);
    login.phone.act(Input::Visible(true));
    login.phone.serve_log(&login.desk.log);
    login.is_asked_as_usual(asked);
    // In view again in time, it was not asked for meanwhile.
    let first = login.approved();
    login.phone.act(Input::Visible(false));
    login.phone.act(Input::Visible(true));
    login.phone.serve_log(&login.desk.log);
    let wish = login.wish(first);
    let (_, pending) = login.follow(&wish);
    login.codes(pending);
}

#[test]
fn five_minutes_end_it_by_the_phones_own_clock() {
    for (later, follows) in [(FOLLOW_UP_MILLIS - 1, true), (FOLLOW_UP_MILLIS, false)] {
        let mut login = Login::new();
        let first = login.approved();
        // Somebody uses the app, so that it stays unlocked.
        login.phone.pass(FOLLOW_UP_MILLIS / 2);
        login.phone.act(Input::Used);
        login.phone.pass(later - FOLLOW_UP_MILLIS / 2);
        let wish = login.wish(first);
        let asked = login.follow(&wish);
        if follows {
            login.codes(asked.1);
        } else {
            login.is_asked_as_usual(asked);
        }
    }
}

#[test]
fn a_clock_that_is_set_back_revives_nothing() {
    let mut login = Login::new();
    let first = login.approved();
    let approved = login.phone.now;
    login.phone.pass(FOLLOW_UP_MILLIS / 2);
    login.phone.act(Input::Used);
    login.phone.pass(FOLLOW_UP_MILLIS / 2);
    login.phone.act(Input::Tick);
    login.phone.now = approved.plus(1000);
    let wish = login.wish(first);
    let asked = login.follow(&wish);
    login.is_asked_as_usual(asked);
}

#[test]
fn a_clock_that_is_set_back_gives_no_more_time() {
    for back in [1000, FOLLOW_UP_MILLIS / 2] {
        let mut login = Login::new();
        let first = login.approved();
        login.phone.pass(FOLLOW_UP_MILLIS / 2);
        login.phone.act(Input::Used);
        login.phone.now = UnixMillis(login.phone.now.0 - back);
        login.phone.act(Input::Tick);
        login.phone.pass(1000);
        let wish = login.wish(first);
        let asked = login.follow(&wish);
        login.is_asked_as_usual(asked);
    }
}

#[test]
fn whatever_differs_from_what_the_screen_showed_is_asked_for() {
    let changes: [(&str, Change); 7] = [
        ("another first request", |_, wish| wish.first = RequestId([9; 16])),
        ("none named", |_, wish| wish.sign_in = false),
        ("another field of the item", |_, wish| wish.field = FieldId([9; 16])),
        ("another item", |_, wish| wish.item = ItemId([9; 16])),
        ("another site of the item", |login, wish| {
            let other = "https://other.example";
            login.desk.sites.push(Site::exact(Origin::parse(other).unwrap()));
            wish.site = other;
        }),
        ("a password", |_, wish| wish.kind = FieldKind::Password),
        ("to be copied", |_, wish| wish.copies = true),
    ];
    for (what, change) in changes {
        let mut login = Login::new();
        let first = login.approved();
        let mut wish = login.wish(first);
        change(&mut login, &mut wish);
        let asked = login.follow(&wish);
        println!("{what}");
        login.is_asked_as_usual(asked);
    }
}

#[test]
fn another_browser_asks_for_itself() {
    let mut login = Login::new();
    let other = device(&STRANGER, DeviceKind::Browser, "Chromium");
    login.desk.append_by_phone(LogAction::AddDevice { device: other.clone() });
    tell_of_log(&mut login.phone, &login.desk);
    let first = login.approved();
    let mut wish = login.wish(first);
    (wish.asker, wish.asker_id) = (&STRANGER, other.id());
    let asked = login.follow(&wish);
    login.is_asked_as_usual(asked);
    // And it has spent what it named: nobody tries until it fits.
    let wish = login.wish(first);
    let asked = login.follow(&wish);
    login.is_asked_as_usual(asked);
}

#[test]
fn this_was_not_me_ends_it() {
    let mut login = Login::new();
    let first = login.approved();
    let (_, pending) = login.desk.fill_request(login.phone.now);
    login.phone.deliver(pending);
    login.phone.refuse(true);
    login.phone.act(Input::AllowRequests);
    login.desk.take_mail(&mut login.phone);
    let wish = login.wish(first);
    let asked = login.follow(&wish);
    login.is_asked_as_usual(asked);
}

#[test]
fn an_item_that_asks_for_the_pin_asks_for_it_each_time() {
    let mut login = Login::new();
    login.desk.policy.verify_user = true;
    let (first, pending) = login.begin();
    let shown = login.phone.approval().subject;
    assert!(matches!(shown, countersign_seal::review::Subject::Fill { code_next: false, .. }), "{shown:?}");
    login.phone.now = login.phone.now.plus(GUARD_MILLIS);
    login.phone.act(Input::Approve { request: first, number: "42".into(), consent: false, pin: Some(secret(PIN)) });
    assert!(login.desk.answer(&mut login.phone, pending).is_ok());
    let wish = login.wish(first);
    let (request, _) = login.follow(&wish);
    assert_eq!(login.phone.approval().request, request);
    login.desk.gets_no_answer(&mut login.phone);
}

#[test]
fn nothing_of_it_is_kept() {
    let mut login = Login::new();
    let before: Vec<Record> = login.phone.disk.0.borrow().records.keys().copied().collect();
    login.approved();
    let after: Vec<Record> = login.phone.disk.0.borrow().records.keys().copied().collect();
    let known = [Record::Activity, Record::Caution, Record::Waiting, Record::Replay];
    assert!(after.iter().all(|record| before.contains(record) || known.contains(record)));
    // No record names the code's field, without which there is no right to it.
    for (record, bytes) in &login.phone.disk.0.borrow().records {
        assert!(!bytes.windows(16).any(|window| window == login.code.as_bytes()), "{record:?}");
    }
}

#[test]
fn a_code_to_copy_is_shown_as_such_and_listed_as_such() {
    let mut login = Login::new();
    let wish = Wish { copies: true, ..login.wish(RequestId([9; 16])) };
    let (request, pending) = login.follow(&wish);
    let shown = login.phone.approval().subject;
    assert!(matches!(&shown, countersign_seal::review::Subject::Copy { title, .. } if title == "Bank"), "{shown:?}");
    login.is_asked_as_usual((request, pending));
    let Some(News::Answered(past)) = login.phone.news() else { panic!("{:?}", login.phone.screen()) };
    assert_eq!((past.request, past.asked, past.site.as_str()), (request, Asked::Copy, SITE));
}

#[test]
fn nothing_but_a_code_is_copied() {
    let mut login = Login::new();
    let wish = Wish { copies: true, kind: FieldKind::Password, ..login.wish(RequestId([9; 16])) };
    let (_, pending) = login.follow(&wish);
    assert_eq!(login.desk.answer(&mut login.phone, pending).err(), Some(Refusal::Invalid));
}
