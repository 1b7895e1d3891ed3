//! The shape in which a field takes its value.

use super::birthday::DateFormat;
use super::expiry::{self, ExpiryFormat};
use super::options::{self, Choice};
use super::{card_brand, card_number};
use crate::{ClassifiedField, ClassifiedForm, Field, FieldTag, FieldType, FormSnapshot, Part};
use serde::{Deserialize, Serialize};

/// How a value is brought into the shape that a field takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "format")]
#[non_exhaustive]
pub enum Format {
    /// As it is.
    Whole,
    /// One part of several fields: each takes `length` characters, the last the rest.
    Slice {
        /// The first character.
        start: u32,
        /// How many characters; none for all that is left.
        length: Option<u32>,
        /// How many characters all of the fields hold, if they say so. A longer value goes into none of them.
        of: Option<u32>,
    },
    /// One of several fields that do not say how much they hold: a group of digits as they stand on the card.
    Group {
        /// Which group, from 0.
        index: u32,
        /// Whether the rest goes here too.
        last: bool,
    },
    /// A card's number or a code in one field.
    Number {
        /// What the field's example puts between the groups.
        separator: Option<char>,
    },
    /// An expiry date as text.
    Expiry(ExpiryFormat),
    /// A month.
    Month {
        /// 2, or 1 for one without a leading zero.
        digits: u8,
    },
    /// A year.
    Year {
        /// 2 or 4.
        digits: u8,
    },
    /// A day of the month.
    Day {
        /// 2, or 1 for one without a leading zero.
        digits: u8,
    },
    /// A whole date.
    Date(DateFormat),
    /// Lines of a street address.
    Lines {
        /// The first line, from 0.
        from: u32,
        /// Whether all that follow go here too.
        rest: bool,
    },
    /// A telephone number.
    Telephone {
        /// The field's placeholder: perhaps an example.
        example: String,
        /// Whether another field takes the country's code.
        beside_code: bool,
        /// Whether another field takes the area's code.
        beside_area: bool,
    },
    /// One of a list's options.
    Choose {
        /// The options by what they mean.
        choices: Vec<Choice>,
    },
    /// One of a list's options, which are not known (all) before the list opens.
    Combobox,
    /// A radio button, ticked if what it stands for is the value's.
    Tick {
        /// What it stands for.
        meaning: String,
    },
}

impl Format {
    /// Whether a field holds the beginning of its value, or all of it.
    pub(super) const fn begins_value(&self) -> bool {
        !matches!(self, Self::Slice { start: 1.., .. } | Self::Group { index: 1.., .. })
    }

    /// The format of a field; none for one that could not take the value.
    pub(super) fn of(
        snapshot: &FormSnapshot,
        form: &ClassifiedForm,
        classified: &ClassifiedField,
        field: &Field,
    ) -> Option<Self> {
        let field_type = classified.field_type;
        if let Some(part) = classified.part {
            // What a number begins with may be chosen from a list, which tells no length.
            if field.tag == FieldTag::Select {
                return None;
            }
            return Some(slice(snapshot, form, classified, part));
        }
        match field.input_type.as_str() {
            "radio" if field.tag == FieldTag::Input => return tick(field_type, field),
            "checkbox" if field.tag == FieldTag::Input => return None,
            "date" if !matches!(field_type, FieldType::Bday) => return None,
            "month" if !matches!(field_type, FieldType::CcExp) => return None,
            _ => {}
        }
        if is_list(field_type, field) {
            return list(field_type, field, snapshot.lang());
        }
        text(snapshot, form, field_type, field)
    }
}

/// Whether something is chosen in a field, not written.
fn is_list(field_type: FieldType, field: &Field) -> bool {
    match field.tag {
        FieldTag::Select => true,
        FieldTag::Aria => !matches!(field.input_type.as_str(), "textbox" | "searchbox"),
        // Boxes with suggestions are comboboxes too.
        FieldTag::Input => field.role == "combobox" && takes_choice(field_type),
        FieldTag::Textarea | FieldTag::Editable => false,
    }
}

/// What is usually chosen from a list.
const fn takes_choice(field_type: FieldType) -> bool {
    use FieldType as T;
    matches!(
        field_type,
        T::CcExp
            | T::CcExpMonth
            | T::CcExpYear
            | T::CcType
            | T::Country
            | T::AddressLevel1
            | T::AddressLevel2
            | T::HonorificPrefix
            | T::BdayDay
            | T::BdayMonth
            | T::BdayYear
            | T::TelCountryCode
    )
}

