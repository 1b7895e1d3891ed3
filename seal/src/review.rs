//! The phone's side of a request: all checks, what to show, and what an approval yields.
//!
//! What is shown comes from inside the seals, from the signed ask and from the device log; never from what a desktop merely says.

use crate::{
    envelope::CLOCK_SKEW_MILLIS,
    field::{FieldKind, FieldSeal, Meaning, OpenedSeal, Policy},
    id::{DeviceId, FieldId, Hash, ItemId, RequestId, UnixMillis},
    keys::{Sign, Unwrap, WrappingKey},
    log::{Author, Device, DeviceKind, Entry, Log},
    origin::{Origin, OriginChain, Scheme, Site, SiteRule},
    request::{Action, Ask, LIFETIME_MILLIS, Number, Refusal, Request, Yield, added_device},
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
    /// The phone no longer asks for its PIN before each answer.
    PolicyLoosened,
    /// The phone asks for its PIN before each answer.
    PolicyTightened,
}

impl Change {
    /// Whether the item could afterwards be used where, or more easily than, it could not before: such a change needs the user's express consent.
    #[must_use]
    pub const fn needs_consent(&self) -> bool {
        matches!(self, Self::SiteAdded(_) | Self::RuleLoosened(_) | Self::PolicyLoosened)
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
    Release(Vec<OpenedSeal>),
    Reseal { opened: Vec<OpenedSeal>, approver: WrappingKey, title: String, sites: Vec<Site>, policy: Policy },
    Sign(Entry),
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
        let (subject, work) = prepare(&ask, opened, log, me)?;
        Ok(Self {
            id: ask.id,
            hash,
            asker,
            computer: computer.clone(),
            time: ask.time,
            warnings: warnings(&subject),
            subject,
            verify_user,
            number: ask.number,
            work,
        })
    }

    /// The user approves and typed `typed`. A wrong number or a late approval ends the request.
    pub async fn approve(self, typed: u8, keys: &impl Sign, now: UnixMillis) -> Result<Yield, Refusal> {
        check_time(self.time, now)?;
        if typed != self.number.get() {
            return Err(Refusal::WrongNumber);
        }
        match self.work {
            Work::Release(opened) => Ok(Yield::Keys(opened.into_iter().map(release).collect())),
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

fn prepare(ask: &Ask, opened: Vec<OpenedSeal>, log: &Log, me: DeviceId) -> Result<(Subject, Work), Refusal> {
    let kinds = opened.iter().map(|seal| seal.meaning.kind).collect::<Vec<_>>();
    match &ask.action {
        Action::Fill { item, chain, .. } => {
            let Meaning { title, sites, .. } = &opened.first().ok_or(Refusal::Invalid)?.meaning;
            check_place(&kinds, sites, chain)?;
            let subject =
                Subject::Fill { item: *item, title: title.clone(), sites: sites.clone(), kinds, chain: chain.clone() };
            Ok((subject, Work::Release(opened)))
        }
        Action::Reseal { item, title, sites, policy, .. } => {
            let old = &opened.first().ok_or(Refusal::Invalid)?.meaning;
            let changes = changes(old, title, sites, policy);
            let subject = Subject::Reseal { item: *item, title: old.title.clone(), changes, kinds };
            let approver = log.approver().ok_or(Refusal::Invalid)?.key.clone();
            let (title, sites, policy) = (title.clone(), sites.clone(), policy.clone());
            Ok((subject, Work::Reseal { opened, approver, title, sites, policy }))
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

/// Whether these fields may be filled there at all.
fn check_place(kinds: &[FieldKind], sites: &[Site], chain: &OriginChain) -> Result<(), Refusal> {
    // Phones answer codes, never the seed that makes them.
    if kinds.contains(&FieldKind::OneTimeCodeSeed) {
        return Err(Refusal::Unsupported);
    }
    let is_allowed = if kinds.iter().all(|kind| kind.is_card()) {
        allows_card(sites, chain)
    } else {
        chain.single().is_some_and(|page| sites.iter().any(|site| site.allows(page)))
    };
    if is_allowed { Ok(()) } else { Err(Refusal::OtherSite) }
}

/// A card goes to encrypted pages only; into a frame of another origin too (the phone shows both); on any shop unless its item names sites.
fn allows_card(sites: &[Site], chain: &OriginChain) -> bool {
    let is_encrypted = chain.origins().iter().all(|origin| origin.scheme() == Scheme::Https);
    let is_named = chain.origins().first().is_some_and(|top| sites.iter().any(|site| site.allows(top)));
    is_encrypted && (sites.is_empty() || is_named)
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
    changes
}

fn warnings(subject: &Subject) -> Vec<Warning> {
    let origins: Vec<&Origin> = match subject {
        Subject::Fill { chain, sites, .. } => {
            chain.origins().iter().chain(sites.iter().map(|site| &site.origin)).collect()
        }
        Subject::Reseal { changes, .. } => changes
            .iter()
            .filter_map(|change| match change {
                Change::SiteAdded(site) | Change::RuleLoosened(site) => Some(&site.origin),
                _ => None,
            })
            .collect(),
        Subject::AddDevice { .. } => Vec::new(),
    };
    let mut warnings = Vec::new();
    let mut warn = |warning: Warning| {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    };
    if let Subject::Fill { chain, .. } = subject
        && let (None, [top, .., frame]) = (chain.single(), chain.origins())
    {
        warn(Warning::CrossOriginFrame { top: top.clone(), frame: frame.clone() });
    }
    for origin in origins {
        if origin.is_punycode() {
            warn(Warning::Punycode(origin.clone()));
        }
        if origin.scheme() == Scheme::Http && !is_loopback(origin) {
            warn(Warning::Insecure(origin.clone()));
        }
    }
    warnings
}

/// What a browser counts as trustworthy without encryption (W3C Secure Contexts, section 3.1).
fn is_loopback(origin: &Origin) -> bool {
    let host = origin.host();
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.parse::<core::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}
