//! The one-time code of a sign-in whose password a phone has just approved: its screen said that the code is included, so the phone answers it once without
//! asking again.
//!
//! The desktop holds nothing for it, neither a code nor a key: it asks anew, and the browser's signature names the request that began the sign-in. A
//! [`FollowUp`] lives in the phone's memory, and is held against all that the screen showed.

use crate::{
    field::FieldKind,
    id::{DeviceId, FieldId, ItemId, RequestId, UnixMillis},
    origin::{OriginChain, Site},
    request::{Action, Ask, SignIn},
    review::{Review, Subject},
};

/// For how long after the approval a code may follow, in milliseconds of the phone's clock.
pub const FOLLOW_UP_MILLIS: u64 = 300_000;

/// The right to one code. It cannot be copied, stored or sent: it is spent by its use, and ends with the app that holds it.
pub struct FollowUp {
    first: RequestId,
    asker: DeviceId,
    computer: DeviceId,
    item: ItemId,
    title: String,
    sites: Vec<Site>,
    chain: OriginChain,
    code: FieldId,
    submit: bool,
    since: UnixMillis,
}

impl FollowUp {
    /// What approving this review now grants: nothing, unless it shows that a code is included ([`Subject::Fill::code_next`]).
    #[must_use]
    pub fn of(review: &Review, now: UnixMillis) -> Option<Self> {
        let Subject::Fill { item, title, sites, chain, code_next: true, submit, .. } = &review.subject else {
            return None;
        };
        let Some(SignIn::Begins { code }) = review.sign_in else { return None };
        Some(Self {
            first: review.id,
            asker: review.asker.id(),
            computer: review.computer.id(),
            item: *item,
            title: title.clone(),
            sites: sites.clone(),
            chain: chain.clone(),
            code,
            submit: *submit,
            since: now,
        })
    }

    /// Whether its time is over. A clock that went back does not lengthen it.
    #[must_use]
    pub const fn is_over(&self, now: UnixMillis) -> bool {
        now.0 < self.since.0 || now.0 - self.since.0 >= FOLLOW_UP_MILLIS
    }

    /// Whether an ask names it. That is no right yet: [`FollowUp::grants`] looks at what stands inside the seals.
    #[must_use]
    pub fn is_named_by(&self, ask: &Ask) -> bool {
        let Action::Fill { sign_in: Some(SignIn::Follows { request }), .. } = &ask.action else { return false };
        *request == self.first
    }

    /// Whether this review is of that code: the same browser, computer, item, title, sites and page, in time, and the code alone.
    #[must_use]
    pub fn grants(&self, review: &Review, now: UnixMillis) -> bool {
        let Subject::Fill { item, title, sites, kinds, chain, submit, .. } = &review.subject else { return false };
        !self.is_over(now)
            && !review.verify_user
            && (self.submit || !submit)
            && review.sign_in == Some(SignIn::Follows { request: self.first })
            && kinds.as_slice() == [FieldKind::OneTimeCodeSeed]
            && review.only_field() == Some(self.code)
            && (review.asker.id(), review.computer.id()) == (self.asker, self.computer)
            && (*item, title, sites, chain) == (self.item, &self.title, &self.sites, &self.chain)
    }
}

impl core::fmt::Debug for FollowUp {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "FollowUp({})", self.first)
    }
}

#[cfg(test)]
#[cfg(feature = "native")]
mod tests {
    use super::*;
    use crate::{
        field::{FieldCiphertext, Meaning},
        id::Hash,
        log::{Action as LogAction, Device, DeviceKind, Log},
        native::NativeKeys,
        origin::SiteRule,
        request::{Codes, Number, Pending, Refusal, SealedSeed, SignedAsk, Yield},
        secret::{Key256, SecretBytes},
        testing::*,
    };
    use proptest::prelude::*;
    use std::sync::LazyLock;

    const ITEM: ItemId = ItemId([1; 16]);
    const PASSWORD: u8 = 1;
    const SEED: u8 = 2;
    const HOME: &str = "https://login.example.com";
    const FIRST: RequestId = RequestId([7; 16]);
    const NUMBER: u8 = 42;

    /// A second browser and a second computer stand in the log, too.
    static LOG: LazyLock<Log> = LazyLock::new(|| {
        let mut log = log();
        for device in [other_browser(), other_computer()] {
            extend(&mut log, &PHONE, &phone(), LogAction::AddDevice { device });
        }
        log
    });

    fn other_browser() -> Device {
        device(&STRANGER, DeviceKind::Browser, "Other browser")
    }

    static OTHER_COMPUTER: LazyLock<NativeKeys> = LazyLock::new(|| NativeKeys::make().unwrap());

    fn other_computer() -> Device {
        device(&OTHER_COMPUTER, DeviceKind::Desktop, "Other computer")
    }

