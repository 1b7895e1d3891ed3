//! What the options of a list mean.

use super::card_brand;
use crate::{Field, FieldOption, FieldType, months};
use serde::{Deserialize, Serialize};

/// An option of a select and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// What the option means: a number for a day or month, four digits for a year, `2031-05` for month and year, a brand's short name for a card's type, else what the
    /// option says or submits.
    pub meaning: String,
    /// The option's place in the list.
    pub option: u32,
}

/// The options by what they mean; those that mean nothing are left out.
pub(super) fn choices(field_type: FieldType, field: &Field, lang: &str) -> Vec<Choice> {
    match field_type {
        FieldType::CcExp => Some(dates(field)).filter(|dates| !dates.is_empty()).unwrap_or_else(|| months(field, lang)),
        FieldType::CcExpMonth | FieldType::BdayMonth => months(field, lang),
        FieldType::CcExpYear | FieldType::BdayYear => years(field),
        FieldType::BdayDay => by_number(field, |number| (1..=31).contains(&number).then_some(number)),
        FieldType::CcType => brands(field),
        FieldType::TelCountryCode => dial_codes(field).into_iter().chain(by_text(field)).collect(),
        _ => by_text(field),
    }
}

fn numbered(field: &Field) -> impl Iterator<Item = (u32, &FieldOption)> {
    (0_u32..).zip(&field.options)
}

/// Which option is which month: by the number that it shows, by its name, by the number that it submits, else by its place among twelve.
fn months(field: &Field, lang: &str) -> Vec<Choice> {
    let is_month = |number: &u32| (1..=12).contains(number);
    let shown = list(field, |option| only_number(&option.text).filter(is_month));
    let named = || {
        let texts: Vec<&str> = field.options.iter().map(|option| option.text.as_str()).collect();
        let months = months::read(&texts, lang);
        let choices = numbered(field).zip(months).filter_map(|((place, _), month)| Some(choice(month?, place)));
        choices.collect::<Vec<_>>()
    };
    let submitted = || {
        // Lists that count from zero are the months of JavaScript.
        let from_zero = field.options.iter().any(|option| only_number(&option.value) == Some(0));
        list(field, |option| only_number(&option.value).filter(|number| is_month(number) && !from_zero))
    };
    let enough = |choices: &Vec<Choice>| {
        is_each_once(choices) && choices.len() + 1 >= field.options.len() && !choices.is_empty()
    };
    Some(shown)
        .filter(enough)
        .or_else(|| Some(named()).filter(enough))
        .or_else(|| Some(submitted()).filter(enough))
        .unwrap_or_else(|| by_place(field))
}

fn is_each_once(choices: &[Choice]) -> bool {
    choices.iter().enumerate().all(|(place, one)| choices.iter().take(place).all(|other| other.meaning != one.meaning))
}

/// Month names in any language stand in order; a thirteenth option before them is a prompt.
fn by_place(field: &Field) -> Vec<Choice> {
    let prompts = match field.options.len() {
        12 => 0,
        13 => 1,
        _ => return Vec::new(),
    };
    (1_u32..=12).map(|month| choice(month, month - 1 + prompts)).collect()
}

/// Which option is which year: with four digits, with two of this century, or of the Buddhist era.
fn years(field: &Field) -> Vec<Choice> {
    by_number(field, |number| match number {
        1900..=2099 => Some(number),
        2443..=2642 => Some(number - 543),
        15..=99 => Some(2000 + number),
        _ => None,
    })
}

/// Which option is which month of which year: `05/31`, `5 / 2031`, `2031-05`, `May 2031`, `0531`.
fn dates(field: &Field) -> Vec<Choice> {
    let texts: Vec<&str> = field.options.iter().map(|option| option.text.as_str()).collect();
    let names = months::read(&texts, "");
    let dated = numbered(field).zip(names).filter_map(|((place, option), name)| {
        let (year, month) =
            date(&option.text).or_else(|| named_date(&option.text, name?)).or_else(|| date(&option.value))?;
        Some(Choice { meaning: format!("{year}-{month:02}"), option: place })
    });
    dated.collect()
}

