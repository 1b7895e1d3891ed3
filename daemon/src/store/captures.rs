//! Logins that pages were given and that wait for the user's word.
//!
//! What is captured is sealed at once: in a new item, and in a [`Proposal`] for each item that it could belong to, so that it can become either when nobody has it in
//! hand any more. A capture is one row among the store's secrets, under the store key and a random name. Nothing that could be compared with its value is stored.

use super::{Error, OpenStore, Result, database, now, open::is_damage, records::indexed, rows, write_secret};
use crate::{clock::Moment, sites::registrable_domain};
use countersign_seal::{
    approver::{SECRET_LIMIT, WrappedSecret},
    codec,
    compare::Compared,
    comparison::Tag,
    field::{FieldKind, FieldSeal, Policy},
    id::{CaptureId, FieldId, ItemId, UnixMillis},
    origin::{Origin, OriginChain, Site},
    secret::{Key256, SecretBytes},
};
use countersign_vault::{
    draft::{CheckedDraft, NAME_LIMIT},
    generator::{Generator, Recipe},
    item::{FieldDraft, FieldSummary, Guard, ItemDraft, ItemKind, ItemSummary, MetadataDraft},
    proposal::Proposal,
    record::{Item, Record},
};
use countersign_wire::capture::{
    CaptureSource, CaptureSummary, CaptureTarget, Captured, PASSWORD_LIMIT, USERNAME_LIMIT,
};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, HashSet};

/// The most captures that are kept.
pub const CAPTURE_LIMIT: usize = 200;
/// The most captures of one site: then the oldest that was submitted there goes, so that no page crowds out what others were given.
pub(super) const SITE_LIMIT: usize = 20;
/// The most items that one capture can update.
pub const UPDATE_LIMIT: usize = 5;
/// For how long one is kept that a site took or that was generated.
pub const LIFETIME_MILLIS: u64 = 30 * DAY;
/// For how long one is kept of which nobody knows what came of it.
const UNCERTAIN_MILLIS: u64 = DAY;
const DAY: u64 = 24 * 60 * 60 * 1000;
/// What the rows' names begin with.
const PREFIX: &str = "captures/";
/// The version of a row.
const VERSION: u16 = 1;

#[derive(Serialize, Deserialize)]
struct Row {
    version: u16,
    capture: Capture,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Capture {
    id: CaptureId,
    site: Origin,
    username: String,
    source: CaptureSource,
    at: UnixMillis,
    accepted: bool,
    /// Until when it is kept.
    until: UnixMillis,
    /// What it becomes if it is saved as a new item.
    item: Item,
    /// What it becomes if it updates one.
    proposals: Vec<Proposal>,
}

#[derive(Debug, Clone)]
struct Kept {
    /// The row's.
    name: String,
    capture: Capture,
}

impl Kept {
    fn is_made(&self) -> bool {
        self.capture.source == CaptureSource::Generated
    }
}

/// All captures.
#[derive(Debug, Default)]
pub(super) struct Captures {
    all: BTreeMap<CaptureId, Kept>,
    /// Until when days had passed for sure when the store was opened, and when that was.
    days: Option<(UnixMillis, Moment)>,
}

/// What is to be kept.
struct Given {
    site: Origin,
    username: String,
    password: SecretBytes,
    source: CaptureSource,
    at: UnixMillis,
}

/// An item that could be updated.
struct Target {
    item: ItemId,
    is_users: bool,
    had_present: bool,
    differs: bool,
}

impl Captures {
    /// Reads all rows. One that is damaged is left as it is, and counts for nothing.
    pub(super) async fn read(connection: &mut SqliteConnection, store_key: &Key256) -> Result<Self> {
        let mut captures = Self::default();
        for (name, data) in rows::read(connection, PREFIX).await? {
            match read_row(store_key, &name, data) {
                Ok(capture) => captures.put(Kept { name, capture }),
                Err(error) => tracing::warn!(%error, "a capture cannot be read, and is left as it is"),
            }
        }
        Ok(captures)
    }

