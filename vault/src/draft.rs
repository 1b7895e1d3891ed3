//! The rules of a draft, checked once. What passed is a [`CheckedDraft`], with each value in its one spelling.

use crate::{
    Error, Result, Rule, card,
    identity::Identity,
    item::{ItemDraft, ItemKind, MetadataDraft},
    one_time_code::Seed,
};
use countersign_seal::{
    field::{FieldKind, VALUE_LIMIT},
    id::FieldId,
    origin::Site,
    secret::SecretBytes,
    text::is_deceiving,
};

/// The most characters of a title, a user name or a card holder.
pub const NAME_LIMIT: usize = 200;
/// The most sites of an item.
pub const SITE_LIMIT: usize = 32;
/// The most fields of an item.
pub const FIELD_LIMIT: usize = 32;

/// A draft that breaks no rule that it could break by itself.
#[derive(Debug)]
pub struct CheckedDraft {
    pub(crate) kind: ItemKind,
    pub(crate) metadata: MetadataDraft,
    pub(crate) username: String,
    pub(crate) fields: Vec<CheckedField>,
    pub(crate) identity: Option<Box<Identity>>,
}

/// A field's new value in its one spelling.
#[derive(Debug)]
pub(crate) struct CheckedField {
    pub(crate) id: Option<FieldId>,
    pub(crate) kind: FieldKind,
    pub(crate) value: SecretBytes,
    /// Where the counter of a counter-based seed begins.
    pub(crate) counter: Option<u64>,
}

impl TryFrom<ItemDraft> for CheckedDraft {
    type Error = Error;

    fn try_from(draft: ItemDraft) -> Result<Self> {
        let ItemDraft { kind, metadata, username, fields, identity } = draft;
        let fields = fields
            .into_iter()
            .map(|field| {
                check_belongs(kind, field.kind)?;
                let (value, counter) = check_value(field.kind, &field.value)?;
                Ok(CheckedField { id: field.id, kind: field.kind, value, counter })
            })
            .collect::<Result<Vec<_>>>()?;
        check_count(fields.len())?;
        let identity = check_identity(kind, identity)?;
        // It is somebody's everywhere.
        if kind == ItemKind::Identity && !metadata.sites.is_empty() {
            return Err(Error::InvalidDraft(Rule::Site));
        }
        Ok(Self { kind, metadata: check_metadata(metadata)?, username: check_username(&username)?, fields, identity })
    }
}

impl CheckedDraft {
    /// Whether it has what a new item of its kind needs.
    pub(crate) fn check_complete(&self) -> Result<()> {
        let needed = match self.kind {
            ItemKind::Login => return Ok(()),
            ItemKind::OneTimeCode => FieldKind::OneTimeCodeSeed,
            ItemKind::Card => FieldKind::CardNumber,
            ItemKind::Identity if self.identity.is_none() => return Err(Error::InvalidDraft(Rule::NoIdentity)),
            ItemKind::Identity => return Ok(()),
        };
        let has = self.fields.iter().any(|field| field.kind == needed);
        if has { Ok(()) } else { Err(Error::InvalidDraft(Rule::Missing(needed))) }
    }
}

pub(crate) fn check_count(fields: usize) -> Result<()> {
    if fields > FIELD_LIMIT { Err(Error::InvalidDraft(Rule::TooManyFields)) } else { Ok(()) }
}

/// Whether an item may have only one field of this kind.
pub(crate) const fn is_single(kind: FieldKind) -> bool {
    !matches!(kind, FieldKind::Note | FieldKind::Hidden)
}

fn check_belongs(item: ItemKind, field: FieldKind) -> Result<()> {
    let belongs = match field {
        FieldKind::Note | FieldKind::Hidden => true,
        FieldKind::Password => item == ItemKind::Login,
        FieldKind::OneTimeCodeSeed => matches!(item, ItemKind::Login | ItemKind::OneTimeCode),
        FieldKind::CardNumber | FieldKind::CardHolder | FieldKind::CardExpiry | FieldKind::CardSecurityCode => {
            item == ItemKind::Card
        }
    };
    if belongs { Ok(()) } else { Err(Error::InvalidDraft(Rule::ForeignField(field))) }
}

