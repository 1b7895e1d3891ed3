//! From a value to what is written into a field.

use super::birthday::Date;
use super::format::Format;
use super::options::Choice;
use super::year_month::YearMonth;
use super::{FillPlan, FillStep, ItemValue, card_brand, card_number, names};
use crate::text::fold;
use crate::{FieldTag, FieldType};
use zeroize::Zeroizing;

/// What goes into a field. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub enum Written {
    /// The value of an input or a textarea.
    Text(Zeroizing<String>),
    /// Text that takes the place of what an element with `contenteditable`, or an ARIA text box, holds.
    Insert(Zeroizing<String>),
    /// The option with this index.
    Choice(u32),
    /// The option whose text or value is the first of these that any is; else the one whose text begins with the first of them that any begins with. Case, accents and
    /// signs do not count; texts of fewer than three letters and numbers are compared whole. If a list opens only when it is pressed, its options are looked at then.
    Pick(Vec<Zeroizing<String>>),
    /// This radio button.
    Tick,
}

impl core::fmt::Debug for Written {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Insert(_) => "Insert(…)",
            Self::Choice(_) => "Choice(…)",
            Self::Pick(_) => "Pick(…)",
            Self::Tick => "Tick",
        })
    }
}

/// Why a value does not go into a field. The field is left as it is; the others may be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The item has nothing for it, or the fields before it hold all of it.
    #[error("there is nothing left to write into this field")]
    Empty,
    /// The value is not spelled as the vault spells it.
    #[error("the value is not in the form in which the vault keeps it")]
    Malformed,
    /// The field holds less than the value has.
    #[error("the value is longer than the field takes, or not the number that it takes")]
    TooLong,
    /// No option of the list, or not this radio button, is the value's.
    #[error("the list has no option for the value")]
    NoOption,
    /// The value cannot be taken apart as the fields ask for it.
    #[error("the value cannot be taken apart as the fields ask for it")]
    Unknown,
}

type Texts = Vec<Zeroizing<String>>;

impl FillPlan {
    /// What is written into a step's field, of the value that it asks for, spelled as the vault spells it: a card's number in digits, its expiry as `YYYY-MM`, a birthday
    /// as `YYYY-MM-DD`. A card's type is told from its number.
    ///
    /// # Errors
    /// Why the field cannot take it.
    pub fn write(&self, step: &FillStep, value: &str) -> Result<Written, Misfit> {
        if value.is_empty() {
            return Err(Misfit::Empty);
        }
        step.place(&self.meanings(step, value)?, self.spellings(step, value)?)
    }

    /// What an option would mean.
    fn meanings(&self, step: &FillStep, value: &str) -> Result<Texts, Misfit> {
        let texts: Vec<&str> = match step.field_type {
            FieldType::CcExpMonth => vec![expiry(value)?.month(1)],
            FieldType::CcExpYear => vec![expiry(value)?.year(4)],
            FieldType::CcExp => vec![value, expiry(value)?.month(1)],
            FieldType::BdayDay => vec![date(value)?.day(1)],
            FieldType::BdayMonth => vec![date(value)?.month(1)],
            FieldType::BdayYear => vec![date(value)?.year(4)],
            FieldType::CcType => vec![card_brand::of_number(value).ok_or(Misfit::Unknown)?],
            _ => vec![value],
        };
        Ok(texts.into_iter().map(|text| Zeroizing::new(text.to_owned())).collect())
    }

    /// The ways to write a value, the one that the field asks for first.
    fn spellings(&self, step: &FillStep, value: &str) -> Result<Texts, Misfit> {
        let both = |one: &str, other: &str| [one, other].map(|text| Zeroizing::new(text.to_owned())).to_vec();
        let whole = || vec![Zeroizing::new(value.to_owned())];
        Ok(match &step.format {
            Format::Slice { start, length, of } => vec![slice(value, *start, *length, *of)?],
            Format::Group { index, last } => {
                let group = card_number::group(value, *index, *last).ok_or(Misfit::Empty)?;
                vec![Zeroizing::new(group.to_owned())]
            }
            Format::Number { separator } if step.field_type == FieldType::CcNumber => {
                card_number::spellings(value, *separator)
            }
            Format::Number { separator } => card_number::code_spellings(value, *separator),
            Format::Expiry(asked) => expiry(value)?.spellings(asked),
            Format::Month { digits } => {
                let month = |digits| {
                    expiry(value).map_or_else(|_| Ok(date(value)?.month(digits)), |expiry| Ok(expiry.month(digits)))
                };
                both(month(*digits)?, month(3 - *digits)?)
            }
            Format::Year { digits } => {
                let year = |digits| {
                    expiry(value).map_or_else(|_| Ok(date(value)?.year(digits)), |expiry| Ok(expiry.year(digits)))
                };
                both(year(*digits)?, year(6 - *digits)?)
            }
            Format::Day { digits } => both(date(value)?.day(*digits), date(value)?.day(3 - *digits)),
            Format::Date(asked) => date(value)?.spellings(asked),
            Format::Combobox => self.options(step, value)?,
            _ => match step.field_type {
                FieldType::CcGivenName => vec![names::split(value, &self.lang).ok_or(Misfit::Unknown)?.0],
                FieldType::CcFamilyName => vec![names::split(value, &self.lang).ok_or(Misfit::Unknown)?.1],
                _ => whole(),
            },
        })
    }