fn list(field_type: FieldType, field: &Field, lang: &str) -> Option<Format> {
    // A select has its options in the snapshot, unless they were too many; another list has them once it is open.
    let is_whole = field.options.len() < crate::snapshot::limits::OPTIONS;
    if is_whole && !field.options.is_empty() {
        let choices = options::choices(field_type, field, lang);
        return (!choices.is_empty()).then_some(Format::Choose { choices });
    }
    let opens = field.tag != FieldTag::Select || !is_whole;
    (opens && takes_choice(field_type)).then_some(Format::Combobox)
}

fn tick(field_type: FieldType, field: &Field) -> Option<Format> {
    let texts = &field.texts;
    let options = field.options.iter().flat_map(|option| [&option.text, &option.value]);
    let said =
        [&texts.label, &texts.aria, &texts.title].into_iter().chain(options).chain([&field.html_id, &field.hints]);
    let brand = said.filter_map(|text| card_brand::of_text(text)).next();
    let meaning = brand.filter(|_| field_type == FieldType::CcType)?.into();
    Some(Format::Tick { meaning })
}

fn text(snapshot: &FormSnapshot, form: &ClassifiedForm, field_type: FieldType, field: &Field) -> Option<Format> {
    let has =
        |wanted: FieldType| form.of_type(wanted).any(|other| snapshot.field(other.id).is_some_and(Field::is_fillable));
    Some(match field_type {
        FieldType::CcNumber => Format::Number { separator: card_number::separator(field, 12).flatten() },
        FieldType::OneTimeCode => Format::Number { separator: card_number::separator(field, 4).flatten() },
        FieldType::CcExp => Format::Expiry(ExpiryFormat::of(field)),
        FieldType::CcExpMonth | FieldType::BdayMonth => Format::Month { digits: expiry::month_digits(field) },
        FieldType::CcExpYear => Format::Year { digits: expiry::year_digits(field, 2) },
        FieldType::BdayYear => Format::Year { digits: expiry::year_digits(field, 4) },
        FieldType::BdayDay => Format::Day { digits: if field.max_length == Some(1) { 1 } else { 2 } },
        FieldType::Bday => Format::Date(DateFormat::of(field, snapshot.lang())?),
        FieldType::AddressLine1 => Format::Lines { from: 0, rest: !has(FieldType::AddressLine2) },
        FieldType::AddressLine2 => Format::Lines { from: 1, rest: !has(FieldType::AddressLine3) },
        FieldType::AddressLine3 => Format::Lines { from: 2, rest: true },
        FieldType::Tel | FieldType::TelNational => Format::Telephone {
            example: field.texts.placeholder.clone(),
            beside_code: has(FieldType::TelCountryCode),
            beside_area: has(FieldType::TelAreaCode),
        },
        _ => Format::Whole,
    })
}

/// Parts take as many characters as they hold (`maxlength`, unless it is long enough for a pasted whole); without that a code's boxes hold one, and a card number's
/// what stands together on the card.
fn slice(snapshot: &FormSnapshot, form: &ClassifiedForm, classified: &ClassifiedField, part: Part) -> Format {
    let is_card = classified.field_type == FieldType::CcNumber;
    let is_number = matches!(classified.field_type, FieldType::Tel | FieldType::TelNational | FieldType::PostalCode);
    let (usual, most) = match (is_card, is_number) {
        (true, _) => (4, 7),
        (_, true) => (1, 8),
        _ => (1, 3),
    };
    let said = |field: &&ClassifiedField| {
        snapshot.field(field.id).and_then(|field| field.max_length).filter(|length| (1..=most).contains(length))
    };
    let length = |field: &&ClassifiedField| said(field).unwrap_or(usual);
    // A form may hold two codes: the parts of one stand together.
    let before = form.of_type(classified.field_type).take_while(|other| other.id != classified.id).count();
    let own = usize::try_from(part.index).unwrap_or(usize::MAX);
    let count = usize::try_from(part.count).unwrap_or(usize::MAX);
    let parts: Vec<&ClassifiedField> =
        form.of_type(classified.field_type).skip(before.saturating_sub(own)).take(count).collect();
    let last = part.index.saturating_add(1) >= part.count;
    let told = parts.iter().filter(|part| said(part).is_some()).count();
    if is_card && told == 0 {
        return Format::Group { index: part.index, last };
    }
    let sum = |parts: &[&ClassifiedField]| parts.iter().map(length).fold(0_u32, u32::saturating_add);
    Format::Slice {
        start: sum(parts.get(..own).unwrap_or_default()),
        length: (!last).then(|| length(&classified)),
        of: (!(is_card || is_number) || told == parts.len()).then(|| sum(&parts)),
    }
}
