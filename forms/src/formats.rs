//! How dates are written, and what the options of selects mean.

use crate::Field;
use crate::plan::{Choice, ExpiryFormat};

/// How a field that takes month and year in one wants them, by its placeholder, its label, its pattern and its length; `MM/YY` where nothing says.
pub(crate) fn text_format(field: &Field) -> ExpiryFormat {
    if field.input_type == "month" {
        return ExpiryFormat { year_first: true, year_digits: 4, separator: "-".into() };
    }
    let texts = &field.texts;
    let shown = [&texts.placeholder, &texts.label, &texts.aria, &texts.description, &texts.title, &texts.before];
    shown.into_iter().find_map(|text| shape(text)).unwrap_or_else(|| by_length(field.max_length))
}

/// Reads a shape such as `MM / YYYY`, `mm-jj` or `ГГ`: the letters that languages use for month and year, and what stands between.
fn shape(text: &str) -> Option<ExpiryFormat> {
    let letters: Vec<char> = text.to_lowercase().chars().collect();
    let (mut runs, mut gap) = (Vec::<(bool, u8)>::new(), String::new());
    let mut position = 0;
    while let Some(&letter) = letters.get(position) {
        let length = letters.iter().skip(position).take_while(|other| **other == letter).count();
        let whole = position
            .checked_sub(1)
            .and_then(|at| letters.get(at))
            .is_none_or(|before| !before.is_alphabetic() || !runs.is_empty());
        match (kind(letter), length) {
            (Some(year), 2 | 4) if whole && runs.len() < 2 => runs.push((year, if length == 4 { 4 } else { 2 })),
            _ if runs.len() == 1 && !letter.is_alphanumeric() => gap.extend(letters.iter().skip(position).take(length)),
            _ if runs.len() == 1 => {
                runs.clear();
                gap.clear();
            }
            _ => {}
        }
        position += length;
    }
    match runs.as_slice() {
        [(false, 2), (true, digits)] => Some(ExpiryFormat { year_first: false, year_digits: *digits, separator: gap }),
        [(true, digits), (false, 2)] => Some(ExpiryFormat { year_first: true, year_digits: *digits, separator: gap }),
        _ => None,
    }
}

/// Whether a letter stands for a year (true) or a month (false): English, German, French, Spanish, Italian, Polish, Nordic, Russian, Greek.
fn kind(letter: char) -> Option<bool> {
    match letter {
        'm' | 'м' | 'μ' => Some(false),
        'y' | 'j' | 'a' | 'r' | 'å' | 'г' | 'ε' | 'v' => Some(true),
        _ => None,
    }
}

fn by_length(max_length: Option<u32>) -> ExpiryFormat {
    let (year_digits, separator) = match max_length {
        Some(4) => (2, ""),
        Some(6) => (4, ""),
        Some(7) => (4, "/"),
        _ => (2, "/"),
    };
    ExpiryFormat { year_first: false, year_digits, separator: separator.into() }
}

/// How many digits of the year a field takes.
pub(crate) fn year_digits(field: &Field) -> u8 {
    let texts = &field.texts;
    let long = [&texts.placeholder, &texts.label, &texts.aria].into_iter().any(|text| {
        let text = text.to_lowercase();
        ["yyyy", "jjjj", "aaaa", "rrrr", "гггг", "εεεε"].into_iter().any(|year| text.contains(year))
    });
    if long || field.max_length == Some(4) { 4 } else { 2 }
}

/// Which option is which month: by number in value or text, else by place among twelve options.
pub(crate) fn months(field: &Field) -> Vec<Choice> {
    let by_number = choices(field, |number| (1..=12).contains(&number).then_some(number));
    if by_number.len() == 12 { by_number } else { by_place(field) }
}

/// Which option is which year, with four digits, or with two of this century.
pub(crate) fn years(field: &Field) -> Vec<Choice> {
    choices(field, |number| match number {
        1900..=2099 => Some(number),
        15..=99 => Some(2000 + number),
        _ => None,
    })
}

/// Which option is which day of the month.
pub(crate) fn days(field: &Field) -> Vec<Choice> {
    choices(field, |number| (1..=31).contains(&number).then_some(number))
}