/// Only an identity item says who somebody is, and it says something.
fn check_identity(kind: ItemKind, identity: Option<Box<Identity>>) -> Result<Option<Box<Identity>>> {
    let Some(identity) = identity else { return Ok(None) };
    let checked = identity.check()?;
    if kind != ItemKind::Identity || checked.is_empty() {
        return Err(Error::InvalidDraft(Rule::NoIdentity));
    }
    Ok(Some(Box::new(checked)))
}

fn check_metadata(metadata: MetadataDraft) -> Result<MetadataDraft> {
    let MetadataDraft { title, sites, policy } = metadata;
    let title = title.trim().to_owned();
    if title.is_empty() || !is_line(&title) {
        return Err(Error::InvalidDraft(Rule::Title));
    }
    Ok(MetadataDraft { title, sites: check_sites(sites)?, policy })
}

fn check_sites(sites: Vec<Site>) -> Result<Vec<Site>> {
    let mut checked = Vec::with_capacity(sites.len().min(SITE_LIMIT));
    for site in sites {
        if !site.is_sound() {
            return Err(Error::InvalidDraft(Rule::Site));
        }
        if !checked.contains(&site) {
            checked.push(site);
        }
        if checked.len() > SITE_LIMIT {
            return Err(Error::InvalidDraft(Rule::TooManySites));
        }
    }
    Ok(checked)
}

fn check_username(username: &str) -> Result<String> {
    let username = username.trim();
    if is_line(username) { Ok(username.to_owned()) } else { Err(Error::InvalidDraft(Rule::Username)) }
}

/// At most [`NAME_LIMIT`] characters, none of them deceiving: a phone shows titles to be consented to, so they must read as they are.
pub(crate) fn is_line(text: &str) -> bool {
    text.chars().count() <= NAME_LIMIT && !text.chars().any(is_deceiving)
}

/// The value in its one spelling, and where its counter begins, if it has one.
pub(crate) fn check_value(kind: FieldKind, value: &SecretBytes) -> Result<(SecretBytes, Option<u64>)> {
    let wrong = Error::InvalidDraft(Rule::Value(kind));
    if value.expose().is_empty() || value.expose().len() > VALUE_LIMIT {
        return Err(wrong);
    }
    let text = value.expose_str().map_err(|_| wrong.clone())?;
    if kind == FieldKind::OneTimeCodeSeed {
        let seed = Seed::parse(text).map_err(|error| Error::InvalidDraft(Rule::Seed(error)))?;
        return Ok((seed.to_uri(), seed.counter()));
    }
    let spelt = spell(kind, text).ok_or(wrong)?;
    if kind == FieldKind::CardNumber && !card::has_check_digit(spelt.expose_str()?) {
        return Err(Error::InvalidDraft(Rule::CheckDigit));
    }
    Ok((spelt, None))
}

