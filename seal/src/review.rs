//! The phone's side of a request: all checks, what to show, and what an approval yields.
//!
//! What is shown comes from inside the seals, from the signed ask and from the device log; never from what a desktop merely says.

use crate::{
    envelope::CLOCK_SKEW_MILLIS,
    field::{FieldKind, FieldSeal, Meaning, OpenedSeal, Policy},
    follow_up::FollowUp,
    id::{DeviceId, FieldId, Hash, ItemId, RequestId, UnixMillis},
    keys::{Sign, Unwrap, WrappingKey},
    log::{Author, Device, DeviceKind, Entry, Log},
    origin::{Origin, OriginChain, Site, SiteRule},
    request::{Action, Ask, Codes, LIFETIME_MILLIS, Number, Refusal, Request, SealedSeed, SignIn, Yield, added_device},
    secret::SecretBytes,
};

/// A request that is in order: what to show, and what to do on approval.
pub struct Review {
    /// The request's id.
    pub id: RequestId,
    /// The request's hash, which the answer is bound to.
    pub hash: Hash,
    /// Who asks: the device that signed the ask.
    pub asker: Device,
    /// The computer that sent the request, as the log names it.
    pub computer: Device,
    /// When it was asked, by the asker's clock.
    pub time: UnixMillis,
    /// What is asked for.
    pub subject: Subject,
    /// Whether the item's owner wants the PIN asked for again.
    pub verify_user: bool,
    /// What deserves a second look, without repeats.
    pub warnings: Vec<Warning>,
    /// What it has to do with another fill of the same sign-in.
    pub(crate) sign_in: Option<SignIn>,
    number: Number,
    work: Work,
}

/// What a request is about, as the phone shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Fields of an item, to be filled.
    Fill {
        /// The item.
        item: ItemId,
        /// Its title, from inside the seal.
        title: String,
        /// Its sites, from inside the seal.
        sites: Vec<Site>,
        /// What would be released.
        kinds: Vec<FieldKind>,
        /// Where to: the top document first, the frame that asks last. More than one origin must be shown as such.
        chain: OriginChain,
        /// Whether an approval also grants the one-time code that this sign-in asks for next ([`crate::follow_up`]).
        code_next: bool,
        /// Whether the form is submitted then, as the item's policy says inside the seal.
        submit: bool,
    },
    /// A one-time code, to be shown on the computer and copied there.
    Copy {
        /// The item.
        item: ItemId,
        /// Its title, from inside the seal.
        title: String,
        /// Its sites, from inside the seal.
        sites: Vec<Site>,
        /// The page that it is for, as for [`Subject::Fill`].
        chain: OriginChain,
    },
    /// An item's meaning, to be changed.
    Reseal {
        /// The item.
        item: ItemId,
        /// Its title, from inside the seal.
        title: String,
        /// What would change.
        changes: Vec<Change>,
        /// Which fields are sealed again.
        kinds: Vec<FieldKind>,
    },
    /// Whether an item's password is the one that comes with the request. Nobody decides: phones answer by themselves ([`Review::compare`]).
    Compare {
        /// The item.
        item: ItemId,
        /// Its title, from inside the seal.
        title: String,
    },
    /// A device, to be added to the account.
    AddDevice {
        /// The device.
        device: Device,
    },
}

/// How a reseal changes an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It gets another title.
    Title {
        /// The new one.
        title: String,
    },
    /// It may be used on another site too.
    SiteAdded(Site),
    /// A site reaches further than before.
    RuleLoosened(Site),
    /// A site reaches less far than before.
    RuleTightened(Site),
    /// It may no longer be used there.
    SiteRemoved(Site),
    /// A card loses its last site: it may be used in any shop.
    AnySite,
    /// The phone no longer asks for its PIN before each answer.
    PolicyLoosened,
    /// The phone asks for its PIN before each answer.
    PolicyTightened,
    /// The item's forms are submitted once they are filled.
    SubmitTurnedOn,
    /// They no longer are.
    SubmitTurnedOff,
}

impl Change {
    /// Whether the item could afterwards be used where, or more easily than, it could not before: such a change needs the user's express consent.
    #[must_use]
    pub const fn needs_consent(&self) -> bool {
        matches!(
            self,
            Self::SiteAdded(_) | Self::RuleLoosened(_) | Self::AnySite | Self::PolicyLoosened | Self::SubmitTurnedOn
        )
    }
}

/// What deserves a second look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// An origin holds punycode: letters that may look like others.
    Punycode(Origin),
    /// An origin is not encrypted.
    Insecure(Origin),
    /// The fields go into a frame of another origin than the page.
    CrossOriginFrame {
        /// The page.
        top: Origin,
        /// The frame.
        frame: Origin,
    },
}

/// What an approval does.
enum Work {
    Release { opened: Vec<OpenedSeal>, seeds: Vec<OpenedSeed> },
    Reseal { opened: Vec<OpenedSeal>, approver: WrappingKey, title: String, sites: Vec<Site>, policy: Policy },
    Sign(Entry),
    Compare(bool),
}

/// A seed, which stays here.
struct OpenedSeed {
    field: FieldId,
    seed: SecretBytes,
    counter: Option<u64>,
}

impl Review {
    /// Checks a received request: `hash` is its hash, `sender` the computer whose envelope held it, `me` this phone, `now` its clock.
    ///
    /// The order keeps private-key operations last.
    pub async fn check(
        request: &Request,
        hash: Hash,
        log: &Log,
        me: DeviceId,
        approver: &impl Unwrap,
        sender: DeviceId,
        now: UnixMillis,
    ) -> Result<Self, Refusal> {
        let ask = request.ask.verify(log).map_err(refusal)?;
        check_time(ask.time, now)?;
        let computer = &log.active(sender).map_err(refusal)?.device;
        let is_approver = log.active(me).is_ok_and(|listed| listed.approver);
        if computer.kind != DeviceKind::Desktop || !is_approver {
            return Err(Refusal::Invalid);
        }
        if request.log_head != log.head() {
            return Err(Refusal::LogsDiffer);
        }
        let opened = open_seals(request, &ask, log, approver).await?;
        let asker = find_asker(&ask, log)?;
        let verify_user = opened.iter().any(|seal| seal.meaning.policy.verify_user);
        let equal = match (&request.compared, opened.first()) {
            (Some(compared), Some(stored)) => compared.are_equal(stored, approver).await.map_err(refusal)?,
            _ => false,
        };
        let (subject, work) = prepare(&ask, opened, (&request.seeds, equal), log, me)?;
        Ok(Self {
            id: ask.id,
            hash,
            asker,
            computer: computer.clone(),
            time: ask.time,
            warnings: warnings(&subject),
            subject,
            verify_user,
            sign_in: sign_in(&ask.action),
            number: ask.number,
            work,
        })
    }