fn date(text: &str) -> Option<(u32, u32)> {
    let parts: Vec<&str> = numbers(text).collect();
    let parts = match parts.as_slice() {
        [one] if one.len() == 4 => vec![one.get(..2)?, one.get(2..)?],
        [one] if one.len() == 6 && one.starts_with("20") && one.get(4..)? <= "12" => vec![one.get(4..)?, one.get(..4)?],
        [one] if one.len() == 6 => vec![one.get(..2)?, one.get(2..)?],
        other => other.to_vec(),
    };
    match *parts.iter().map(|digits| digits.parse().ok()).collect::<Option<Vec<u32>>>()?.as_slice() {
        [month @ 1..=12, year @ 2000..=2099] | [year @ 2000..=2099, month @ 1..=12] => Some((year, month)),
        [month @ 1..=12, year @ 15..=99] => Some((2000 + year, month)),
        _ => None,
    }
}

fn named_date(text: &str, month: u32) -> Option<(u32, u32)> {
    let mut numbers = numbers(text);
    match (numbers.next()?.parse().ok()?, numbers.next()) {
        (year @ 2000..=2099, None) => Some((year, month)),
        (year @ 15..=99, None) => Some((2000 + year, month)),
        _ => None,
    }
}

fn brands(field: &Field) -> Vec<Choice> {
    let brand = |option: &FieldOption| card_brand::of_text(&option.text).or_else(|| card_brand::of_text(&option.value));
    numbered(field)
        .filter_map(|(place, option)| Some(Choice { meaning: brand(option)?.into(), option: place }))
        .collect()
}

/// The country's code of each option, with its `+`.
fn dial_codes(field: &Field) -> Vec<Choice> {
    let plus = |text: &str| text.split_once('+').and_then(|(_, after)| numbers(after).next().map(str::to_owned));
    let bare = |text: &str| numbers(text).next().filter(|digits| *digits == text.trim()).map(str::to_owned);
    let dial = |option: &FieldOption| {
        let zeros = |digits: String| digits.trim_start_matches('0').to_owned();
        plus(&option.text)
            .or_else(|| plus(&option.value))
            .or_else(|| bare(&option.text).or_else(|| bare(&option.value)).map(zeros))
    };
    numbered(field)
        .filter_map(|(place, option)| Some(Choice { meaning: format!("+{}", dial(option)?), option: place }))
        .collect()
}

/// What each option says, and what it submits. An option without a value is a prompt.
fn by_text(field: &Field) -> Vec<Choice> {
    let said = numbered(field)
        .filter(|(_, option)| !option.value.is_empty() || field.options.iter().all(|option| option.value.is_empty()));
    said.flat_map(|(place, option)| {
        let value = Some(&option.value).filter(|value| **value != option.text && !value.is_empty());
        [Some(&option.text), value]
            .into_iter()
            .flatten()
            .map(move |text| Choice { meaning: text.clone(), option: place })
    })
    .collect()
}

fn choice(number: u32, place: u32) -> Choice {
    Choice { meaning: number.to_string(), option: place }
}

fn list(field: &Field, meaning: impl Fn(&FieldOption) -> Option<u32>) -> Vec<Choice> {
    numbered(field).filter_map(|(place, option)| Some(choice(meaning(option)?, place))).collect()
}

fn by_number(field: &Field, meaning: impl Fn(u32) -> Option<u32>) -> Vec<Choice> {
    list(field, |option| {
        [&option.text, &option.value].into_iter().find_map(|text| only_number(text).and_then(&meaning))
    })
}