fn spell(kind: FieldKind, text: &str) -> Option<SecretBytes> {
    let verbatim = || Some(SecretBytes::new(text.as_bytes().to_vec()));
    match kind {
        // A password is what was typed, spaces and all.
        FieldKind::Password | FieldKind::Hidden if text.chars().any(char::is_control) => None,
        FieldKind::Password | FieldKind::Hidden => verbatim(),
        FieldKind::Note if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) => None,
        FieldKind::Note => verbatim(),
        FieldKind::OneTimeCodeSeed => None,
        FieldKind::CardNumber => card::number(text).map(SecretBytes::from),
        FieldKind::CardHolder => {
            Some(text.trim()).filter(|name| !name.is_empty() && is_line(name)).map(|name| SecretBytes::new(name.into()))
        }
        FieldKind::CardExpiry => card::expiry(text).map(SecretBytes::from),
        FieldKind::CardSecurityCode => card::security_code(text).map(SecretBytes::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{item::FieldDraft, one_time_code::SeedError};
    use countersign_seal::{
        field::Policy,
        origin::{Origin, SiteRule},
    };

    fn draft(kind: ItemKind, fields: &[(FieldKind, &str)]) -> ItemDraft {
        ItemDraft {
            kind,
            metadata: MetadataDraft { title: "Example".into(), sites: vec![], policy: Policy::default() },
            username: "me@example.com".into(),
            fields: fields
                .iter()
                .map(|(kind, value)| FieldDraft {
                    id: None,
                    kind: *kind,
                    value: SecretBytes::from(String::from(*value)),
                })
                .collect(),
            identity: None,
        }
    }

    fn check(draft: ItemDraft) -> Result<CheckedDraft> {
        let checked = CheckedDraft::try_from(draft)?;
        checked.check_complete().map(|()| checked)
    }

    fn rule(draft: ItemDraft) -> Rule {
        match check(draft) {
            Err(Error::InvalidDraft(rule)) => rule,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn titles_and_names() {
        let title = |title: &str| {
            let mut draft = draft(ItemKind::Login, &[]);
            draft.metadata.title = title.into();
            check(draft).map(|draft| draft.metadata.title)
        };
        assert_eq!(title("  Bücher 📚 "), Ok("Bücher 📚".into()));
        assert_eq!(title(&"é".repeat(200)), Ok("é".repeat(200)));
        for wrong in ["", "   ", "a\nb", "a\u{0}b", "bank\u{202e}moc.live", "bank\u{200b}", &"x".repeat(201)] {
            assert_eq!(title(wrong), Err(Error::InvalidDraft(Rule::Title)), "{wrong:?}");
        }
        let mut long = draft(ItemKind::Login, &[]);
        long.username = "x".repeat(201);
        assert_eq!(rule(long), Rule::Username);
    }

    #[test]
    fn sites() {
        let site = |host: &str| Site::exact(Origin::parse(&format!("https://{host}")).unwrap());
        let with = |sites: Vec<Site>| {
            let mut draft = draft(ItemKind::Login, &[]);
            draft.metadata.sites = sites;
            draft
        };
        let many: Vec<_> = (0..33).map(|n| site(&format!("s{n}.example"))).collect();
        assert_eq!(rule(with(many)), Rule::TooManySites);
        assert_eq!(check(with(vec![site("a.example"); 40])).unwrap().metadata.sites.len(), 1);
        let mut foreign = site("a.example");
        foreign.rule = SiteRule::Domain { domain: "b.example".into() };
        assert_eq!(rule(with(vec![foreign])), Rule::Site);
    }

    #[test]
    fn values_get_one_spelling() {
        let card = [
            (FieldKind::CardNumber, "4111 1111 1111 1111"),
            (FieldKind::CardHolder, " A. Person "),
            (FieldKind::CardExpiry, "7/29"),
            (FieldKind::CardSecurityCode, "123"),
        ];
        let checked = check(draft(ItemKind::Card, &card)).unwrap();
        let values: Vec<_> = checked.fields.iter().map(|field| field.value.expose_str().unwrap()).collect();
        assert_eq!(values, ["4111111111111111", "A. Person", "2029-07", "123"]);
        let login =
            check(draft(ItemKind::Login, &[(FieldKind::Password, " spaced "), (FieldKind::Note, "two\nlines")]))
                .unwrap();
        assert_eq!(login.fields.first().unwrap().value.expose(), b" spaced ");
    }

    #[test]
    fn values_that_cannot_be() {
        for (kind, value) in [
            (FieldKind::Password, ""),
            (FieldKind::Password, "a\nb"),
            (FieldKind::Hidden, "a\u{7f}"),
            (FieldKind::Note, "a\u{1b}[31m"),
        ] {
            assert_eq!(rule(draft(ItemKind::Login, &[(kind, value)])), Rule::Value(kind), "{kind:?} {value:?}");
        }
        let seed = FieldKind::OneTimeCodeSeed;
        assert_eq!(rule(draft(ItemKind::Login, &[(seed, "")])), Rule::Value(seed));
        assert_eq!(rule(draft(ItemKind::Login, &[(seed, "not a seed!")])), Rule::Seed(SeedError::Secret));
        for (kind, value) in [
            (FieldKind::CardNumber, "4111-1111-1111-111O"),
            (FieldKind::CardExpiry, "13/29"),
            (FieldKind::CardSecurityCode, "12"),
            (FieldKind::CardHolder, "  "),
        ] {
            assert_eq!(rule(draft(ItemKind::Card, &[(kind, value)])), Rule::Value(kind), "{kind:?} {value:?}");
        }
        for mistyped in ["4111111111111112", "4111 1111 1111 1121", "0000 0000 0001"] {
            assert_eq!(
                rule(draft(ItemKind::Card, &[(FieldKind::CardNumber, mistyped)])),
                Rule::CheckDigit,
                "{mistyped}"
            );
        }
        let long = "x".repeat(VALUE_LIMIT + 1);
        assert_eq!(rule(draft(ItemKind::Login, &[(FieldKind::Note, &long)])), Rule::Value(FieldKind::Note));
        let mut binary = draft(ItemKind::Login, &[(FieldKind::Password, "x")]);
        binary.fields[0].value = SecretBytes::new(vec![0xff]);
        assert_eq!(rule(binary), Rule::Value(FieldKind::Password));
    }

    #[test]
    fn kinds_have_their_fields() {
        assert_eq!(rule(draft(ItemKind::Card, &[])), Rule::Missing(FieldKind::CardNumber));
        assert_eq!(rule(draft(ItemKind::OneTimeCode, &[])), Rule::Missing(FieldKind::OneTimeCodeSeed));
        assert_eq!(rule(draft(ItemKind::Card, &[(FieldKind::Password, "x")])), Rule::ForeignField(FieldKind::Password));
        assert_eq!(
            rule(draft(ItemKind::OneTimeCode, &[(FieldKind::Password, "x")])),
            Rule::ForeignField(FieldKind::Password)
        );
        assert_eq!(
            rule(draft(ItemKind::Login, &[(FieldKind::CardNumber, "4111111111111111")])),
            Rule::ForeignField(FieldKind::CardNumber)
        );
        assert_eq!(
            rule(draft(ItemKind::Identity, &[(FieldKind::Password, "x")])),
            Rule::ForeignField(FieldKind::Password)
        );
        let many = vec![(FieldKind::Hidden, "x"); 33];
        assert_eq!(rule(draft(ItemKind::Login, &many)), Rule::TooManyFields);
    }

    #[test]
    fn only_identities_say_who_somebody_is() {
        let with = |kind, identity: Identity| {
            let identity = Some(Box::new(identity));
            check(ItemDraft { identity, ..draft(kind, &[]) }).map(|checked| checked.identity.unwrap().country)
        };
        let of = |country: &str| Identity { country: country.into(), ..Identity::default() };
        assert_eq!(with(ItemKind::Identity, of("de")), Ok("DE".into()));
        assert_eq!(with(ItemKind::Identity, of("")), Err(Error::InvalidDraft(Rule::NoIdentity)));
        assert_eq!(with(ItemKind::Identity, of("?")), Err(Error::InvalidDraft(Rule::Identity("country"))));
        let site = Site::exact(Origin::parse("https://a.example").unwrap());
        let mut bound = ItemDraft { identity: Some(Box::new(of("de"))), ..draft(ItemKind::Identity, &[]) };
        bound.metadata.sites = vec![site];
        assert_eq!(rule(bound), Rule::Site);
        assert_eq!(with(ItemKind::Login, of("de")), Err(Error::InvalidDraft(Rule::NoIdentity)));
        assert_eq!(rule(draft(ItemKind::Identity, &[])), Rule::NoIdentity);
    }
}