    /// The user approves and typed `typed`. A wrong number or a late approval ends the request.
    pub async fn approve(self, typed: u8, keys: &impl Sign, now: UnixMillis) -> Result<Yield, Refusal> {
        self.approve_with_codes(typed, keys, now, |_, _, _| None).await
    }

    /// The same, by a phone that knows how codes are made of a seed, of its counter if it has one, and of the time.
    pub async fn approve_with_codes(
        self,
        typed: u8,
        keys: &impl Sign,
        now: UnixMillis,
        make_codes: impl Fn(&SecretBytes, Option<u64>, UnixMillis) -> Option<Codes>,
    ) -> Result<Yield, Refusal> {
        check_time(self.time, now)?;
        if typed != self.number.get() {
            return Err(Refusal::WrongNumber);
        }
        match self.work {
            Work::Release { opened, seeds } => yield_release(opened, &seeds, now, make_codes),
            Work::Reseal { opened, approver, title, sites, policy } => {
                let reseal = |seal: OpenedSeal| {
                    let address = seal.meaning.address;
                    let meaning =
                        Meaning { title: title.clone(), sites: sites.clone(), policy: policy.clone(), ..seal.meaning };
                    FieldSeal::make(&approver, &seal.content_key, &meaning).map(|made| (address.field, made))
                };
                opened.into_iter().map(reseal).collect::<crate::Result<_>>().map(Yield::Seals).map_err(refusal)
            }
            Work::Sign(entry) => Log::sign(&entry, keys).await.map(Yield::Entry).map_err(refusal),
            Work::Compare(_) => Err(Refusal::Invalid),
        }
    }

    /// Answers a comparison: nobody types a number, as it opens nothing. Not of an item whose owner wants the PIN asked for before each answer.
    pub fn compare(self, now: UnixMillis) -> Result<Yield, Refusal> {
        check_time(self.time, now)?;
        match self.work {
            Work::Compare(equal) if !self.verify_user => Ok(Yield::Equal(equal)),
            _ => Err(Refusal::Invalid),
        }
    }

    /// Answers the code that `follow_up` grants: nobody types a number, for this was approved with the sign-in's first request.
    pub fn approve_follow_up(
        self,
        follow_up: FollowUp,
        now: UnixMillis,
        make_codes: impl Fn(&SecretBytes, Option<u64>, UnixMillis) -> Option<Codes>,
    ) -> Result<Yield, Refusal> {
        check_time(self.time, now)?;
        let grants = follow_up.grants(&self, now);
        // Spent, whatever comes of it.
        drop(follow_up);
        match self.work {
            Work::Release { opened, seeds } if grants => yield_release(opened, &seeds, now, make_codes),
            _ => Err(Refusal::Invalid),
        }
    }

    /// The one field that it would release, if it is one.
    pub(crate) fn only_field(&self) -> Option<FieldId> {
        match &self.work {
            Work::Release { opened, .. } => match opened.as_slice() {
                [seal] => Some(seal.meaning.address.field),
                _ => None,
            },
            Work::Reseal { .. } | Work::Sign(_) | Work::Compare(_) => None,
        }
    }

    /// When the request is over, by this phone's clock at the latest.
    #[must_use]
    pub const fn expires(&self) -> UnixMillis {
        self.time.plus(LIFETIME_MILLIS + CLOCK_SKEW_MILLIS)
    }
}

impl core::fmt::Debug for Review {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Review({})", self.id)
    }
}

/// Content keys, except those of seeds, and codes in place of seeds.
fn yield_release(
    opened: Vec<OpenedSeal>,
    seeds: &[OpenedSeed],
    now: UnixMillis,
    make_codes: impl Fn(&SecretBytes, Option<u64>, UnixMillis) -> Option<Codes>,
) -> Result<Yield, Refusal> {
    let codes =
        seeds.iter().map(|OpenedSeed { field, seed, counter }| Some((*field, make_codes(seed, *counter, now)?)));
    let codes = codes.collect::<Option<Vec<_>>>().ok_or(Refusal::Unsupported)?;
    Ok(Yield::Release { keys: opened.into_iter().filter(|seal| !is_seed(seal)).map(release).collect(), codes })
}

fn release(seal: OpenedSeal) -> (FieldId, u32, crate::secret::Key256) {
    (seal.meaning.address.field, seal.meaning.address.version, seal.content_key)
}

/// What a phone answers where a check failed.
fn refusal(error: crate::Error) -> Refusal {
    match error {
        crate::Error::NewerVersion { .. } => Refusal::Unsupported,
        crate::Error::Expired | crate::Error::FromFuture => Refusal::Expired,
        _ => Refusal::Invalid,
    }
}

fn check_time(asked: UnixMillis, now: UnixMillis) -> Result<(), Refusal> {
    let is_in_time = asked <= now.plus(CLOCK_SKEW_MILLIS) && now < asked.plus(LIFETIME_MILLIS + CLOCK_SKEW_MILLIS);
    if is_in_time { Ok(()) } else { Err(Refusal::Expired) }
}

fn find_asker(ask: &Ask, log: &Log) -> Result<Device, Refusal> {
    if let Action::AddDevice { entry } = &ask.action {
        return Entry::from_bytes(entry).and_then(|entry| added_device(&entry)).map_err(refusal);
    }
    log.active(ask.asker).map(|listed| listed.device.clone()).map_err(refusal)
}

/// Opens the seals, each of which must be the one that the ask names, and all of which must say the same of their item.
async fn open_seals(
    request: &Request,
    ask: &Ask,
    log: &Log,
    approver: &impl Unwrap,
) -> Result<Vec<OpenedSeal>, Refusal> {
    let (item, fields) = ask.action.fields().map_or((None, &[][..]), |(item, fields)| (Some(item), fields));
    let current = log.approver().map(|approver| approver.key.approver_id()).ok_or(Refusal::Invalid)?;
    if request.seals.len() != fields.len() || request.seals.iter().any(|seal| seal.approver() != current) {
        return Err(Refusal::Invalid);
    }
    let mut opened: Vec<OpenedSeal> = Vec::with_capacity(fields.len());
    for (seal, field) in request.seals.iter().zip(fields) {
        let seal = seal.open(approver).await.map_err(refusal)?;
        let Meaning { address, title, sites, policy, .. } = &seal.meaning;
        let is_asked = address.account == ask.account && Some(address.item) == item && address.field == *field;
        let agrees = opened.first().is_none_or(|first| {
            let first = &first.meaning;
            (&first.title, &first.sites, &first.policy) == (title, sites, policy)
        });
        if !is_asked || !agrees {
            return Err(Refusal::Invalid);
        }
        opened.push(seal);
    }
    Ok(opened)
}