    /// Until then days have passed for sure.
    pub(super) fn believe(&mut self, until: UnixMillis) {
        self.days = Some((until, Moment::now()));
    }

    fn put(&mut self, kept: Kept) {
        self.all.insert(kept.capture.id, kept);
    }

    fn get(&self, id: CaptureId) -> Result<&Kept> {
        self.all.get(&id).ok_or(Error::NoSuchCapture)
    }

    /// What time it is for sure, or later by the wall clock: what is dated by that is kept long enough.
    fn now(&self) -> UnixMillis {
        self.sure_now().map_or_else(now, |sure| sure.max(now()))
    }

    fn sure_now(&self) -> Option<UnixMillis> {
        let (until, since) = self.days?;
        Some(until.plus(u64::try_from(since.elapsed().as_millis()).unwrap_or(0)))
    }

    fn expired(&self) -> Vec<CaptureId> {
        let Some(now) = self.sure_now() else { return Vec::new() };
        self.all.values().filter(|kept| kept.capture.until <= now).map(|kept| kept.capture.id).collect()
    }

    /// The one that goes for another of its site: of those that were submitted the oldest, and first one of which nobody knows that the site took it.
    fn crowded_out(&self, site: &Origin, gone: &HashSet<CaptureId>) -> Option<CaptureId> {
        let here =
            || self.all.values().map(|kept| &kept.capture).filter(|one| one.site == *site && !gone.contains(&one.id));
        if here().count() < SITE_LIMIT {
            return None;
        }
        let submitted = here().filter(|one| one.source == CaptureSource::Submitted);
        submitted.min_by_key(|one| (one.accepted, one.at, one.id)).map(|one| one.id)
    }

    /// How many were made for a site that it has not taken, as far as is known.
    fn made_at(&self, site: &Origin) -> usize {
        let here = |kept: &&Kept| kept.capture.site == *site && kept.is_made() && !kept.capture.accepted;
        self.all.values().filter(here).count()
    }

    /// What the rows of these are called.
    fn names<'a>(&self, ids: impl IntoIterator<Item = &'a CaptureId>) -> Vec<String> {
        ids.into_iter().filter_map(|id| self.all.get(id)).map(|kept| kept.name.clone()).collect()
    }

    /// Others of the same site and user name that were submitted.
    fn rivals(&self, of: &Capture) -> impl Iterator<Item = &Capture> {
        self.all.values().map(|kept| &kept.capture).filter(|other| {
            other.id != of.id
                && other.site == of.site
                && is_same_name(&other.username, &of.username)
                && other.source == CaptureSource::Submitted
        })
    }

    /// What was made for the same user before this one, and never submitted as far as is known: what is in force now is this one, so they update nothing any more. They stay, as
    /// new items: nobody else has them, and the site may have taken one all the same.
    fn outdated(&self, by: &Capture) -> Vec<Kept> {
        let is_older = |kept: &&Kept| {
            let Capture { id, site, username, at, accepted, proposals, .. } = &kept.capture;
            let is_users = is_same_name(username, &by.username) || username.is_empty() || by.username.is_empty();
            let is_before = *id != by.id && *site == by.site && is_users && *at <= by.at;
            is_before && kept.is_made() && !accepted && !proposals.is_empty()
        };
        let mut outdated: Vec<_> = self.all.values().filter(is_older).cloned().collect();
        outdated.iter_mut().for_each(|kept| kept.capture.proposals.clear());
        outdated
    }
}

impl Capture {
    fn is_sealed(&self) -> bool {
        self.item.not_sealed() == 0 && self.proposals.iter().all(|proposal| proposal.guard() == Guard::Sealed)
    }

    /// Seals of items with long lists of sites are large: then fewer items are offered, the most likely ones first.
    fn cut(&mut self) -> Result<()> {
        while self.to_row()?.expose().len() > SECRET_LIMIT && self.proposals.pop().is_some() {}
        Ok(())
    }

