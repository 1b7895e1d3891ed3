//! `countersign item`: add, list, change, remove.

use crate::{
    Outcome, Result,
    arguments::{Add, Edit, Item, Kind},
    daemon::Daemon,
    print, prompt,
    text::{Failure, Text},
};
use countersign_daemon::sites::{Reach, parse_site};
use countersign_seal::{
    field::{FieldKind, Policy},
    id::FieldId,
    origin::Site,
    secret::SecretBytes,
};
use countersign_vault::{
    card,
    item::{FieldDraft, Guard, Identity, ItemDraft, ItemKind, ItemSummary, MetadataDraft},
    one_time_code::{Seed, SeedError},
};
use countersign_wire::control::Command;

/// How much of an item's id lists show; what names it must be at least half as long.
const ID_SHOWN: usize = 12;

/// Runs one of the subcommands.
pub(crate) async fn run(text: &Text, command: Item) -> Result {
    match command {
        Item::Add(options) => add(text, options).await,
        Item::List { query, json } => list(text, &query, json).await,
        Item::Edit(options) => edit(text, options).await,
        Item::Remove { item, yes } => remove(text, &item, yes).await,
    }
}

async fn add(text: &Text, options: Add) -> Result {
    let mut daemon = Daemon::connect().await?;
    let sites = sites(&options.site, options.whole_domain)?;
    let fields = field_kinds(options.kind, options.one_time_code);
    let draft = ItemDraft {
        kind: item_kind(options.kind),
        metadata: MetadataDraft {
            title: options.title,
            sites,
            policy: Policy { submit_after_fill: options.submit_after_fill, ..Policy::default() },
        },
        username: options.username,
        fields: fields.iter().map(|kind| new_field(text, *kind, None)).collect::<Result<_>>()?,
        identity: identity(options.kind == Kind::Identity, Identity::default(), &options.set)?,
    };
    let item = daemon.item(Command::Add(draft)).await?;
    print(&text.say_with("item-added", &[("title", item.title.as_str().into()), ("id", short(&item).into())]));
    Ok(Outcome::Done)
}

async fn list(text: &Text, query: &str, json: bool) -> Result {
    let items = Daemon::connect().await?.items(query).await?;
    if json {
        print(&serde_json::to_string_pretty(&items).map_err(std::io::Error::other)?);
    } else if items.is_empty() {
        print(&text.say("item-none"));
    } else {
        items.iter().for_each(|item| print(&line(text, item)));
    }
    Ok(Outcome::Done)
}

async fn edit(text: &Text, options: Edit) -> Result {
    if !changes_something(&options) {
        return Err(Failure::new("error-nothing-to-change").with("item", &options.item));
    }
    let mut daemon = Daemon::connect().await?;
    let item = find(&mut daemon, &options.item).await?;
    let new_sites = options.site.as_deref().map(|typed| sites(typed, options.whole_domain)).transpose()?;
    let asked = [(options.password, FieldKind::Password), (options.one_time_code, FieldKind::OneTimeCodeSeed)];
    let kinds = asked.into_iter().filter_map(|(asked, kind)| asked.then_some(kind));
    let existing = |kind| item.fields.iter().find(|field| field.kind == kind).map(|field| field.id);
    let draft = ItemDraft {
        kind: item.kind,
        metadata: MetadataDraft {
            title: options.title.unwrap_or_else(|| item.title.clone()),
            sites: new_sites.unwrap_or_else(|| item.sites.clone()),
            policy: Policy {
                submit_after_fill: options.submit_after_fill.unwrap_or(item.policy.submit_after_fill),
                ..item.policy.clone()
            },
        },
        username: options.username.unwrap_or_else(|| item.username.clone()),
        fields: kinds.map(|kind| new_field(text, kind, existing(kind))).collect::<Result<_>>()?,
        identity: if options.set.is_empty() {
            None
        } else {
            let known = item.identity.as_deref().cloned().unwrap_or_default();
            identity(item.kind == ItemKind::Identity, known, &options.set)?
        },
    };
    let changed = daemon.item(Command::Edit { item: item.id, draft }).await?;
    let message = if changed.waiting.is_some() { "item-waiting" } else { "item-changed" };
    print(&text.say_with(message, &[("title", changed.title.as_str().into())]));
    Ok(Outcome::Done)
}

const fn changes_something(options: &Edit) -> bool {
    let Edit { item: _, title, username, site, whole_domain: _, password, one_time_code, submit_after_fill, set } =
        options;
    title.is_some()
        || username.is_some()
        || site.is_some()
        || *password
        || *one_time_code
        || submit_after_fill.is_some()
        || !set.is_empty()
}