const fn is_seed(seal: &OpenedSeal) -> bool {
    matches!(seal.meaning.kind, FieldKind::OneTimeCodeSeed)
}

/// Opens the seeds with the content keys in their seals: one for each seal of a seed, which itself is never released, and none else.
fn open_seeds(seeds: &[SealedSeed], opened: &[OpenedSeal]) -> Result<Vec<OpenedSeed>, Refusal> {
    if opened.iter().filter(|seal| is_seed(seal)).count() != seeds.len() {
        return Err(Refusal::Invalid);
    }
    let open = |seal: &OpenedSeal| {
        let address = &seal.meaning.address;
        let SealedSeed { field, ciphertext, counter } =
            seeds.iter().find(|seed| seed.field == address.field).ok_or(Refusal::Invalid)?;
        let seed = ciphertext.open(&seal.content_key, address).map_err(refusal)?;
        Ok(OpenedSeed { field: *field, seed, counter: *counter })
    };
    opened.iter().filter(|seal| is_seed(seal)).map(open).collect()
}

fn prepare(
    ask: &Ask,
    opened: Vec<OpenedSeal>,
    (seeds, equal): (&[SealedSeed], bool),
    log: &Log,
    me: DeviceId,
) -> Result<(Subject, Work), Refusal> {
    let kinds = opened.iter().map(|seal| seal.meaning.kind).collect::<Vec<_>>();
    if !seeds.is_empty() && !matches!(ask.action, Action::Fill { .. } | Action::Copy { .. }) {
        return Err(Refusal::Invalid);
    }
    match &ask.action {
        Action::Fill { item, chain, submit, .. } => {
            let Meaning { title, sites, policy, .. } = &opened.first().ok_or(Refusal::Invalid)?.meaning;
            check_place(&kinds, sites, chain)?;
            if *submit && !may_submit(&kinds, policy, chain) {
                return Err(Refusal::Invalid);
            }
            let seeds = open_seeds(seeds, &opened)?;
            let code_next = has_code_next(&ask.action, &opened);
            let (item, title, sites, chain) = (*item, title.clone(), sites.clone(), chain.clone());
            let subject = Subject::Fill { item, title, sites, kinds, chain, code_next, submit: *submit };
            Ok((subject, Work::Release { opened, seeds }))
        }
        Action::Copy { item, chain, .. } => {
            let Meaning { title, sites, kind, .. } = &opened.first().ok_or(Refusal::Invalid)?.meaning;
            // What lies in a clipboard is read by others: a code that is soon over, and nothing else.
            if *kind != FieldKind::OneTimeCodeSeed {
                return Err(Refusal::Invalid);
            }
            check_place(&kinds, sites, chain)?;
            let seeds = open_seeds(seeds, &opened)?;
            let subject =
                Subject::Copy { item: *item, title: title.clone(), sites: sites.clone(), chain: chain.clone() };
            Ok((subject, Work::Release { opened, seeds }))
        }
        Action::Reseal { item, title, sites, policy, .. } => {
            let old = &opened.first().ok_or(Refusal::Invalid)?.meaning;
            let mut changes = changes(old, title, sites, policy);
            // Other items without a site can be used nowhere; cards, wherever the phone's owner lets them.
            if sites.is_empty() && !old.sites.is_empty() && kinds.iter().any(|kind| kind.is_card()) {
                changes.push(Change::AnySite);
            }
            let subject = Subject::Reseal { item: *item, title: old.title.clone(), changes, kinds };
            let approver = log.approver().ok_or(Refusal::Invalid)?.key.clone();
            let (title, sites, policy) = (title.clone(), sites.clone(), policy.clone());
            Ok((subject, Work::Reseal { opened, approver, title, sites, policy }))
        }
        Action::Compare { item, .. } => {
            let title = opened.first().ok_or(Refusal::Invalid)?.meaning.title.clone();
            Ok((Subject::Compare { item: *item, title }, Work::Compare(equal)))
        }
        Action::AddDevice { entry } => {
            let entry = Entry::from_bytes(entry).map_err(refusal)?;
            if entry.author != Author::Device(me) {
                return Err(Refusal::Invalid);
            }
            log.check_draft(&entry).map_err(refusal)?;
            Ok((Subject::AddDevice { device: added_device(&entry).map_err(refusal)? }, Work::Sign(entry)))
        }
    }
}

/// Whether the owner wants the form submitted: that of a login or of a code, and of one origin.
fn may_submit(kinds: &[FieldKind], policy: &Policy, chain: &OriginChain) -> bool {
    let is_login = |kind: &FieldKind| matches!(kind, FieldKind::Password | FieldKind::OneTimeCodeSeed);
    policy.submit_after_fill && kinds.iter().all(is_login) && chain.single().is_some()
}

const fn sign_in(action: &Action) -> Option<SignIn> {
    match action {
        Action::Fill { sign_in, .. } => *sign_in,
        _ => None,
    }
}

/// Whether a code may follow: that of a login, which begins with its password, and not where the owner wants the PIN asked for each time.
fn has_code_next(action: &Action, opened: &[OpenedSeal]) -> bool {
    matches!(sign_in(action), Some(SignIn::Begins { .. }))
        && opened.iter().any(|seal| seal.meaning.kind == FieldKind::Password)
        && !opened.iter().any(|seal| seal.meaning.policy.verify_user)
}

/// Whether these fields may be filled there at all.
fn check_place(kinds: &[FieldKind], sites: &[Site], chain: &OriginChain) -> Result<(), Refusal> {
    let is_card = kinds.iter().all(|kind| kind.is_card());
    let is_allowed = if is_card { chain.allows_card(sites) } else { chain.allows_login(sites) };
    if is_allowed { Ok(()) } else { Err(Refusal::OtherSite) }
}

fn changes(old: &Meaning, title: &str, sites: &[Site], policy: &Policy) -> Vec<Change> {
    let mut changes = Vec::new();
    if old.title != title {
        changes.push(Change::Title { title: title.to_owned() });
    }
    let at = |sites: &[Site], origin: &Origin| sites.iter().filter(|site| site.origin == *origin).cloned().collect();
    for site in sites.iter().filter(|site| !old.sites.contains(site)) {
        let before: Vec<Site> = at(&old.sites, &site.origin);
        changes.push(match (before.is_empty(), &site.rule) {
            (true, _) => Change::SiteAdded(site.clone()),
            (false, SiteRule::Host) => Change::RuleTightened(site.clone()),
            (false, SiteRule::Domain { .. }) => Change::RuleLoosened(site.clone()),
        });
    }
    for site in old.sites.iter().filter(|site| !sites.contains(site)) {
        let after: Vec<Site> = at(sites, &site.origin);
        if after.is_empty() {
            changes.push(Change::SiteRemoved(site.clone()));
        }
    }
    match (old.policy.verify_user, policy.verify_user) {
        (true, false) => changes.push(Change::PolicyLoosened),
        (false, true) => changes.push(Change::PolicyTightened),
        _ => {}
    }
    match (old.policy.submit_after_fill, policy.submit_after_fill) {
        (false, true) => changes.push(Change::SubmitTurnedOn),
        (true, false) => changes.push(Change::SubmitTurnedOff),
        _ => {}
    }
    changes
}