/// The number in a text that holds one: `05`, `5 - May`, `Tháng 5`, `5月`.
fn only_number(text: &str) -> Option<u32> {
    let mut numbers = numbers(text);
    let first = numbers.next()?.parse().ok()?;
    // `05 (5)` says it twice.
    numbers.all(|other| other.parse() == Ok(first)).then_some(first)
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_digit()).filter(|digits| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list_of(options: &[(&str, &str)]) -> Field {
        let option = |(text, value): &(&str, &str)| FieldOption { value: (*value).into(), text: (*text).into() };
        Field { options: options.iter().map(option).collect(), ..Field::default() }
    }

    fn same(texts: &[&str]) -> Field {
        list_of(&texts.iter().map(|text| (*text, *text)).collect::<Vec<_>>())
    }

    fn meanings(field_type: FieldType, field: &Field) -> Vec<(String, u32)> {
        choices(field_type, field, "").into_iter().map(|choice| (choice.meaning, choice.option)).collect()
    }

    fn expect(found: &[(String, u32)], expected: &[(&str, u32)]) {
        let found: Vec<(&str, u32)> = found.iter().map(|(meaning, place)| (meaning.as_str(), *place)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn month_names_go_by_place_where_they_are_unknown() {
        let names = ["Miosach", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        let months = meanings(FieldType::CcExpMonth, &same(&names));
        assert_eq!(months.first(), Some(&("1".into(), 1)));
        assert_eq!(months.last(), Some(&("12".into(), 12)));
    }

    #[test]
    fn the_months_that_are_left_go_by_name_and_number() {
        expect(&meanings(FieldType::CcExpMonth, &same(&["Okt.", "Nov.", "Dez."])), &[("10", 0), ("11", 1), ("12", 2)]);
        expect(&meanings(FieldType::CcExpMonth, &same(&["MM", "11 - nov", "12 - dic"])), &[("11", 1), ("12", 2)]);
        expect(&meanings(FieldType::CcExpMonth, &same(&["Tháng 11", "Tháng 12"])), &[("11", 0), ("12", 1)]);
    }

    #[test]
    fn values_that_count_from_zero_are_no_months() {
        let names = ["Ioan", "Bealtaine", "Feabhra"];
        let from_zero: Vec<(&str, &str)> = names.iter().copied().zip(["0", "1", "2"]).collect();
        expect(&meanings(FieldType::CcExpMonth, &list_of(&from_zero)), &[]);
        let english: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        let names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
        let options: Vec<(&str, &str)> = names.split(' ').zip(english.iter().map(String::as_str)).collect();
        let months = meanings(FieldType::CcExpMonth, &list_of(&options));
        assert_eq!((months.len(), months.first()), (12, Some(&("1".into(), 0))));
    }

    #[test]
    fn lists_of_whole_dates() {
        let field = same(&["--", "05/31", "6 / 2031", "2031-07", "Aug 2031", "0931", "102031", "203111"]);
        let expected = ["2031-05", "2031-06", "2031-07", "2031-08", "2031-09", "2031-10", "2031-11"];
        expect(&meanings(FieldType::CcExp, &field), &expected.into_iter().zip(1..).collect::<Vec<_>>());
    }

    #[test]
    fn years_of_two_digits_and_of_another_era() {
        expect(&meanings(FieldType::CcExpYear, &same(&["YY", "27", "28"])), &[("2027", 1), ("2028", 2)]);
        expect(&meanings(FieldType::BdayYear, &same(&["พ.ศ.", "2533", "2534"])), &[("1990", 1), ("1991", 2)]);
    }

    #[test]
    fn brands_and_words() {
        let types = list_of(&[("Choose…", ""), ("Visa", "001"), ("MasterCard", "002"), ("Gift card", "9")]);
        expect(&meanings(FieldType::CcType, &types), &[("visa", 1), ("mastercard", 2)]);
        let countries = list_of(&[("Country", ""), ("Deutschland", "DE"), ("Österreich", "AT")]);
        expect(
            &meanings(FieldType::Country, &countries),
            &[("Deutschland", 1), ("DE", 1), ("Österreich", 2), ("AT", 2)],
        );
    }
}