async fn remove(text: &Text, query: &str, yes: bool) -> Result {
    let mut daemon = Daemon::connect().await?;
    let item = find(&mut daemon, query).await?;
    let title = item.title.as_str();
    if !yes && !prompt::answers(&text.say_with("confirm-remove", &[("title", title.into())]), &text.say("answer-yes"))?
    {
        print(&text.say("left-alone"));
        return Ok(Outcome::Declined);
    }
    daemon.done(Command::Remove { item: item.id }).await?;
    print(&text.say_with("item-removed", &[("title", title.into())]));
    Ok(Outcome::Done)
}

/// The one item whose id begins with `query`, or whose title it is.
async fn find(daemon: &mut Daemon, query: &str) -> Result<ItemSummary> {
    let fits = |item: &ItemSummary| {
        item.title == query || (query.len() >= ID_SHOWN / 2 && item.id.to_string().starts_with(query))
    };
    let mut found = daemon.items("").await?.into_iter().filter(fits);
    let item = found.next().ok_or_else(|| Failure::new("error-no-item").with("query", query))?;
    match found.next() {
        None => Ok(item),
        Some(_) => Err(Failure::new("error-many-items").with("query", query)),
    }
}

fn sites(typed: &[String], whole_domain: bool) -> Result<Vec<Site>> {
    let reach = if whole_domain { Reach::Domain } else { Reach::Host };
    typed
        .iter()
        .map(|site| parse_site(site, reach).map_err(|_| Failure::new("error-site").with("site", site)))
        .collect()
}

const fn item_kind(kind: Kind) -> ItemKind {
    match kind {
        Kind::Login => ItemKind::Login,
        Kind::OneTimeCode => ItemKind::OneTimeCode,
        Kind::Card => ItemKind::Card,
        Kind::Identity => ItemKind::Identity,
    }
}

const fn field_kinds(kind: Kind, one_time_code: bool) -> &'static [FieldKind] {
    match kind {
        Kind::Login if one_time_code => &[FieldKind::Password, FieldKind::OneTimeCodeSeed],
        Kind::Login => &[FieldKind::Password],
        Kind::OneTimeCode => &[FieldKind::OneTimeCodeSeed],
        Kind::Card => {
            &[FieldKind::CardNumber, FieldKind::CardHolder, FieldKind::CardExpiry, FieldKind::CardSecurityCode]
        }
        Kind::Identity => &[],
    }
}

/// What an identity says, with what is set now. It is no secret, so it may stand on the command line, as user names do.
fn identity(is_somebody: bool, mut known: Identity, set: &[String]) -> Result<Option<Box<Identity>>> {
    for typed in set {
        let (name, value) = typed.split_once('=').unwrap_or((typed, ""));
        if !is_somebody || !typed.contains('=') || !known.set(name, value) {
            let names = known.values().map(|(name, _)| name).join(", ");
            return Err(Failure::new("error-identity-name").with("name", name).with("names", names));
        }
    }
    match known.wrong().first() {
        Some(name) => Err(Failure::new("error-identity-value").with("name", *name)),
        None if is_somebody && known.is_empty() => Err(Failure::new("error-no-identity")),
        None => Ok(is_somebody.then(|| Box::new(known))),
    }
}

fn new_field(text: &Text, kind: FieldKind, id: Option<FieldId>) -> Result<FieldDraft> {
    let message = match kind {
        FieldKind::OneTimeCodeSeed => "prompt-one-time-code",
        FieldKind::CardNumber => "prompt-card-number",
        FieldKind::CardHolder => "prompt-card-holder",
        FieldKind::CardExpiry => "prompt-card-expiry",
        FieldKind::CardSecurityCode => "prompt-card-security-code",
        FieldKind::Password | FieldKind::Note | FieldKind::Hidden => "prompt-password",
    };
    let value = prompt::secret(text, message)?;
    check(kind, &value)?;
    Ok(FieldDraft { id, kind, value })
}

/// The daemon would only say that an item cannot be like that.
fn check(kind: FieldKind, typed: &SecretBytes) -> Result<()> {
    let Ok(value) = typed.expose_str() else { return Ok(()) };
    let (fits, message) = match kind {
        FieldKind::OneTimeCodeSeed => return check_seed(typed),
        FieldKind::CardNumber => {
            (card::number(value).is_some_and(|number| card::has_check_digit(&number)), "error-card-number")
        }
        FieldKind::CardExpiry => (card::expiry(value).is_some(), "error-card-expiry"),
        FieldKind::CardSecurityCode => (card::security_code(value).is_some(), "error-card-code"),
        FieldKind::CardHolder | FieldKind::Password | FieldKind::Note | FieldKind::Hidden => return Ok(()),
    };
    if fits { Ok(()) } else { Err(Failure::new(message)) }
}