fn warnings(subject: &Subject) -> Vec<Warning> {
    let origins: Vec<&Origin> = match subject {
        Subject::Fill { chain, sites, .. } | Subject::Copy { chain, sites, .. } => {
            chain.origins().iter().chain(sites.iter().map(|site| &site.origin)).collect()
        }
        Subject::Reseal { changes, .. } => changes
            .iter()
            .filter_map(|change| match change {
                Change::SiteAdded(site) | Change::RuleLoosened(site) => Some(&site.origin),
                _ => None,
            })
            .collect(),
        Subject::Compare { .. } | Subject::AddDevice { .. } => Vec::new(),
    };
    let mut warnings = Vec::new();
    let mut warn = |warning: Warning| {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    };
    if let Subject::Fill { chain, .. } | Subject::Copy { chain, .. } = subject
        && let (None, [top, .., frame]) = (chain.single(), chain.origins())
    {
        warn(Warning::CrossOriginFrame { top: top.clone(), frame: frame.clone() });
    }
    for origin in origins {
        if origin.is_punycode() {
            warn(Warning::Punycode(origin.clone()));
        }
        if !origin.is_trustworthy() {
            warn(Warning::Insecure(origin.clone()));
        }
    }
    warnings
}

#[cfg(test)]
#[cfg(feature = "native")]
mod tests {
    use super::*;
    use crate::{
        compare::Compared,
        field::{FieldAddress, FieldCiphertext},
        id::AccountId,
        log::Action as LogAction,
        native::NativeKeys,
        request::{OneTimeCode, Pending, SignedAsk},
        secret::Key256,
        testing::*,
    };
    use std::sync::LazyLock;

    static LOG: LazyLock<Log> = LazyLock::new(log);
    const ITEM: ItemId = ItemId([1; 16]);
    const NUMBER: u8 = 42;

    fn key(field: u8) -> Key256 {
        Key256::new([field; 32])
    }

    fn field(field: u8, kind: FieldKind) -> Meaning {
        meaning(LOG.account(), ITEM, FieldId([field; 16]), kind)
    }

    fn chain(origins: &[&str]) -> OriginChain {
        OriginChain::new(origins.iter().map(|text| origin(text)).collect()).unwrap()
    }

    fn fill(fields: &[u8], origins: &[&str]) -> Action {
        let fields = fields.iter().map(|field| FieldId([*field; 16])).collect();
        Action::Fill { item: ITEM, fields, chain: chain(origins), sign_in: None, submit: false }
    }

    fn request(action: Action, meanings: &[Meaning]) -> Request {
        request_by(&BROWSER, browser().id(), NOW, action, meanings)
    }

    fn request_by(
        keys: &NativeKeys,
        asker: DeviceId,
        time: UnixMillis,
        action: Action,
        meanings: &[Meaning],
    ) -> Request {
        let number = Number::try_from(NUMBER).unwrap();
        let id = RequestId([7; 16]);
        let ask = Ask { version: 1, account: LOG.account(), id, time, asker, action, number };
        let signed = run(SignedAsk::make(&ask, keys)).unwrap();
        let seals = meanings.iter().map(|meaning| seal(meaning, &key(meaning.address.field.0[0]))).collect();
        Pending::make(signed, seals, LOG.head()).unwrap().1
    }

    fn check_at(request: &Request, now: UnixMillis) -> Result<Review, Refusal> {
        let (me, sender) = (phone().id(), desktop().id());
        run(Review::check(request, Hash([0; 32]), &LOG, me, &*APPROVER, sender, now))
    }

    fn check(request: &Request) -> Result<Review, Refusal> {
        check_at(request, NOW)
    }

    fn refused(action: Action, meanings: &[Meaning]) -> Refusal {
        check(&request(action, meanings)).unwrap_err()
    }

    const HOME: &str = "https://login.example.com";