    fn to_row(&self) -> Result<SecretBytes> {
        Ok(SecretBytes::new(codec::to_vec(&Row { version: VERSION, capture: self.clone() })?))
    }

    fn keep_from(&mut self, now: UnixMillis) {
        let is_certain = self.accepted || self.source == CaptureSource::Generated;
        self.until = now.plus(if is_certain { LIFETIME_MILLIS } else { UNCERTAIN_MILLIS });
    }
}

fn read_row(store_key: &Key256, name: &str, data: Vec<u8>) -> Result<Capture> {
    let bytes = WrappedSecret(data).open(store_key, name.as_bytes())?;
    let row: Row = codec::from_slice_versioned(bytes.expose(), "capture", SECRET_LIMIT, VERSION)?;
    Ok(row.capture)
}

async fn write_row(connection: &mut SqliteConnection, store_key: &Key256, kept: &Kept) -> Result<()> {
    write_secret(connection, store_key, &kept.name, &kept.capture.to_row()?).await
}

async fn write_rows(connection: &mut SqliteConnection, store_key: &Key256, all: &[Kept]) -> Result<()> {
    for kept in all {
        write_row(connection, store_key, kept).await?;
    }
    Ok(())
}

async fn delete_rows(connection: &mut SqliteConnection, names: &[String]) -> Result<()> {
    for name in names {
        rows::delete(connection, name).await?;
    }
    Ok(())
}

impl OpenStore {
    /// Seals and keeps what a page was given; `None` if it is stored already, or its site is ignored.
    ///
    /// A newer capture of a site and user name takes the place of an older one that was submitted and of which nobody knows that the site took it. One of the same value is the
    /// same capture.
    ///
    /// # Errors
    /// [`Error::OtherSite`] for a cross-origin frame, [`Error::Capture`], [`countersign_vault::Error::InvalidDraft`], [`Error::TooManyCaptures`], or the file's; nothing
    /// is kept then.
    pub async fn capture(&mut self, captured: Captured) -> Result<Option<CaptureSummary>> {
        let Captured { chain, username, password, present, at } = captured;
        let site = document(&chain)?;
        check(&username, &[Some(&password), present.as_ref()])?;
        // What was made there is wanted, and nobody else has it.
        if self.is_ignored(&site) && self.made(&site, self.known.tag(&password)?).is_none() {
            return Ok(None);
        }
        let username = username.trim().to_owned();
        let given = Given { site, username, password, source: CaptureSource::Submitted, at: at.min(now()) };
        let Some(targets) = self.targets(&given, present.as_ref()).await? else { return Ok(None) };
        self.keep(given, targets).await.map(Some)
    }

    /// Makes a new secret for a page. It is stored before this returns.
    ///
    /// # Errors
    /// [`Error::Recipe`], and as [`OpenStore::capture`].
    pub async fn generate(
        &mut self,
        chain: &OriginChain,
        username: &str,
        recipe: &Recipe,
    ) -> Result<(CaptureSummary, SecretBytes)> {
        let site = document(chain)?;
        check(username, &[])?;
        let password = Generator::new(recipe).map_err(Error::Recipe)?.make()?;
        let (username, source) = (username.trim().to_owned(), CaptureSource::Generated);
        let given = Given { site, username, password: password.clone(), source, at: now() };
        let targets = self.targets(&given, None).await?.unwrap_or_default();
        Ok((self.keep(given, targets).await?, password))
    }