fn check_seed(typed: &SecretBytes) -> Result<()> {
    let seed = typed.expose_str().map_err(|_| SeedError::Secret).and_then(Seed::parse);
    seed.map(drop).map_err(|error| Failure::new(seed_message(error)))
}

const fn seed_message(error: SeedError) -> &'static str {
    match error {
        SeedError::Kind => "error-seed-kind",
        SeedError::Label => "error-seed-label",
        SeedError::NoSecret => "error-seed-no-secret",
        SeedError::SecretLength => "error-seed-length",
        SeedError::Algorithm => "error-seed-algorithm",
        SeedError::Digits => "error-seed-digits",
        SeedError::Period => "error-seed-period",
        SeedError::Counter => "error-seed-counter",
        _ => "error-seed-secret",
    }
}

fn short(item: &ItemSummary) -> String {
    item.id.to_string().chars().take(ID_SHOWN).collect()
}

fn line(text: &Text, item: &ItemSummary) -> String {
    let sites: Vec<_> = item.sites.iter().map(|site| site.origin.to_string()).collect();
    let mut marks = Vec::new();
    if item.fields.iter().any(|field| field.guard == Guard::NotSealed) {
        marks.push(text.say("item-not-sealed"));
    }
    if item.waiting.is_some() {
        marks.push(text.say("item-waiting-mark"));
    }
    let columns = [short(item), item.title.clone(), item.username.clone(), sites.join(" "), marks.join(", ")];
    columns.into_iter().filter(|column| !column.is_empty()).collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_seed_is_said_in_words_of_its_own() {
        let text = Text::load();
        let mut said = Vec::new();
        for typed in [
            "not a key!",
            "GEZDGNBV",
            "otpauth://steam/x?secret=GEZDGNBVGY3TQOJQ",
            "otpauth://totp/a/b?secret=GEZDGNBVGY3TQOJQ",
            "otpauth://totp/x",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=10",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=0",
            "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ",
        ] {
            let failure = check_seed(&SecretBytes::from(String::from(typed))).unwrap_err();
            let words = text.failure(&failure);
            assert!(!words.contains("seed-") && !words.contains("GEZDGNBV"), "{words}");
            assert!(!said.contains(&words), "{words}");
            said.push(words);
        }
        assert!(check_seed(&SecretBytes::from(String::from("gezd gnbv gy3t qojq"))).is_ok());
    }

    #[test]
    fn an_identity_is_set_name_by_name() {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let known = Identity { given_name: "Jane".into(), tel: "030123456".into(), ..Identity::default() };
        let now = identity(true, known.clone(), &set(&["family-name=Roe=Doe", "tel="])).unwrap().unwrap();
        assert_eq!((now.given_name.as_str(), now.family_name.as_str(), now.tel.as_str()), ("Jane", "Roe=Doe", ""));
        let wrong = |is_somebody, known: Identity, typed: &[&str]| {
            identity(is_somebody, known, &set(typed)).unwrap_err().message
        };
        assert_eq!(wrong(true, known.clone(), &["cc-number=4111"]), "error-identity-name");
        assert_eq!(wrong(true, known.clone(), &["given-name"]), "error-identity-name");
        assert_eq!(wrong(false, Identity::default(), &["given-name=Jane"]), "error-identity-name");
        assert_eq!(wrong(true, known, &["country=Germany"]), "error-identity-value");
        assert_eq!(wrong(true, Identity::default(), &[]), "error-no-identity");
        assert_eq!(identity(false, Identity::default(), &[]).unwrap(), None);
    }

    #[test]
    fn what_is_wrong_with_a_card_is_said_where_it_is_typed() {
        let message =
            |kind, typed: &str| check(kind, &SecretBytes::from(String::from(typed))).map_err(|failure| failure.message);
        for typed in ["4111111111111112", "4111", "card"] {
            assert_eq!(message(FieldKind::CardNumber, typed), Err("error-card-number"), "{typed}");
        }
        assert_eq!(message(FieldKind::CardExpiry, "13/29"), Err("error-card-expiry"));
        assert_eq!(message(FieldKind::CardSecurityCode, "12"), Err("error-card-code"));
        let right = [
            (FieldKind::CardNumber, "4111 1111 1111 1111"),
            (FieldKind::CardExpiry, "08/29"),
            (FieldKind::CardSecurityCode, "123"),
            (FieldKind::CardHolder, "A. Person"),
            (FieldKind::Password, "12"),
        ];
        assert!(right.into_iter().all(|(kind, typed)| message(kind, typed).is_ok()));
    }
}