    #[test]
    fn a_fill_shows_what_the_seal_says_and_releases_just_that() {
        let fields = [field(1, FieldKind::Password), field(2, FieldKind::Hidden)];
        let review = check(&request(fill(&[1, 2], &[HOME, HOME]), &fields)).unwrap();
        assert_eq!((review.asker.clone(), review.computer.clone()), (browser(), desktop()));
        assert!(review.warnings.is_empty() && !review.verify_user);
        let expected = Subject::Fill {
            item: ITEM,
            title: "Example".into(),
            sites: vec![Site::exact(origin(HOME))],
            kinds: vec![FieldKind::Password, FieldKind::Hidden],
            chain: chain(&[HOME, HOME]),
            code_next: false,
            submit: false,
        };
        assert_eq!(review.subject, expected);
        match run(review.approve(NUMBER, &*PHONE, NOW)) {
            Ok(Yield::Release { keys, codes }) => {
                assert_eq!(keys, vec![(FieldId([1; 16]), 3, key(1)), (FieldId([2; 16]), 3, key(2))]);
                assert_eq!(codes, vec![]);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_number_or_a_late_approval_ends_it() {
        let review = || check(&request(fill(&[1], &[HOME]), &[field(1, FieldKind::Password)])).unwrap();
        for typed in [0, NUMBER - 1, NUMBER + 1, 255] {
            assert_eq!(run(review().approve(typed, &*PHONE, NOW)).unwrap_err(), Refusal::WrongNumber);
        }
        let expires = review().expires();
        assert_eq!(run(review().approve(NUMBER, &*PHONE, expires)).unwrap_err(), Refusal::Expired);
        assert!(run(review().approve(NUMBER, &*PHONE, UnixMillis(expires.0 - 1))).is_ok());
    }

    #[test]
    fn times_are_checked() {
        let request = request(fill(&[1], &[HOME]), &[field(1, FieldKind::Password)]);
        let at = |now: u64| check_at(&request, UnixMillis(now)).map(|_| ());
        assert_eq!(at(NOW.0 - CLOCK_SKEW_MILLIS), Ok(()));
        assert_eq!(at(NOW.0 - CLOCK_SKEW_MILLIS - 1), Err(Refusal::Expired));
        assert_eq!(at(NOW.0 + LIFETIME_MILLIS + CLOCK_SKEW_MILLIS - 1), Ok(()));
        assert_eq!(at(NOW.0 + LIFETIME_MILLIS + CLOCK_SKEW_MILLIS), Err(Refusal::Expired));
    }

    #[test]
    fn an_item_is_not_asked_for_under_another_site() {
        let password = [field(1, FieldKind::Password)];
        for origins in [
            &["https://evil.example"][..],
            &["https://example.com"],
            &["http://login.example.com"],
            &["https://login.example.com:8443"],
            // A login never goes into, or out of, a cross-origin frame.
            &["https://evil.example", HOME],
            &[HOME, "https://evil.example"],
            &[HOME, "https://evil.example", HOME],
        ] {
            assert_eq!(refused(fill(&[1], origins), &password), Refusal::OtherSite, "{origins:?}");
        }
        let nowhere = Meaning { sites: vec![], ..field(1, FieldKind::Password) };
        assert_eq!(refused(fill(&[1], &[HOME]), &[nowhere]), Refusal::OtherSite);
    }

    #[test]
    fn an_item_is_not_asked_for_in_anothers_name() {
        let good = field(1, FieldKind::Password);
        let address = |change: fn(&mut FieldAddress)| {
            let mut meaning = good.clone();
            change(&mut meaning.address);
            meaning
        };
        let others = [
            address(|address| address.item = ItemId([9; 16])),
            address(|address| address.field = FieldId([9; 16])),
            address(|address| address.account = AccountId([9; 32])),
        ];
        for other in others {
            assert_eq!(refused(fill(&[1], &[HOME]), &[other]), Refusal::Invalid);
        }
        // Seals of one item that disagree: one is from before an edit.
        let changes: [fn(&mut Meaning); 3] = [
            |meaning| meaning.title = "Other".into(),
            |meaning| meaning.sites.push(Site::exact(origin("https://evil.example"))),
            |meaning| meaning.policy.verify_user = true,
        ];
        for change in changes {
            let mut second = field(2, FieldKind::Hidden);
            change(&mut second);
            assert_eq!(refused(fill(&[1, 2], &[HOME]), &[good.clone(), second]), Refusal::Invalid);
        }
        // Swapped.
        let pair = [field(2, FieldKind::Hidden), good];
        assert_eq!(refused(fill(&[1, 2], &[HOME]), &pair), Refusal::Invalid);
    }

    #[test]
    fn seals_of_another_approver_are_refused() {
        let mut forged = request(fill(&[1], &[HOME]), &[field(1, FieldKind::Password)]);
        forged.seals = vec![FieldSeal::make(OTHER_APPROVER.public(), &key(1), &field(1, FieldKind::Password)).unwrap()];
        assert_eq!(check(&forged).unwrap_err(), Refusal::Invalid);
    }

    fn copy(origins: &[&str]) -> Action {
        Action::Copy { item: ITEM, field: FieldId([1; 16]), chain: chain(origins) }
    }

    #[test]
    fn a_code_is_copied_on_its_site_alone_and_says_so() {
        let seed = field(1, FieldKind::OneTimeCodeSeed);
        let asked = |origins: &[&str]| {
            let mut request = request(copy(origins), core::slice::from_ref(&seed));
            request.seeds = vec![sealed_seed(1, &seed, "seed")];
            check(&request)
        };
        let review = asked(&[HOME]).unwrap();
        let sites = vec![Site::exact(origin(HOME))];
        assert_eq!(review.subject, Subject::Copy { item: ITEM, title: "Example".into(), sites, chain: chain(&[HOME]) });
        let made = |_: &SecretBytes, _, _| Some(Codes::Timed([code("123456", 9), code("654321", 39)]));
        match run(review.approve_with_codes(NUMBER, &*PHONE, NOW, made)) {
            Ok(Yield::Release { keys, codes }) => assert!(keys.is_empty() && codes.len() == 1, "{codes:?}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(run(asked(&[HOME]).unwrap().approve(NUMBER + 1, &*PHONE, NOW)).unwrap_err(), Refusal::WrongNumber);
        for origins in [&["https://evil.example"][..], &["https://evil.example", HOME], &[HOME, "https://evil.example"]]
        {
            assert_eq!(asked(origins).unwrap_err(), Refusal::OtherSite, "{origins:?}");
        }
    }

    #[test]
    fn nothing_but_a_code_is_copied() {
        for kind in [FieldKind::Password, FieldKind::Hidden, FieldKind::CardNumber] {
            assert_eq!(refused(copy(&[HOME]), &[field(1, kind)]), Refusal::Invalid, "{kind:?}");
        }
        // Nor the seed itself.
        assert_eq!(refused(copy(&[HOME]), &[field(1, FieldKind::OneTimeCodeSeed)]), Refusal::Invalid);
    }

    fn sealed_seed(number: u8, meaning: &Meaning, text: &str) -> SealedSeed {
        let seed = SecretBytes::from(String::from(text));
        let ciphertext = FieldCiphertext::make(&key(number), &meaning.address, &seed).unwrap();
        SealedSeed { field: meaning.address.field, ciphertext, counter: None }
    }

    fn code(digits: &str, remaining_millis: u64) -> OneTimeCode {
        OneTimeCode { digits: SecretBytes::from(String::from(digits)), remaining_millis }
    }

    #[test]
    fn a_seed_is_never_released_but_its_codes_are() {
        let both = [field(1, FieldKind::Password), field(2, FieldKind::OneTimeCodeSeed)];
        let mut asked = request(fill(&[1, 2], &[HOME]), &both);
        asked.seeds = vec![sealed_seed(2, &both[1], "the seed")];
        let review = || check(&asked).unwrap();
        let both = || Codes::Timed([code("123456", 7_000), code("654321", 37_000)]);
        let codes = |seed: &SecretBytes, counter: Option<u64>, now: UnixMillis| {
            assert_eq!((seed.expose(), counter, now), (&b"the seed"[..], None, NOW));
            Some(both())
        };
        match run(review().approve_with_codes(NUMBER, &*PHONE, NOW, codes)) {
            Ok(Yield::Release { keys, codes }) => {
                assert_eq!(keys, vec![(FieldId([1; 16]), 3, key(1))], "the seed's own key stays here");
                assert_eq!(codes, vec![(FieldId([2; 16]), both())]);
            }
            other => panic!("{other:?}"),
        }
        // A counter goes with its seed.
        asked.seeds[0].counter = Some(41);
        let counted = |_: &SecretBytes, counter: Option<u64>, _: UnixMillis| {
            Some(Codes::Counted { digits: SecretBytes::from(String::from("755224")), counter: counter? })
        };
        match run(check(&asked).unwrap().approve_with_codes(NUMBER, &*PHONE, NOW, counted)) {
            Ok(Yield::Release { codes, .. }) => {
                assert!(matches!(codes.as_slice(), [(_, Codes::Counted { counter: 41, .. })]), "{codes:?}");
            }
            other => panic!("{other:?}"),
        }
        let review = || check(&asked).unwrap();
        // Whoever cannot make codes releases nothing at all.
        assert_eq!(run(review().approve(NUMBER, &*PHONE, NOW)).unwrap_err(), Refusal::Unsupported);
    }

    #[test]
    fn seeds_must_be_those_of_the_ask() {
        let (password, seed) = (field(1, FieldKind::Password), field(2, FieldKind::OneTimeCodeSeed));
        let meanings = [password.clone(), seed.clone()];
        let with = |seeds: Vec<SealedSeed>| {
            let mut asked = request(fill(&[1, 2], &[HOME]), &meanings);
            asked.seeds = seeds;
            check(&asked).map(|_| ())
        };
        let right = sealed_seed(2, &seed, "the seed");
        assert_eq!(with(vec![right.clone()]), Ok(()));
        // None; that of another field; one under another key, or of another version; one beside it that is no seed.
        assert_eq!(with(vec![]), Err(Refusal::Invalid));
        assert_eq!(with(vec![sealed_seed(1, &password, "no seed")]), Err(Refusal::Invalid));
        assert_eq!(with(vec![sealed_seed(1, &seed, "another key")]), Err(Refusal::Invalid));
        let mut older = seed.clone();
        older.address.version -= 1;
        assert_eq!(with(vec![sealed_seed(2, &older, "an old seed")]), Err(Refusal::Invalid));
        assert_eq!(with(vec![right, sealed_seed(1, &password, "a password")]), Err(Refusal::Invalid));
        // A seed goes where its login goes, and not into a frame of another site.
        let framed = request(fill(&[2], &[HOME, "https://frame.example"]), &[seed]);
        assert_eq!(check(&framed).unwrap_err(), Refusal::OtherSite);
    }

    #[test]
    fn a_card_may_go_into_a_frame_and_both_origins_are_shown() {
        let card = |sites: &[&str]| Meaning {
            sites: sites.iter().map(|site| Site::exact(origin(site))).collect(),
            ..field(1, FieldKind::CardNumber)
        };
        let (shop, frame) = ("https://shop.example", "https://pay.example");
        let review = check(&request(fill(&[1], &[shop, frame]), &[card(&[])])).unwrap();
        let warning = Warning::CrossOriginFrame { top: origin(shop), frame: origin(frame) };
        assert_eq!(review.warnings, vec![warning]);
        assert!(check(&request(fill(&[1], &[shop, frame]), &[card(&[shop])])).is_ok());
        assert_eq!(refused(fill(&[1], &[shop, frame]), &[card(&[frame])]), Refusal::OtherSite);
        assert_eq!(refused(fill(&[1], &["http://shop.example"]), &[card(&[])]), Refusal::OtherSite);
        assert_eq!(refused(fill(&[1], &["http://shop.example", frame]), &[card(&[])]), Refusal::OtherSite);
        // With a password beside it, the stricter rule holds.
        let mixed = [card(&[]), Meaning { sites: vec![], ..field(2, FieldKind::Password) }];
        assert_eq!(refused(fill(&[1, 2], &[shop]), &mixed), Refusal::OtherSite);
    }

    #[test]
    fn punycode_and_plain_http_are_pointed_out() {
        let (puny, plain) = ("https://www.xn--pple-43d.com", "http://router.example");
        for (site, warning) in [(puny, Warning::Punycode(origin(puny))), (plain, Warning::Insecure(origin(plain)))] {
            let meaning = Meaning { sites: vec![Site::exact(origin(site))], ..field(1, FieldKind::Password) };
            let review = check(&request(fill(&[1], &[site]), &[meaning])).unwrap();
            assert_eq!(review.warnings, vec![warning]);
        }
        let local =
            Meaning { sites: vec![Site::exact(origin("http://localhost:3000"))], ..field(1, FieldKind::Password) };
        let review = check(&request(fill(&[1], &["http://localhost:3000"]), &[local])).unwrap();
        assert_eq!(review.warnings, vec![]);
    }

    #[test]
    fn only_a_desktop_sends_only_an_approver_checks_and_logs_agree() {
        let good = request(fill(&[1], &[HOME]), &[field(1, FieldKind::Password)]);
        let check = |request: &Request, log: &Log, me: DeviceId, sender: DeviceId| {
            run(Review::check(request, Hash([0; 32]), log, me, &*APPROVER, sender, NOW)).map(|_| ())
        };
        assert_eq!(check(&good, &LOG, phone().id(), desktop().id()), Ok(()));
        assert_eq!(check(&good, &LOG, phone().id(), browser().id()), Err(Refusal::Invalid));
        assert_eq!(check(&good, &LOG, phone().id(), phone().id()), Err(Refusal::Invalid));
        assert_eq!(check(&good, &LOG, desktop().id(), desktop().id()), Err(Refusal::Invalid));
        let mut longer = LOG.clone();
        let suspend = |device: DeviceId| LogAction::SuspendDevice { device };
        extend(&mut longer, &PHONE, &phone(), suspend(device(&DESKTOP, DeviceKind::Desktop, "").id()));
        assert_eq!(check(&good, &longer, phone().id(), desktop().id()), Err(Refusal::Invalid));
        let mut rolled_back = good;
        rolled_back.log_head = LOG.entries()[0].hash();
        assert_eq!(check(&rolled_back, &LOG, phone().id(), desktop().id()), Err(Refusal::LogsDiffer));
    }

    #[test]
    fn a_desktop_cannot_ask_for_a_fill_nor_sign_for_a_browser() {
        let fields = [field(1, FieldKind::Password)];
        for (keys, asker) in [(&*DESKTOP, desktop().id()), (&*DESKTOP, browser().id()), (&*STRANGER, browser().id())] {
            let request = request_by(keys, asker, NOW, fill(&[1], &[HOME]), &fields);
            assert_eq!(check(&request).unwrap_err(), Refusal::Invalid);
        }
    }

    fn reseal(title: &str, sites: Vec<Site>, verify_user: bool) -> Action {
        let (title, policy) = (title.to_owned(), Policy { verify_user, ..Policy::default() });
        Action::Reseal { item: ITEM, fields: vec![FieldId([1; 16])], title, sites, policy }
    }

    #[test]
    fn a_reseal_keeps_the_key_and_takes_the_new_meaning() {
        let old = field(1, FieldKind::OneTimeCodeSeed);
        let sites = vec![Site::exact(origin(HOME)), Site::exact(origin("https://new.example"))];
        let action = reseal("Renamed", sites.clone(), true);
        let review = check(&request(action, std::slice::from_ref(&old))).unwrap();
        let Subject::Reseal { title, changes, .. } = review.subject.clone() else { panic!("{:?}", review.subject) };
        assert_eq!(title, "Example");
        let expected = vec![
            Change::Title { title: "Renamed".into() },
            Change::SiteAdded(sites[1].clone()),
            Change::PolicyTightened,
        ];
        assert_eq!(changes, expected);
        let Ok(Yield::Seals(seals)) = run(review.approve(NUMBER, &*PHONE, NOW)) else { panic!("no seals") };
        let opened = run(seals[0].1.open(&*APPROVER)).unwrap();
        let policy = Policy { verify_user: true, ..Policy::default() };
        let expected = Meaning { title: "Renamed".into(), sites, policy, ..old };
        assert_eq!((seals[0].0, opened.content_key, opened.meaning), (FieldId([1; 16]), key(1), expected));
    }

    #[test]
    fn what_widens_an_item_needs_consent() {
        let wide = |text: &str| Site { origin: origin(text), rule: SiteRule::Domain { domain: "example.com".into() } };
        let (home, plain) = (Site::exact(origin(HOME)), Site::exact(origin("http://login.example.com")));
        let changes = |old: Vec<Site>, new: Vec<Site>, verify: (bool, bool)| {
            let policy = Policy { verify_user: verify.0, ..Policy::default() };
            let old = Meaning { sites: old, policy, ..field(1, FieldKind::Password) };
            let review = check(&request(reseal("Example", new, verify.1), &[old])).unwrap();
            let Subject::Reseal { changes, .. } = review.subject else { panic!("no reseal") };
            let consent = changes.iter().any(Change::needs_consent);
            (changes, consent)
        };
        let same = (false, false);
        assert_eq!(changes(vec![home.clone()], vec![home.clone()], same), (vec![], false));
        let loosened = Change::RuleLoosened(wide(HOME));
        assert_eq!(changes(vec![home.clone()], vec![wide(HOME)], same), (vec![loosened], true));
        let tightened = Change::RuleTightened(home.clone());
        assert_eq!(changes(vec![wide(HOME)], vec![home.clone()], same), (vec![tightened], false));
        let added = Change::SiteAdded(plain.clone());
        let removed = Change::SiteRemoved(home.clone());
        assert_eq!(changes(vec![home.clone()], vec![plain], same), (vec![added, removed], true));
        assert_eq!(changes(vec![], vec![], (true, false)), (vec![Change::PolicyLoosened], true));
    }

    /// A fill after which the form is submitted, of an item whose owner wants that or not.
    fn submitting(fields: &[Meaning], wanted: bool, origins: &[&str]) -> Result<Review, Refusal> {
        let policy = Policy { submit_after_fill: wanted, ..Policy::default() };
        let fields: Vec<_> = fields.iter().map(|field| Meaning { policy: policy.clone(), ..field.clone() }).collect();
        let ids: Vec<u8> = fields.iter().map(|field| field.address.field.0[0]).collect();
        let mut action = fill(&ids, origins);
        if let Action::Fill { submit, .. } = &mut action {
            *submit = true;
        }
        check(&request(action, &fields))
    }

    #[test]
    fn a_form_is_submitted_only_where_the_seal_says_so() {
        let password = [field(1, FieldKind::Password)];
        let review = submitting(&password, true, &[HOME]).unwrap();
        assert!(matches!(review.subject, Subject::Fill { submit: true, .. }), "{:?}", review.subject);
        assert_eq!(submitting(&password, false, &[HOME]).unwrap_err(), Refusal::Invalid);
        // The wish alone submits nothing: the browser has to have asked for it.
        let policy = Policy { submit_after_fill: true, ..Policy::default() };
        let quiet = Meaning { policy, ..field(1, FieldKind::Password) };
        let review = check(&request(fill(&[1], &[HOME]), &[quiet])).unwrap();
        assert!(matches!(review.subject, Subject::Fill { submit: false, .. }));
    }

    #[test]
    fn only_logins_are_submitted() {
        for kind in [FieldKind::CardNumber, FieldKind::Hidden, FieldKind::Note] {
            let fields = [field(1, FieldKind::Password), field(2, kind)];
            assert_eq!(submitting(&fields, true, &[HOME]).unwrap_err(), Refusal::Invalid, "{kind:?}");
            assert_eq!(submitting(&[field(1, kind)], true, &[HOME]).unwrap_err(), Refusal::Invalid, "{kind:?}");
        }
    }

    #[test]
    fn submitting_is_turned_on_with_consent_only() {
        let changes = |old: bool, new: bool| {
            let policy = |submit_after_fill| Policy { submit_after_fill, ..Policy::default() };
            let old = Meaning { policy: policy(old), ..field(1, FieldKind::Password) };
            let mut action = reseal("Example", old.sites.clone(), false);
            if let Action::Reseal { policy: wanted, .. } = &mut action {
                *wanted = policy(new);
            }
            let review = check(&request(action, &[old])).unwrap();
            let Subject::Reseal { changes, .. } = review.subject else { panic!("no reseal") };
            let consent = changes.iter().any(Change::needs_consent);
            (changes, consent)
        };
        assert_eq!(changes(false, true), (vec![Change::SubmitTurnedOn], true));
        assert_eq!(changes(true, false), (vec![Change::SubmitTurnedOff], false));
        assert_eq!(changes(true, true), (vec![], false));
    }

    #[test]
    fn a_card_without_a_site_is_wider_not_narrower() {
        let home = Site::exact(origin(HOME));
        let changes = |kind: FieldKind, new: Vec<Site>| {
            let old = Meaning { sites: vec![home.clone()], ..field(1, kind) };
            let review = check(&request(reseal("Example", new, false), &[old])).unwrap();
            let Subject::Reseal { changes, .. } = review.subject else { panic!("no reseal") };
            changes
        };
        let removed = Change::SiteRemoved(home.clone());
        let card = changes(FieldKind::CardNumber, vec![]);
        assert_eq!(card, vec![removed.clone(), Change::AnySite]);
        assert!(card.iter().any(Change::needs_consent));
        let login = changes(FieldKind::Password, vec![]);
        assert!(login == vec![removed] && !login.iter().any(Change::needs_consent));
        assert_eq!(changes(FieldKind::CardNumber, vec![home.clone()]), vec![]);
    }

    /// A request to compare what is stored with another value, as a daemon makes it: the two meanings, and what they seal.
    fn comparison(stored: (&Meaning, &str), other: (&Meaning, &str)) -> Request {
        let lock = |(meaning, text): (&Meaning, &str), key: &Key256| {
            let value = SecretBytes::from(text.to_owned());
            (seal(meaning, key), FieldCiphertext::make(key, &meaning.address, &value).unwrap())
        };
        let ((seal, stored_value), (other_seal, other)) = (lock(stored, &key(1)), lock(other, &key(2)));
        let action = Action::Compare { item: ITEM, field: FieldId([1; 16]) };
        let (number, id) = (Number::try_from(NUMBER).unwrap(), RequestId([7; 16]));
        let ask = Ask { version: 1, account: LOG.account(), id, time: NOW, asker: desktop().id(), action, number };
        let signed = run(SignedAsk::make(&ask, &*DESKTOP)).unwrap();
        let compared = Compared { stored: stored_value, seal: other_seal, other };
        let (_, request) = Pending::make_to_compare(signed, seal, compared, LOG.head()).unwrap();
        Request::from_bytes(&request.to_bytes().unwrap()).unwrap().0
    }

    /// Another value of the same field.
    fn next(meaning: &Meaning) -> Meaning {
        let address = FieldAddress { version: meaning.address.version + 1, ..meaning.address };
        Meaning { address, ..meaning.clone() }
    }

    #[test]
    fn a_comparison_says_yes_or_no_and_opens_nothing() {
        let stored = field(1, FieldKind::Password);
        let said = |other: &str| {
            let review = check(&comparison((&stored, "hunter2"), (&next(&stored), other))).unwrap();
            assert_eq!(review.subject, Subject::Compare { item: ITEM, title: "Example".into() });
            match review.compare(NOW) {
                Ok(Yield::Equal(equal)) => equal,
                other => panic!("{other:?}"),
            }
        };
        assert!(said("hunter2") && !said("hunter3") && !said(""));
        // It is no approval, and no approval is one.
        let review = check(&comparison((&stored, "hunter2"), (&next(&stored), "hunter2"))).unwrap();
        assert_eq!(run(review.approve(NUMBER, &*PHONE, NOW)).unwrap_err(), Refusal::Invalid);
        let fill = check(&request(fill(&[1], &[HOME]), &[stored])).unwrap();
        assert_eq!(fill.compare(NOW).unwrap_err(), Refusal::Invalid);
    }

    #[test]
    fn only_two_values_of_one_password_are_compared() {
        let stored = field(1, FieldKind::Password);
        let spoils: [fn(&mut Meaning); 7] = [
            |meaning| meaning.title = "Newsletter".into(),
            |meaning| meaning.policy.verify_user = true,
            |meaning| meaning.sites.clear(),
            |meaning| meaning.address.account = AccountId([9; 32]),
            |meaning| meaning.address.item = ItemId([9; 16]),
            |meaning| meaning.address.field = FieldId([9; 16]),
            |meaning| meaning.kind = FieldKind::Hidden,
        ];
        for (index, spoil) in spoils.into_iter().enumerate() {
            let mut other = next(&stored);
            spoil(&mut other);
            let refused = check(&comparison((&stored, "hunter2"), (&other, "hunter2"))).unwrap_err();
            assert_eq!(refused, Refusal::Invalid, "{index}");
            let refused = check(&comparison((&other, "hunter2"), (&next(&stored), "hunter2"))).unwrap_err();
            assert_eq!(refused, Refusal::Invalid, "{index}");
        }
        let note = field(1, FieldKind::Note);
        assert_eq!(check(&comparison((&note, "x"), (&next(&note), "x"))).unwrap_err(), Refusal::Invalid);
        let policy = Policy { verify_user: true, ..Policy::default() };
        let guarded = Meaning { policy, ..stored };
        let review = check(&comparison((&guarded, "x"), (&next(&guarded), "x"))).unwrap();
        assert_eq!(review.compare(NOW).unwrap_err(), Refusal::Invalid);
    }

    #[test]
    fn a_comparison_comes_with_what_is_compared_and_nothing_else_does() {
        let stored = field(1, FieldKind::Password);
        let whole = comparison((&stored, "x"), (&next(&stored), "x"));
        let malformed = |request: &Request| Request::from_bytes(&request.to_bytes().unwrap()).unwrap_err();
        let without = Request { compared: None, ..whole.clone() };
        assert_eq!(malformed(&without), crate::Error::Malformed("compared"));
        let fill = request(fill(&[1], &[HOME]), std::slice::from_ref(&stored));
        assert_eq!(
            malformed(&Request { compared: whole.compared.clone(), ..fill }),
            crate::Error::Malformed("compared")
        );
        let mut large = whole;
        large.compared.as_mut().unwrap().other.0 = vec![0; 4097];
        assert!(matches!(malformed(&large), crate::Error::TooLarge { .. }));
    }

    #[test]
    fn a_device_is_added_by_its_own_ask_and_the_approvers_signature() {
        let joiner = device(&STRANGER, DeviceKind::Browser, "New browser");
        let change = LogAction::AddDevice { device: joiner.clone() };
        let draft = LOG.draft(Author::Device(phone().id()), change.clone(), NOW).unwrap();
        let ask = |entry: &Entry, keys: &NativeKeys, asker: DeviceId| {
            let action = Action::AddDevice { entry: entry.to_bytes().unwrap() };
            check(&request_by(keys, asker, NOW, action, &[]))
        };
        let review = ask(&draft, &STRANGER, joiner.id()).unwrap();
        assert_eq!(review.subject, Subject::AddDevice { device: joiner.clone() });
        assert_eq!(review.asker, joiner);
        let Ok(Yield::Entry(entry)) = run(review.approve(NUMBER, &*PHONE, NOW)) else { panic!("no entry") };
        let mut longer = LOG.clone();
        longer.append(entry).unwrap();
        assert_eq!(longer.active(joiner.id()).unwrap().device, joiner);
        // Signed by another, for another, by another author, or for another place in the log.
        assert_eq!(ask(&draft, &BROWSER, joiner.id()).unwrap_err(), Refusal::Invalid);
        assert_eq!(ask(&draft, &BROWSER, browser().id()).unwrap_err(), Refusal::Invalid);
        let spoils: [fn(&mut Entry); 3] =
            [|entry| entry.author = Author::Recovery, |entry| entry.sequence += 1, |entry| entry.previous = None];
        for spoil in spoils {
            let mut entry = draft.clone();
            spoil(&mut entry);
            assert_eq!(ask(&entry, &STRANGER, joiner.id()).unwrap_err(), Refusal::Invalid);
        }
    }

    #[test]
    fn no_other_entry_is_signed_on_request() {
        let remove = LogAction::RemoveDevice { device: browser().id() };
        let entry = LOG.draft(Author::Device(phone().id()), remove, NOW).unwrap();
        let action = Action::AddDevice { entry: entry.to_bytes().unwrap() };
        assert!(action.check().is_err());
    }

    #[test]
    fn debug_shows_only_the_id() {
        let review = check(&request(fill(&[1], &[HOME]), &[field(1, FieldKind::Password)])).unwrap();
        assert_eq!(format!("{review:?}"), format!("Review({})", RequestId([7; 16])));
    }
}