    /// What the option of a list that is not open yet may say.
    fn options(&self, step: &FillStep, value: &str) -> Result<Texts, Misfit> {
        let owned = |texts: &[&str]| texts.iter().map(|text| Zeroizing::new((*text).to_owned())).collect();
        Ok(match step.field_type {
            FieldType::CcExpMonth => expiry(value)?.month_options(&self.lang),
            FieldType::CcExpYear => owned(&[expiry(value)?.year(4), expiry(value)?.year(2)]),
            FieldType::CcExp => expiry(value)?.spellings(&super::ExpiryFormat::usual()),
            FieldType::BdayDay => owned(&[date(value)?.day(1), date(value)?.day(2)]),
            FieldType::BdayMonth => expiry(value.get(..7).ok_or(Misfit::Malformed)?)?.month_options(&self.lang),
            FieldType::BdayYear => owned(&[date(value)?.year(4)]),
            FieldType::CcType => {
                let brand = card_brand::of_number(value).ok_or(Misfit::Unknown)?;
                card_brand::names(brand).map(Zeroizing::new).collect()
            }
            _ => owned(&[value]),
        })
    }
}

impl FillStep {
    /// Whether something is chosen, not written.
    pub(super) const fn is_list(&self) -> bool {
        matches!(self.format, Format::Choose { .. } | Format::Combobox | Format::Tick { .. })
    }

    /// Chooses among meanings, or among spellings, as the field is.
    pub(super) fn place(&self, meanings: &[Zeroizing<String>], spellings: Texts) -> Result<Written, Misfit> {
        match &self.format {
            Format::Choose { choices } => {
                let found = meanings.iter().find_map(|meaning| choices.iter().find(|choice| means(choice, meaning)));
                found.map(|choice| Written::Choice(choice.option)).ok_or(Misfit::NoOption)
            }
            Format::Combobox => Ok(Written::Pick(spellings)),
            Format::Tick { meaning } => {
                let is_meant = meanings.iter().any(|wanted| **wanted == *meaning);
                if is_meant { Ok(Written::Tick) } else { Err(Misfit::NoOption) }
            }
            _ => self.text(spellings),
        }
    }

    fn text(&self, spellings: Texts) -> Result<Written, Misfit> {
        // What is cut as typing would cut it; half a number, date or code would be another.
        let can_be_cut = matches!(
            self.value,
            ItemValue::Username
                | ItemValue::Email
                | ItemValue::Password
                | ItemValue::NewPassword
                | ItemValue::CardholderName
                | ItemValue::Identity
        ) && !matches!(
            self.format,
            Format::Date(_) | Format::Month { .. } | Format::Year { .. } | Format::Day { .. }
        ) && !matches!(
            self.field_type,
            FieldType::Email | FieldType::Tel | FieldType::TelNational | FieldType::PostalCode | FieldType::Country
        );
        let shortest = spellings.first().map(|text| self.takes.cut(text)).filter(|_| can_be_cut);
        let text = self.takes.choose(spellings).or(shortest).ok_or(Misfit::TooLong)?;
        Ok(match self.signature.tag {
            FieldTag::Editable | FieldTag::Aria => Written::Insert(text),
            _ => Written::Text(text),
        })
    }
}

/// Numbers and brands are what they are; what an option says is compared without case, accents and signs.
fn means(choice: &Choice, meaning: &str) -> bool {
    choice.meaning == meaning
        || (!meaning.bytes().any(|byte| byte.is_ascii_digit()) && fold(&choice.meaning) == fold(meaning))
}

fn expiry(value: &str) -> Result<YearMonth<'_>, Misfit> {
    YearMonth::parse(value).ok_or(Misfit::Malformed)
}

fn date(value: &str) -> Result<Date<'_>, Misfit> {
    Date::parse(value).ok_or(Misfit::Malformed)
}

pub(super) fn slice(
    value: &str,
    start: u32,
    length: Option<u32>,
    of: Option<u32>,
) -> Result<Zeroizing<String>, Misfit> {
    let count = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
    if of.is_some_and(|all| value.chars().count() > count(all)) {
        return Err(Misfit::TooLong);
    }
    let part: String = value.chars().skip(count(start)).take(length.map_or(usize::MAX, count)).collect();
    if part.is_empty() { Err(Misfit::Empty) } else { Ok(Zeroizing::new(part)) }
}