    /// All that a request is made of.
    #[derive(Clone)]
    struct Wish {
        keys: &'static NativeKeys,
        asker: DeviceId,
        computer: DeviceId,
        item: ItemId,
        fields: Vec<(u8, FieldKind)>,
        origins: Vec<&'static str>,
        sites: Vec<Site>,
        title: &'static str,
        verify_user: bool,
        submit_after_fill: bool,
        submit: bool,
        sign_in: Option<SignIn>,
    }

    fn login() -> Wish {
        Wish {
            keys: &BROWSER,
            asker: browser().id(),
            computer: desktop().id(),
            item: ITEM,
            fields: vec![(PASSWORD, FieldKind::Password)],
            origins: vec![HOME],
            sites: vec![Site::exact(origin(HOME))],
            title: "Example",
            verify_user: false,
            submit_after_fill: true,
            submit: false,
            sign_in: Some(SignIn::Begins { code: FieldId([SEED; 16]) }),
        }
    }

    fn code() -> Wish {
        Wish {
            fields: vec![(SEED, FieldKind::OneTimeCodeSeed)],
            sign_in: Some(SignIn::Follows { request: FIRST }),
            ..login()
        }
    }

    fn review(wish: &Wish, id: RequestId, now: UnixMillis) -> Result<Review, Refusal> {
        let meanings: Vec<Meaning> = wish
            .fields
            .iter()
            .map(|(field, kind)| Meaning {
                title: wish.title.into(),
                sites: wish.sites.clone(),
                policy: crate::field::Policy {
                    verify_user: wish.verify_user,
                    submit_after_fill: wish.submit_after_fill,
                },
                ..meaning(LOG.account(), wish.item, FieldId([*field; 16]), *kind)
            })
            .collect();
        let key = |meaning: &Meaning| Key256::new([meaning.address.field.0[0]; 32]);
        let ask = Ask {
            version: 1,
            account: LOG.account(),
            id,
            time: now,
            asker: wish.asker,
            action: Action::Fill {
                item: wish.item,
                fields: meanings.iter().map(|meaning| meaning.address.field).collect(),
                chain: OriginChain::new(wish.origins.iter().map(|text| origin(text)).collect()).unwrap(),
                sign_in: wish.sign_in,
                submit: wish.submit,
            },
            number: Number::try_from(NUMBER).unwrap(),
        };
        let signed = run(SignedAsk::make(&ask, wish.keys)).map_err(|_| Refusal::Invalid)?;
        let seals = meanings.iter().map(|meaning| seal(meaning, &key(meaning))).collect();
        let seeds = meanings.iter().filter(|meaning| meaning.kind == FieldKind::OneTimeCodeSeed).map(|meaning| {
            let text = SecretBytes::from(String::from("the seed"));
            let ciphertext = FieldCiphertext::make(&key(meaning), &meaning.address, &text).unwrap();
            SealedSeed { field: meaning.address.field, ciphertext, counter: None }
        });
        let (_, request) = Pending::make_with_seeds(signed, seals, seeds.collect(), LOG.head()).unwrap();
        run(Review::check(&request, Hash([0; 32]), &LOG, phone().id(), &*APPROVER, wish.computer, now))
    }

    /// What approving the login now grants.
    fn follow_up(wish: &Wish) -> Option<FollowUp> {
        FollowUp::of(&review(wish, FIRST, NOW).unwrap(), NOW)
    }

    fn second(wish: &Wish, now: UnixMillis) -> Review {
        review(wish, RequestId([8; 16]), now).unwrap()
    }

    fn made(seed: &SecretBytes, _: Option<u64>, _: UnixMillis) -> Option<Codes> {
        assert_eq!(seed.expose(), b"the seed");
        Some(Codes::Counted { digits: SecretBytes::from(String::from("755224")), counter: 0 })
    }