    /// The items that it could update; `None` if one has it already.
    async fn targets(&mut self, given: &Given, present: Option<&SecretBytes>) -> Result<Option<Vec<Target>>> {
        let mut targets = Vec::new();
        let tag = self.known.tag(&given.password)?;
        let may_tell =
            given.source == CaptureSource::Generated || self.known.may_tell(who(&given.site, &given.username), tag);
        for summary in self.matching(&given.site) {
            let Some(field) = password_of(&summary) else { continue };
            let is_users = is_same_name(&summary.username, &given.username);
            let is_same = if may_tell { self.is_value(&summary, field, &given.password).await? } else { None };
            if is_same == Some(true) {
                if is_users || given.username.is_empty() {
                    return Ok(None);
                }
                // Of another user: nothing there would change.
                continue;
            }
            let had_present = match present {
                Some(present) if may_tell => self.is_value(&summary, field, present).await? == Some(true),
                _ => false,
            };
            targets.push(Target { item: summary.id, is_users, had_present, differs: is_same == Some(false) });
        }
        // What several items had tells nothing.
        let is_telling = targets.iter().filter(|target| target.had_present).count() == 1;
        targets.sort_by_key(|target| (!(is_telling && target.had_present), !target.is_users));
        targets.truncate(UPDATE_LIMIT);
        Ok(Some(targets))
    }