/// Which option is which month of which year: `05/31`, `5 / 2031`, `2031-05`.
pub(crate) fn dates(field: &Field) -> Vec<Choice> {
    let date = |text: &String| {
        let numbers: Vec<u32> =
            text.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
        match numbers.as_slice() {
            [month @ 1..=12, year @ 2000..=2099] | [year @ 2000..=2099, month @ 1..=12] => {
                Some(format!("{year}-{month:02}"))
            }
            [month @ 1..=12, year @ 15..=99] => Some(format!("20{year}-{month:02}")),
            _ => None,
        }
    };
    let dated = field.options.iter().zip(0_u32..).filter_map(|(option, place)| {
        let meaning = [&option.text, &option.value].into_iter().find_map(date)?;
        Some(Choice { meaning, option: place })
    });
    dated.collect()
}

/// What each option says.
pub(crate) fn by_text(field: &Field) -> Vec<Choice> {
    field
        .options
        .iter()
        .zip(0_u32..)
        .map(|(option, place)| Choice { meaning: option.text.clone(), option: place })
        .collect()
}

fn choices(field: &Field, meaning: impl Fn(u32) -> Option<u32>) -> Vec<Choice> {
    let numbered = field.options.iter().zip(0_u32..).filter_map(|(option, place)| {
        let number =
            [&option.text, &option.value].into_iter().find_map(|text| leading_number(text).and_then(&meaning))?;
        Some(Choice { meaning: number.to_string(), option: place })
    });
    numbered.collect()
}

fn leading_number(text: &str) -> Option<u32> {
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Month names in any language stand in order; a thirteenth option before them is a prompt.
fn by_place(field: &Field) -> Vec<Choice> {
    let prompts = match field.options.len() {
        12 => 0,
        13 => 1,
        _ => return Vec::new(),
    };
    (1_u32..=12).map(|month| Choice { meaning: month.to_string(), option: month - 1 + prompts }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FieldOption, FieldTexts};

    fn with_placeholder(placeholder: &str) -> Field {
        Field { texts: FieldTexts { placeholder: placeholder.into(), ..FieldTexts::default() }, ..Field::default() }
    }

    fn format(year_first: bool, year_digits: u8, separator: &str) -> ExpiryFormat {
        ExpiryFormat { year_first, year_digits, separator: separator.into() }
    }

    #[test]
    fn placeholders_say_the_shape() {
        for (placeholder, expected) in [
            ("MM/YY", format(false, 2, "/")),
            ("MM / YYYY", format(false, 4, " / ")),
            ("mmyy", format(false, 2, "")),
            ("JJ-MM", format(true, 2, "-")),
            ("MM/AA", format(false, 2, "/")),
            ("ММ/ГГ", format(false, 2, "/")),
            ("Expiry date (MM/YY)", format(false, 2, "/")),
            ("Summer sale", format(false, 2, "/")),
        ] {
            assert_eq!(text_format(&with_placeholder(placeholder)), expected, "{placeholder}");
        }
    }

    #[test]
    fn length_decides_where_no_text_does() {
        let field = |max_length| Field { max_length: Some(max_length), ..Field::default() };
        assert_eq!(text_format(&field(4)), format(false, 2, ""));
        assert_eq!(text_format(&field(7)), format(false, 4, "/"));
    }

    #[test]
    fn month_names_go_by_place() {
        let names = [
            "Monat",
            "Jänner",
            "Feber",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ];
        let options = names.iter().map(|name| FieldOption { value: (*name).into(), text: (*name).into() }).collect();
        let months = months(&Field { options, ..Field::default() });
        assert_eq!(months.first(), Some(&Choice { meaning: "1".into(), option: 1 }));
        assert_eq!(months.last(), Some(&Choice { meaning: "12".into(), option: 12 }));
    }

    #[test]
    fn a_select_of_whole_dates() {
        let options = ["--", "05/31", "6 / 2031", "2031-07"]
            .map(|text| FieldOption { value: String::new(), text: text.into() })
            .to_vec();
        let dates = dates(&Field { options, ..Field::default() });
        let meanings: Vec<&str> = dates.iter().map(|choice| choice.meaning.as_str()).collect();
        assert_eq!(meanings, ["2031-05", "2031-06", "2031-07"]);
        assert_eq!(dates.first().map(|choice| choice.option), Some(1));
    }

    #[test]
    fn years_with_two_digits_are_of_this_century() {
        let options = ["YY", "27", "28"].map(|text| FieldOption { value: text.into(), text: text.into() }).to_vec();
        let years = years(&Field { options, ..Field::default() });
        assert_eq!(years.first(), Some(&Choice { meaning: "2027".into(), option: 1 }));
        assert_eq!(years.len(), 2);
    }
}