    #[test]
    fn a_login_that_says_so_grants_its_code_and_no_key() {
        let first = review(&login(), FIRST, NOW).unwrap();
        assert!(matches!(&first.subject, Subject::Fill { code_next: true, .. }), "{:?}", first.subject);
        let granted = FollowUp::of(&first, NOW).unwrap();
        let now = NOW.plus(FOLLOW_UP_MILLIS - 1);
        match second(&code(), now).approve_follow_up(granted, now, made) {
            Ok(Yield::Release { keys, codes }) => {
                assert_eq!(keys, vec![], "not even a login's other fields");
                assert_eq!(codes.len(), 1);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_says_nothing_of_a_code_grants_none() {
        let silent = Wish { sign_in: None, ..login() };
        let verified = Wish { verify_user: true, ..login() };
        // Only a login begins a sign-in: no card, no code, no hidden field.
        let card =
            Wish { fields: vec![(PASSWORD, FieldKind::CardNumber)], sites: vec![Site::exact(origin(HOME))], ..login() };
        let hidden = Wish { fields: vec![(PASSWORD, FieldKind::Hidden)], ..login() };
        let follows = Wish { sign_in: Some(SignIn::Follows { request: FIRST }), ..login() };
        for wish in [silent, verified, card, hidden, follows, code()] {
            let review = review(&wish, FIRST, NOW).unwrap();
            assert!(matches!(&review.subject, Subject::Fill { code_next: false, .. }), "{:?}", review.subject);
            assert!(FollowUp::of(&review, NOW).is_none(), "{:?}", review.subject);
        }
    }

    #[test]
    fn time_ends_it_and_a_clock_that_goes_back_does_too() {
        let granted = follow_up(&login()).unwrap();
        let at = |now: UnixMillis| granted.grants(&second(&code(), now), now);
        assert!(at(NOW) && at(NOW.plus(FOLLOW_UP_MILLIS - 1)));
        assert!(!at(NOW.plus(FOLLOW_UP_MILLIS)));
        assert!(!at(UnixMillis(NOW.0 - 1)));
        assert!(granted.is_over(NOW.plus(FOLLOW_UP_MILLIS)) && granted.is_over(UnixMillis(0)));
        // A request that was asked too long ago is late, whatever was granted.
        let (old, now) = (second(&code(), NOW), NOW.plus(FOLLOW_UP_MILLIS - 1));
        assert!(granted.grants(&old, now));
        assert_eq!(old.approve_follow_up(granted, now, made).unwrap_err(), Refusal::Expired);
    }

    #[test]
    fn what_it_does_not_grant_yields_nothing() {
        let other = Wish { title: "Renamed", ..code() };
        let outcome = second(&other, NOW).approve_follow_up(follow_up(&login()).unwrap(), NOW, made);
        assert_eq!(outcome.unwrap_err(), Refusal::Invalid);
        // A seed that no code can be made of.
        let outcome = second(&code(), NOW).approve_follow_up(follow_up(&login()).unwrap(), NOW, |_, _, _| None);
        assert_eq!(outcome.unwrap_err(), Refusal::Unsupported);
    }

    #[test]
    fn a_code_is_submitted_only_if_the_screen_said_so_of_its_login() {
        let submits = second(&Wish { submit: true, ..code() }, NOW);
        let said = follow_up(&Wish { submit: true, ..login() }).unwrap();
        assert!(said.grants(&submits, NOW) && said.grants(&second(&code(), NOW), NOW));
        assert!(!follow_up(&login()).unwrap().grants(&submits, NOW));
    }

    #[test]
    fn an_ask_names_it_by_the_first_request() {
        let granted = follow_up(&login()).unwrap();
        let ask = |sign_in: Option<SignIn>| Ask {
            version: 1,
            account: LOG.account(),
            id: RequestId([8; 16]),
            time: NOW,
            asker: browser().id(),
            action: Action::Fill {
                item: ITEM,
                fields: vec![FieldId([SEED; 16])],
                chain: OriginChain::new(vec![origin(HOME)]).unwrap(),
                sign_in,
                submit: false,
            },
            number: Number::try_from(NUMBER).unwrap(),
        };
        assert!(granted.is_named_by(&ask(Some(SignIn::Follows { request: FIRST }))));
        assert!(!granted.is_named_by(&ask(Some(SignIn::Follows { request: RequestId([9; 16]) }))));
        assert!(!granted.is_named_by(&ask(Some(SignIn::Begins { code: FieldId([9; 16]) }))));
        assert!(!granted.is_named_by(&ask(None)));
        assert_eq!(format!("{granted:?}"), format!("FollowUp({FIRST})"));
    }

    /// Everything in which a second request can differ from the one that was granted.
    const CHANGES: [fn(&mut Wish); 11] = [
        // The screen said nothing of that.
        |wish| wish.submit = true,
        |wish| (wish.keys, wish.asker) = (&STRANGER, other_browser().id()),
        |wish| wish.computer = other_computer().id(),
        |wish| wish.item = ItemId([9; 16]),
        |wish| wish.fields = vec![(9, FieldKind::OneTimeCodeSeed)],
        |wish| wish.fields = vec![(SEED, FieldKind::Password)],
        |wish| wish.origins = vec![HOME, HOME],
        |wish| {
            // A page of the same item, under a wider rule.
            wish.origins = vec!["https://www.example.com"];
            wish.sites = vec![Site { origin: origin(HOME), rule: SiteRule::Domain { domain: "example.com".into() } }];
        },
        |wish| wish.title = "Renamed",
        |wish| wish.verify_user = true,
        |wish| wish.sign_in = Some(SignIn::Follows { request: RequestId([9; 16]) }),
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_may_differ(changes in prop::collection::vec(0..CHANGES.len(), 0..3), later in 0..2 * FOLLOW_UP_MILLIS) {
            let (granted, now) = (follow_up(&login()).unwrap(), NOW.plus(later));
            let mut wish = code();
            for change in &changes {
                CHANGES[*change](&mut wish);
            }
            // What is not in order by itself is refused before.
            if let Ok(review) = review(&wish, RequestId([8; 16]), now) {
                let expected = changes.is_empty() && later < FOLLOW_UP_MILLIS;
                prop_assert_eq!(granted.grants(&review, now), expected);
            } else {
                prop_assert!(!changes.is_empty());
            }
        }
    }
}