    /// Whether an item's field has this value; `None` if only the phone could tell.
    async fn is_value(&self, item: &ItemSummary, field: &FieldSummary, value: &SecretBytes) -> Result<Option<bool>> {
        if field.guard == Guard::Sealed {
            let tag = self.known.tag(value)?;
            return Ok(self.known.is((item.id, field.id, field.version), tag));
        }
        match self.open_local(item.id, &[field.id]).await {
            Ok(opened) => {
                let tag = self.known.tag(value)?;
                let [opened] = opened.as_slice() else { return Ok(None) };
                Ok(Some(self.known.tag(&opened.value)? == tag))
            }
            Err(error) if is_damage(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn keep(&mut self, given: Given, targets: Vec<Target>) -> Result<CaptureSummary> {
        let tag = self.known.tag(&given.password)?;
        let same = self.made(&given.site, tag).or_else(|| {
            self.captures.all.values().find(|kept| {
                let (known, new) = (&kept.capture.username, &given.username);
                kept.capture.site == given.site
                    && self.known.is_captured(kept.capture.id, tag)
                    && (known.is_empty() || new.is_empty() || is_same_name(known, new))
            })
        });
        let same = same.cloned();
        // What was just made is nobody's password yet.
        let is_made = given.source == CaptureSource::Generated || same.as_ref().is_some_and(Kept::is_made);
        let different = targets.iter().filter(|target| is_made || target.differs).map(|target| target.item).collect();
        // It may never be submitted: it displaces nothing that was.
        let displaces = given.source == CaptureSource::Submitted;
        if !displaces && self.captures.made_at(&given.site) >= SITE_LIMIT {
            return Err(Error::TooManyCaptures);
        }
        let mut gone: HashSet<_> = self.captures.expired().into_iter().collect();
        let mut kept = self.seal_given(given, &targets, same).await?;
        kept.capture.keep_from(self.captures.now());
        if displaces {
            let rivals = self.captures.rivals(&kept.capture).filter(|rival| !rival.accepted);
            gone.extend(rivals.map(|rival| rival.id));
        }
        gone.remove(&kept.capture.id);
        let is_new = !self.captures.all.contains_key(&kept.capture.id);
        if is_new && displaces {
            gone.extend(self.captures.crowded_out(&kept.capture.site, &gone));
        }
        if is_new && self.captures.all.len().saturating_sub(gone.len()) >= CAPTURE_LIMIT {
            return Err(Error::TooManyCaptures);
        }
        self.write_captures(Some(kept.clone()), gone).await?;
        self.known.note_capture(kept.capture.id, tag, different);
        if is_made {
            self.known.note_made(kept.capture.id, tag);
        }
        Ok(self.summary_of(&kept.capture))
    }

    /// What was made for this site and is this value: a random one is no other's, whoever it is for.
    fn made(&self, site: &Origin, tag: Tag) -> Option<&Kept> {
        let mut here = self.captures.all.values().filter(|kept| kept.capture.site == *site && kept.is_made());
        here.find(|kept| self.known.is_captured(kept.capture.id, tag))
    }

    /// Seals it as a new item and as a value of each target. What is captured once more keeps its id, and what is known of it.
    async fn seal_given(&mut self, given: Given, targets: &[Target], same: Option<Kept>) -> Result<Kept> {
        let Given { site, mut username, password, source, at } = given;
        if let (true, Some(same)) = (username.is_empty(), &same) {
            username.clone_from(&same.capture.username);
        }
        let draft = CheckedDraft::try_from(new_item(&site, &username, &password))?;
        let item = Item::make(draft, &self.writer())?;
        let mut proposals = Vec::with_capacity(targets.len());
        for target in targets {
            let known = match self.read(target.item).await {
                Ok(known) => known,
                Err(error) if is_damage(&error) => continue,
                Err(error) => return Err(error),
            };
            proposals.push(known.propose(FieldKind::Password, &password, &self.writer())?);
        }
        let (name, id, source, accepted) = match same {
            Some(Kept { name, capture }) if capture.source == CaptureSource::Generated => {
                (name, capture.id, CaptureSource::Generated, capture.accepted)
            }
            Some(Kept { name, capture }) => (name, capture.id, source, capture.accepted),
            None => (rows::new_name(PREFIX)?, CaptureId::make()?, source, false),
        };
        let mut capture = Capture { id, site, username, source, at, accepted, until: at, item, proposals };
        capture.cut()?;
        Ok(Kept { name, capture })
    }

    /// What came of it. What a site did not take is forgotten, unless it was generated or the site took it before.
    ///
    /// # Errors
    /// [`Error::NoSuchCapture`], or the file's.
    pub async fn end_capture(&mut self, id: CaptureId, accepted: bool) -> Result<()> {
        let mut kept = self.captures.get(id)?.clone();
        if !accepted {
            let is_kept = kept.capture.accepted || kept.capture.source == CaptureSource::Generated;
            return if is_kept { Ok(()) } else { self.drop_capture(id).await };
        }
        kept.capture.accepted = true;
        kept.capture.keep_from(self.captures.now());
        // What a site is said to have taken before stays until this one is saved: a browser may be wrong about either.
        let older = self.captures.rivals(&kept.capture).filter(|rival| rival.at <= kept.capture.at && !rival.accepted);
        let gone = older.map(|rival| rival.id).chain(self.captures.expired()).filter(|gone| *gone != id);
        let gone: HashSet<_> = gone.collect();
        let mut changed = self.captures.outdated(&kept.capture);
        changed.retain(|outdated| !gone.contains(&outdated.capture.id));
        changed.push(kept);
        self.write_captures(changed, gone).await
    }

    /// Captures of this page's site, newest first.
    ///
    /// # Errors
    /// [`Error::OtherSite`] for a cross-origin frame.
    pub fn captures(&self, chain: &OriginChain) -> Result<Vec<CaptureSummary>> {
        let page = document(chain)?;
        Ok(self.captures_where(|capture| Site::exact(capture.site.clone()).allows(&page)))
    }

    /// Captures of all sites, newest first.
    #[must_use]
    pub fn all_captures(&self) -> Vec<CaptureSummary> {
        self.captures_where(|_| true)
    }

    fn captures_where(&self, is_wanted: impl Fn(&Capture) -> bool) -> Vec<CaptureSummary> {
        let sure_now = self.captures.sure_now();
        let is_due = |capture: &&Capture| sure_now.is_none_or(|now| capture.until > now);
        let all = self.captures.all.values().map(|kept| &kept.capture).filter(is_due);
        let wanted = all.filter(|capture| is_wanted(capture));
        let mut found: Vec<_> = wanted.map(|capture| self.summary_of(capture)).collect();
        found.sort_by_key(|capture| (core::cmp::Reverse(capture.at), capture.id));
        found
    }

    /// What to ask a phone about a capture: whether the item that it most likely belongs to has its value already. `None` where nobody has to be asked.
    ///
    /// # Errors
    /// [`Error::NoSuchCapture`], or the file's.
    pub async fn comparison(&self, id: CaptureId) -> Result<Option<Comparison>> {
        let capture = &self.captures.get(id)?.capture;
        let Some(proposal) = capture.proposals.first() else { return Ok(None) };
        let (item, field) = (proposal.item(), proposal.field());
        // Where the page says no name and several items could be meant, that the first differs tells nothing.
        let is_only = capture.username.is_empty() && capture.proposals.len() == 1;
        let is_meant = |item: &ItemSummary| is_only || is_same_name(&item.username, &capture.username);
        // Phones answer none of these, and count each.
        let is_answered = |item: &ItemSummary| !item.policy.verify_user && item.waiting.is_none();
        let is_open = self.item(item).is_ok_and(|item| is_meant(&item) && is_answered(&item));
        let is_known = self.known.differs(id, item) || !is_open;
        let is_known = is_known || !self.known.may_ask(&who(&capture.site, &capture.username), id);
        let (false, Ok((other_seal, other))) = (is_known, proposal.sealed()) else { return Ok(None) };
        let stored = self.fields(item, &[field]).await?;
        let Some((stored, seal)) = stored.first().and_then(|field| Some((field.current(), field.seal().ok()?))) else {
            return Ok(None);
        };
        let compared = Compared { stored: stored.ciphertext.clone(), seal: other_seal.clone(), other: other.clone() };
        Ok(Some(Comparison { capture: id, place: (item, field, stored.version), seal: seal.clone(), compared }))
    }

    /// A phone has compared: what is left to ask the user, if it was another value.
    ///
    /// # Errors
    /// [`Error::NoSuchCapture`], or the file's.
    pub async fn compared(
        &mut self,
        id: CaptureId,
        place: (ItemId, FieldId, u32),
        equal: bool,
    ) -> Result<Option<CaptureSummary>> {
        let capture = self.captures.get(id)?.capture.clone();
        if equal {
            self.known.note_equal(id, place);
            self.drop_capture(id).await?;
            return Ok(None);
        }
        self.known.note_different(id, place.0);
        Ok(Some(self.summary_of(&capture)))
    }

    /// Saves one, as a new item with this user name or as the new value of one of its [`CaptureSummary::updates`]. The item is written, and the capture gone, in one
    /// transaction.
    ///
    /// # Errors
    /// [`Error::NoSuchCapture`], [`Error::NoSuchItem`], [`countersign_vault::Error`], or the file's; nothing changes then.
    pub async fn save_capture(&mut self, id: CaptureId, target: Option<ItemId>, username: &str) -> Result<ItemSummary> {
        let Kept { name, capture } = self.captures.get(id)?.clone();
        let outdated = self.captures.outdated(&capture);
        let older = self.captures.rivals(&capture).filter(|rival| rival.at <= capture.at);
        let older: Vec<CaptureId> = older.map(|rival| rival.id).collect();
        let item = match target {
            Some(target) => self.updated(&capture, target).await?,
            None => self.saved(capture, username)?,
        };
        let summary = item.summary();
        let mut names = self.captures.names(&older);
        names.push(name);
        self.write_saved(&Record::Item(Box::new(item)), &names, &outdated).await?;
        for id in older {
            self.captures.all.remove(&id);
            self.known.forget(id);
        }
        self.captures.all.remove(&id);
        outdated.into_iter().for_each(|kept| self.captures.put(kept));
        if let Some(field) = password_of(&summary) {
            self.known.saved(id, (summary.id, field.id, field.version));
        }
        Ok(summary)
    }

    fn saved(&mut self, capture: Capture, username: &str) -> Result<Item> {
        let mut item = capture.item;
        if username.trim() != capture.username {
            let (metadata, username) = (item.head.wanted(), username.to_owned());
            let (kind, fields, identity) = (ItemKind::Login, Vec::new(), None);
            let draft = ItemDraft { kind, metadata, username, fields, identity };
            item.edit(draft.try_into()?, &self.writer())?;
        }
        Ok(item)
    }

    async fn updated(&mut self, capture: &Capture, target: ItemId) -> Result<Item> {
        let proposal = capture.proposals.iter().find(|proposal| proposal.item() == target);
        let proposal = proposal.ok_or(Error::NoSuchItem)?.clone();
        let mut item = self.read_present(target).await?;
        item.accept(proposal, &self.writer())?;
        Ok(item)
    }

    async fn write_saved(&mut self, record: &Record, gone: &[String], outdated: &[Kept]) -> Result<()> {
        let store = self.store.clone();
        let mut connection = store.0.connection.lock().await;
        database::begin(&mut connection).await?;
        let mut written = self.folder.write(&mut connection, record).await;
        if written.is_ok() {
            written = delete_rows(&mut connection, gone).await;
        }
        if written.is_ok() {
            written = write_rows(&mut connection, &self.store_key, outdated).await;
        }
        store.0.noted(database::end(&mut connection, written).await)?;
        if let Record::Item(item) = record {
            self.index.put(indexed(item));
        }
        Ok(())
    }

    /// Forgets one.
    ///
    /// # Errors
    /// [`Error::NoSuchCapture`], or the file's.
    pub async fn drop_capture(&mut self, id: CaptureId) -> Result<()> {
        self.captures.get(id)?;
        let gone = self.captures.expired().into_iter().chain([id]).collect();
        self.write_captures(None, gone).await
    }

    /// What was in hand for long enough is known no longer.
    pub fn forget_known(&mut self) {
        self.known.forget_old();
    }

    /// Those whose time is over go.
    pub(super) async fn drop_expired(&mut self) -> Result<()> {
        let gone: HashSet<_> = self.captures.expired().into_iter().collect();
        if gone.is_empty() { Ok(()) } else { self.write_captures(None, gone).await }
    }

    async fn write_captures(&mut self, kept: impl IntoIterator<Item = Kept>, gone: HashSet<CaptureId>) -> Result<()> {
        let kept: Vec<_> = kept.into_iter().collect();
        let names = self.captures.names(&gone);
        let store = self.store.clone();
        let mut connection = store.0.connection.lock().await;
        database::begin(&mut connection).await?;
        let mut written = delete_rows(&mut connection, &names).await;
        if written.is_ok() {
            written = write_rows(&mut connection, &self.store_key, &kept).await;
        }
        store.0.noted(database::end(&mut connection, written).await)?;
        for id in gone {
            self.captures.all.remove(&id);
            self.known.forget(id);
        }
        kept.into_iter().for_each(|kept| self.captures.put(kept));
        Ok(())
    }

    /// Whether all that is captured is sealed.
    pub(super) fn captures_are_sealed(&self) -> bool {
        self.captures.all.values().all(|kept| kept.capture.is_sealed())
    }

    /// The first pairing, within its transaction and after the items: seals captures, and what they propose to items that are there. Returns how many values, and what is to be
    /// remembered once the transaction is done.
    pub(super) async fn seal_captures(&mut self, connection: &mut SqliteConnection) -> Result<(usize, SealedCaptures)> {
        let due: Vec<_> = self.captures.all.values().filter(|kept| !kept.capture.is_sealed()).cloned().collect();
        let (mut values, mut sealed) = (0, Vec::with_capacity(due.len()));
        for mut kept in due {
            values += kept.capture.item.seal_everything(&self.writer())?;
            for mut proposal in core::mem::take(&mut kept.capture.proposals) {
                match self.folder.read_item(connection, proposal.item()).await {
                    Ok(item) => values += usize::from(proposal.seal(&item, &self.writer())?),
                    // An item that is gone or cannot be read takes no value any more; the new item has it.
                    Err(Error::NoSuchItem) => continue,
                    Err(error) if is_damage(&error) => continue,
                    Err(error) => return Err(error),
                }
                kept.capture.proposals.push(proposal);
            }
            kept.capture.cut()?;
            write_row(connection, &self.store_key, &kept).await?;
            sealed.push(kept);
            tokio::task::yield_now().await;
        }
        Ok((values, SealedCaptures(sealed)))
    }

    /// The transaction that sealed them is done.
    pub(super) fn remember_sealed(&mut self, SealedCaptures(sealed): SealedCaptures) {
        sealed.into_iter().for_each(|kept| self.captures.put(kept));
    }

    fn summary_of(&self, capture: &Capture) -> CaptureSummary {
        let target = |proposal: &Proposal| {
            let ItemSummary { id, title, username, .. } = self.item(proposal.item()).ok()?;
            let is_users = is_same_name(&username, &capture.username);
            Some(CaptureTarget { item: id, title, username, is_users, differs: self.known.differs(capture.id, id) })
        };
        let host = capture.site.host();
        CaptureSummary {
            id: capture.id,
            site: capture.site.clone(),
            domain: registrable_domain(host).unwrap_or(host).to_owned(),
            username: capture.username.clone(),
            source: capture.source,
            at: capture.at,
            accepted: capture.accepted,
            updates: capture.proposals.iter().filter_map(target).collect(),
        }
    }
}

/// What a phone is asked about a capture.
#[derive(Debug)]
pub struct Comparison {
    /// Which.
    pub capture: CaptureId,
    /// The value that it is compared with: item, field, version.
    pub place: (ItemId, FieldId, u32),
    /// That value's seal.
    pub seal: FieldSeal,
    /// The two values.
    pub compared: Compared,
}

/// What the first pairing made of captures.
pub(super) struct SealedCaptures(Vec<Kept>);

/// The document that was given it. A frame of another site captures nothing, as it is filled with nothing.
fn document(chain: &OriginChain) -> Result<Origin> {
    chain.single().cloned().ok_or(Error::OtherSite)
}

/// Whose values are told apart: a site's user. Items can be for a whole domain: a host more is no guess more.
fn who(site: &Origin, username: &str) -> (String, String) {
    let domain = registrable_domain(site.host()).map_or_else(|| site.to_string(), str::to_owned);
    (domain, username.trim().to_lowercase())
}

fn check(username: &str, secrets: &[Option<&SecretBytes>]) -> Result<()> {
    let too_long = secrets.iter().flatten().any(|secret| secret.expose().len() > PASSWORD_LIMIT);
    if too_long || username.chars().count() > USERNAME_LIMIT { Err(Error::Capture) } else { Ok(()) }
}

fn new_item(site: &Origin, username: &str, password: &SecretBytes) -> ItemDraft {
    let title = site.host().chars().take(NAME_LIMIT).collect();
    let metadata = MetadataDraft { title, sites: vec![Site::exact(site.clone())], policy: Policy::default() };
    let field = FieldDraft { id: None, kind: FieldKind::Password, value: password.clone() };
    let (kind, username, identity) = (ItemKind::Login, username.to_owned(), None);
    ItemDraft { kind, metadata, username, fields: vec![field], identity }
}

fn password_of(item: &ItemSummary) -> Option<&FieldSummary> {
    let is_login = item.kind == ItemKind::Login;
    item.fields.iter().find(|field| is_login && field.kind == FieldKind::Password)
}

/// Sites take user names in any case, and items have them as they were typed.
fn is_same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
mod testing {
    use super::*;

    impl OpenStore {
        /// As if it had been captured so long ago that it is due then.
        pub(crate) async fn let_expire(&mut self, id: CaptureId, until: UnixMillis) {
            let mut kept = self.captures.get(id).unwrap().clone();
            kept.capture.until = until;
            self.write_captures(Some(kept), HashSet::new()).await.unwrap();
        }
    }
}
