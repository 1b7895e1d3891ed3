//! What holds for every date, number and name, in every shape that a field may ask for.

use crate::properties::everything;
use crate::written_months::WRITTEN;
use crate::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// A plan of these fields, whatever a classifier would say of them.
pub(super) fn plan(lang: &str, fields: Vec<(Field, FieldType)>) -> FillPlan {
    let parts = fields.iter().filter(|(_, field_type)| *field_type == FieldType::OneTimeCode).count();
    let numbers = fields.iter().filter(|(_, field_type)| *field_type == FieldType::CcNumber).count();
    let mut seen = [0_u32; 2];
    let (raw, classified): (Vec<Field>, Vec<ClassifiedField>) = (1_u32..)
        .zip(fields)
        .map(|(id, (field, field_type))| {
            let count = match field_type {
                FieldType::OneTimeCode => Some((0, parts)),
                FieldType::CcNumber => Some((1, numbers)),
                _ => None,
            };
            let part = count.filter(|(_, count)| *count > 1).map(|(kind, count)| {
                seen[kind] += 1;
                Part { index: seen[kind] - 1, count: u32::try_from(count).unwrap() }
            });
            let confidence = Confidence::new(1.0);
            let classified =
                ClassifiedField { id: FieldId(id), field_type, confidence, part, repeats: None, evidence: vec![] };
            (Field { id, visible: true, form: Some(0), ..field }, classified)
        })
        .unzip();
    let raw = RawSnapshot { lang: lang.into(), forms: vec![Form::default()], fields: raw, ..RawSnapshot::default() };
    let form = ClassifiedForm {
        form: Some(0),
        kind: FormKind::Checkout,
        confidence: Confidence::new(1.0),
        evidence: vec![],
        fields: classified,
    };
    FillPlan::for_form(&FormSnapshot::parse(raw).unwrap(), &form, &everything())
}

/// What each step writes of a value: the text, or the option's place.
pub(super) fn all(plan: &FillPlan, value: &str) -> Vec<Result<String, Misfit>> {
    plan.steps.iter().map(|step| plan.write(step, value).map(shown)).collect()
}

pub(super) fn shown(written: Written) -> String {
    match written {
        Written::Text(text) => text.to_string(),
        Written::Insert(text) => format!("insert {}", *text),
        Written::Choice(option) => format!("#{option}"),
        Written::Pick(texts) => texts.iter().map(|text| text.as_str()).collect::<Vec<_>>().join("|"),
        Written::Tick => "tick".into(),
    }
}

/// What the only field of a plan gets.
pub(super) fn one(lang: &str, field: Field, field_type: FieldType, value: &str) -> Result<String, Misfit> {
    let plan = plan(lang, vec![(field, field_type)]);
    assert!(plan.steps.len() <= 1);
    all(&plan, value).pop().unwrap_or(Err(Misfit::Unknown))
}

pub(super) fn input(input_type: &str) -> Field {
    Field { input_type: input_type.into(), ..Field::default() }
}

pub(super) fn list(options: &[String]) -> Field {
    let options = options.iter().map(|text| FieldOption { value: text.clone(), text: text.clone() }).collect();
    Field { tag: FieldTag::Select, options, ..Field::default() }
}

/// An expiry that is no other one read backwards: years after 2012.
fn expiry() -> impl Strategy<Value = (u32, u32)> {
    (2013_u32..2100, 1_u32..=12)
}

fn stored((year, month): (u32, u32)) -> String {
    format!("{year}-{month:02}")
}

/// A way to write an expiry.
#[derive(Clone, Debug)]
struct Way {
    year_first: bool,
    padded: bool,
    year_digits: usize,
    separator: &'static str,
}

fn way() -> impl Strategy<Value = Way> {
    let separators = vec!["/", "-", " / ", ".", "", " "];
    (any::<bool>(), any::<bool>(), select(vec![2, 4]), select(separators)).prop_map(
        |(year_first, padded, year_digits, separator)| Way {
            // Nobody writes a month of one digit without a separator, or after a year.
            padded: padded || separator.is_empty() || year_first,
            year_first,
            year_digits,
            separator,
        },
    )
}

impl Way {
    fn write(&self, (year, month): (u32, u32)) -> String {
        let month = if self.padded { format!("{month:02}") } else { month.to_string() };
        let year = if self.year_digits == 2 { format!("{:02}", year % 100) } else { year.to_string() };
        self.order(month, year)
    }

    fn order(&self, month: String, year: String) -> String {
        let (first, second) = if self.year_first { (year, month) } else { (month, year) };
        [first, self.separator.into(), second].concat()
    }

    /// The way in a language's letters.
    fn letters(&self, (month, year): (char, char)) -> String {
        let month = month.to_string().repeat(if self.padded { 2 } else { 1 });
        self.order(month, year.to_string().repeat(self.year_digits))
    }

    fn pattern(&self) -> String {
        let month = if self.padded { "(0[1-9]|1[0-2])" } else { "([1-9]|1[0-2])" };
        let year = if self.year_digits == 2 { r"\d{2}" } else { r"20\d{2}" };
        let separator = match self.separator {
            "/" => r"\/",
            "." => r"\.",
            " / " => r"\s\/\s",
            " " => r"\s",
            other => other,
        };
        let (first, second) = if self.year_first { (year, month) } else { (month, year) };
        format!("^{first}{separator}{second}$")
    }

    fn length(&self) -> u32 {
        u32::try_from(2 + self.year_digits + self.separator.len()).unwrap()
    }
}

/// The letters for month and year in English, German, French, Polish, Swedish, Russian, Greek, Hungarian, Turkish, Finnish, Romanian, Indonesian.
const LETTERS: [(char, char); 12] = [
    ('M', 'Y'),
    ('M', 'J'),
    ('M', 'A'),
    ('M', 'R'),
    ('M', 'Å'),
    ('М', 'Г'),
    ('Μ', 'Ε'),
    ('H', 'É'),
    ('A', 'Y'),
    ('K', 'V'),
    ('L', 'A'),
    ('B', 'T'),
];

/// A field that says something in one of the places where fields say things.
fn saying(place: usize, words: &str) -> Field {
    let mut field = input("text");
    let FieldTexts { label, aria, description, placeholder, title, before, heading, .. } = &mut field.texts;
    let places: [(&mut String, String); 7] = [
        (placeholder, words.to_owned()),
        (label, format!("Expiry date ({words})")),
        (aria, format!("Expires, {words}")),
        (description, format!("Format: {words}.")),
        (title, words.to_owned()),
        (before, format!("Gültig bis {words} *")),
        (heading, words.to_owned()),
    ];
    for (index, (text, words)) in places.into_iter().enumerate() {
        if index == place {
            *text = words;
        }
    }
    field
}

proptest! {
    #[test]
    fn an_expiry_is_written_as_the_field_shows(date in expiry(), way in way(), letters in select(LETTERS.to_vec()), place in 0_usize..7, lower in any::<bool>(), fits in any::<bool>()) {
        let words = way.letters(letters);
        let words = if lower { words.to_lowercase() } else { words };
        let mut field = saying(place, &words);
        field.max_length = fits.then(|| way.length());
        prop_assert_eq!(one("", field, FieldType::CcExp, &stored(date)), Ok(way.write(date)), "{}", words);
    }

    #[test]
    fn an_expiry_is_written_as_an_example_shows(date in expiry(), way in way(), example in (2025_u32..2040, 1_u32..=12)) {
        prop_assume!(!way.separator.is_empty() && (!way.year_first || way.year_digits == 4));
        // An example of October says nothing of a leading zero.
        let padded = way.padded || example.1 > 9;
        let field = saying(0, &way.write(example));
        prop_assert_eq!(one("", field, FieldType::CcExp, &stored(date)), Ok(Way { padded, ..way }.write(date)));
    }

    #[test]
    fn an_expiry_is_written_as_the_pattern_demands(date in expiry(), way in way(), place in 0_usize..7, other in way(), says in any::<bool>()) {
        // Days of one digit and odd separators are not guessed where nothing but a pattern asks for them.
        prop_assume!(way.padded || (way.separator == "/" && !way.year_first));
        prop_assume!(!way.year_first || ["-", "/"].contains(&way.separator));
        // What is shown may contradict it, but not so that it fits by chance.
        prop_assume!(!says || other.year_first == way.year_first);
        let mut field = if says { saying(place, &other.letters(('M', 'Y'))) } else { input("text") };
        field.pattern = way.pattern();
        prop_assert_eq!(one("", field, FieldType::CcExp, &stored(date)), Ok(way.write(date)), "{}", way.pattern());
    }

    #[test]
    fn an_expiry_is_never_longer_than_its_field(date in expiry(), way in way(), length in 4_u32..12, says in any::<bool>()) {
        let mut field = if says { saying(0, &way.letters(('M', 'Y'))) } else { input("tel") };
        field.max_length = Some(length);
        let written = one("", field, FieldType::CcExp, &stored(date)).unwrap();
        prop_assert!(written.len() <= usize::try_from(length).unwrap());
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        let (year, month) = date;
        let (short, long) = (format!("{:02}", year % 100), year.to_string());
        let months = [format!("{month:02}"), month.to_string()];
        let readings = months.iter().flat_map(|month| [&short, &long].map(|year| [format!("{month}{year}"), format!("{year}{month}")])).flatten();
        prop_assert!(readings.into_iter().any(|reading| reading == digits), "{}", written);
    }

    #[test]
    fn lengths_alone_decide_as_people_would(date in expiry()) {
        let (year, month) = date;
        let short = year % 100;
        for (length, expected) in [
            (Some(4), format!("{month:02}{short:02}")),
            (Some(5), format!("{month:02}/{short:02}")),
            (Some(6), format!("{month:02}{year}")),
            (Some(7), format!("{month:02}/{year}")),
            (Some(9), format!("{month:02} / {year}")),
            (None, format!("{month:02}/{short:02}")),
        ] {
            let field = Field { max_length: length, ..input("text") };
            prop_assert_eq!(one("", field, FieldType::CcExp, &stored(date)), Ok(expected));
        }
        prop_assert_eq!(one("", Field { max_length: Some(3), ..input("text") }, FieldType::CcExp, &stored(date)), Err(Misfit::TooLong));
    }

    #[test]
    fn inputs_of_their_own_kind(date in expiry()) {
        prop_assert_eq!(one("", input("month"), FieldType::CcExp, &stored(date)), Ok(stored(date)));
        let (year, month) = date;
        prop_assert_eq!(one("", input("number"), FieldType::CcExp, &stored(date)), Ok(format!("{month:02}{:02}", year % 100)));
    }

    #[test]
    fn months_and_years_in_two_boxes(date in expiry(), month_pads in any::<bool>(), long in any::<bool>(), by in 0_usize..3) {
        let (year, month) = date;
        let (mut one_month, mut one_year) = (input("text"), input("text"));
        match by {
            0 => {
                one_month.texts.placeholder = if month_pads { "MM" } else { "M" }.into();
                one_year.texts.placeholder = if long { "YYYY" } else { "YY" }.into();
            }
            1 => {
                one_month.pattern = if month_pads { "0[1-9]|1[0-2]" } else { "[1-9]|1[0-2]" }.into();
                one_year.pattern = if long { r"20\d\d" } else { r"\d\d" }.into();
            }
            _ => {
                one_month.texts.placeholder = if month_pads { "MM" } else { "M" }.into();
                one_year.max_length = Some(if long { 4 } else { 2 });
            }
        }
        let plan = plan("", vec![(one_month, FieldType::CcExpMonth), (one_year, FieldType::CcExpYear)]);
        let expected = [
            Ok(if month_pads { format!("{month:02}") } else { month.to_string() }),
            Ok(if long { year.to_string() } else { format!("{:02}", year % 100) }),
        ];
        prop_assert_eq!(all(&plan, &stored(date)), expected);
    }

    /// Options as shops write them, in any order, of any months, with or without a prompt.
    #[test]
    fn months_of_a_list(lang in select(WRITTEN.to_vec()), months in subsequence((1_usize..=12).collect::<Vec<_>>(), 2..=12), turn in 0_usize..12, style in 0_usize..6, prompt in any::<bool>()) {
        let (lang, names) = lang;
        let names: Vec<&str> = names.split(' ').collect();
        let mut months = months;
        let turn = turn % months.len();
        months.rotate_left(turn);
        let text = |month: &usize| match style {
            0 => format!("{month:02}"),
            1 => month.to_string(),
            2 => names[month - 1].to_owned(),
            3 => format!("{month:02} - {}", names[month - 1]),
            4 => format!("{} ({month})", names[month - 1]),
            _ => names[month - 1].to_uppercase(),
        };
        let mut options: Vec<String> = months.iter().map(text).collect();
        if prompt {
            options.insert(0, "--".into());
        }
        for (place, month) in months.iter().enumerate() {
            let place = place + usize::from(prompt);
            let value = format!("2031-{month:02}");
            prop_assert_eq!(one(lang, list(&options), FieldType::CcExpMonth, &value), Ok(format!("#{place}")), "{:?}", options);
        }
    }

    #[test]
    fn years_and_whole_dates_of_a_list(first in 2024_u32..2060, count in 3_u32..20, date in (0_u32..20, 1_u32..=12), style in 0_usize..6, prompt in any::<bool>()) {
        let (year, month) = (first + date.0 % count, date.1);
        let value = stored((year, month));
        let prompts = usize::from(prompt);
        let with_prompt = |options: Vec<String>| [vec!["Select".to_owned(); prompts], options].concat();
        let years: Vec<u32> = (first..first + count).collect();
        let text = |year: &u32| if style % 2 == 0 { year.to_string() } else { (year % 100).to_string() };
        let place = prompts + years.iter().position(|one| *one == year).unwrap();
        let options = with_prompt(years.iter().map(text).collect());
        prop_assert_eq!(one("", list(&options), FieldType::CcExpYear, &value), Ok(format!("#{place}")));
        let dates: Vec<(u32, u32)> = years.iter().take(5).flat_map(|year| (1..=12).map(move |month| (*year, month))).collect();
        let text = |(year, month): &(u32, u32)| match style {
            0 => format!("{month:02}/{:02}", year % 100),
            1 => format!("{month} / {year}"),
            2 => format!("{year}-{month:02}"),
            3 => format!("{month:02}{:02}", year % 100),
            4 => format!("{month:02}{year}"),
            _ => format!("{} {year}", ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][usize::try_from(*month).unwrap() - 1]),
        };
        let options = with_prompt(dates.iter().map(text).collect());
        let expected = dates.iter().position(|one| *one == (year, month)).map(|place| format!("#{}", place + prompts));
        prop_assert_eq!(one("", list(&options), FieldType::CcExp, &value), expected.ok_or(Misfit::NoOption));
    }

    #[test]
    fn comboboxes_are_told_what_an_option_may_say(date in expiry(), lang in select(WRITTEN.to_vec())) {
        let (lang, names) = lang;
        let aria = || Field { tag: FieldTag::Aria, ..input("combobox") };
        let picked = one(lang, aria(), FieldType::CcExpMonth, &stored(date)).unwrap();
        let name = crate::text::fold(names.split(' ').nth(usize::try_from(date.1).unwrap() - 1).unwrap());
        let offered: Vec<&str> = picked.split('|').collect();
        prop_assert_eq!(offered[..2].join("|"), format!("{:02}|{}", date.1, date.1));
        prop_assert!(offered.iter().any(|text| name.trim().starts_with(text)), "{name}: {offered:?}");
        prop_assert_eq!(one(lang, aria(), FieldType::CcExpYear, &stored(date)), Ok(format!("{}|{:02}", date.0, date.0 % 100)));
    }
}

fn card() -> impl Strategy<Value = String> {
    "[1-9][0-9]{11,18}"
}

proptest! {
    #[test]
    fn a_number_in_one_box_keeps_its_digits(number in card(), length in prop::option::of(10_u32..30), example in select(vec!["", "1234 5678 9012 3456", "1234-5678-9012-3456", "4111111111111111"]), pattern in select(vec!["", r"[0-9]*", r"[\d ]{14,23}", r"\d{4}( \d{4}){3}", r"(\d{4}-){3}\d{4}"])) {
        let mut field = Field { max_length: length, pattern: pattern.into(), ..input("text") };
        field.texts.placeholder = example.into();
        let written = one("", field, FieldType::CcNumber, &number);
        let fits = length.is_none_or(|length| number.len() <= usize::try_from(length).unwrap());
        prop_assert_eq!(written.is_ok(), fits, "{:?}", &written);
        if let Ok(written) = written {
            prop_assert_eq!(written.chars().filter(char::is_ascii_digit).collect::<String>(), number.as_str());
            prop_assert!(length.is_none_or(|length| written.len() <= usize::try_from(length).unwrap()));
            if number.len() == 16 && length.is_none_or(|length| length >= 19) {
                let separated = match pattern {
                    r"\d{4}( \d{4}){3}" => Some(' '),
                    r"(\d{4}-){3}\d{4}" => Some('-'),
                    // An example counts if the pattern allows it.
                    "" => ["1234 ", "1234-"].into_iter().find(|start| example.starts_with(start)).and_then(|start| start.chars().last()),
                    r"[\d ]{14,23}" if example.starts_with("1234 ") => Some(' '),
                    _ => None,
                };
                prop_assert_eq!(written.chars().nth(4).filter(|letter| !letter.is_ascii_digit()), separated);
            }
        }
    }

    #[test]
    fn a_number_in_boxes_is_whole_or_nowhere(number in card(), boxes in select(vec![vec![4, 4, 4, 4], vec![4, 6, 5], vec![4, 4, 4, 4, 3], vec![0, 0, 0, 0], vec![0, 0, 0]])) {
        let fields = boxes.iter().map(|length| (Field { max_length: Some(*length).filter(|length| *length > 0), ..input("text") }, FieldType::CcNumber));
        let plan = plan("", fields.collect());
        let written = all(&plan, &number);
        let capacity: u32 = boxes.iter().sum();
        if capacity > 0 && number.len() > usize::try_from(capacity).unwrap() {
            prop_assert!(written.iter().all(|part| *part == Err(Misfit::TooLong)));
        } else {
            let parts: Vec<String> = written.into_iter().filter_map(Result::ok).collect();
            prop_assert_eq!(parts.concat(), number.as_str());
            if number.len() == 15 && boxes == [0, 0, 0] {
                prop_assert_eq!(parts.iter().map(String::len).collect::<Vec<_>>(), [4, 6, 5]);
            }
        }
    }

    #[test]
    fn a_code_in_boxes_is_whole_or_nowhere(code in "[0-9]{6,8}", boxes in 4_usize..=8, told in any::<bool>(), halves in any::<bool>()) {
        let lengths = if halves { vec![Some(3); 2] } else { vec![told.then_some(1); boxes] };
        let capacity = if halves { 6 } else { boxes };
        let fields = lengths.iter().map(|length| (Field { max_length: *length, ..input("tel") }, FieldType::OneTimeCode));
        let written = all(&plan("", fields.collect()), &code);
        if code.len() > capacity {
            prop_assert!(written.iter().all(|part| *part == Err(Misfit::TooLong)));
        } else {
            prop_assert!(written.iter().skip(code.len()).all(|part| *part == Err(Misfit::Empty)));
            prop_assert_eq!(written.into_iter().filter_map(Result::ok).collect::<String>(), code);
        }
    }

    #[test]
    fn a_code_in_one_box(code in "[0-9]{6,8}", spaced in any::<bool>(), length in prop::option::of(6_u32..12)) {
        let mut field = Field { max_length: length, ..input("text") };
        field.texts.placeholder = if spaced { "123 456" } else { "123456" }.into();
        let written = one("", field, FieldType::OneTimeCode, &code);
        match length {
            Some(length) if code.len() > usize::try_from(length).unwrap() => prop_assert_eq!(written, Err(Misfit::TooLong)),
            _ => prop_assert_eq!(written.unwrap().replace(' ', ""), code),
        }
    }

    #[test]
    fn exactly_one_radio_is_ticked(brand in select(vec![("4111111111111111", 0), ("5555555555554444", 1), ("378282246310005", 2), ("9999999999999999", 9)])) {
        let radio = |label: &str| {
            let texts = FieldTexts { label: label.into(), ..FieldTexts::default() };
            (Field { texts, ..input("radio") }, FieldType::CcType)
        };
        let plan = plan("", ["VISA", "Master Card", "American Express", "Invoice"].map(radio).to_vec());
        prop_assert_eq!(plan.steps.len(), 3, "what names no brand is no choice of it");
        let ticked: Vec<usize> = all(&plan, brand.0).into_iter().enumerate().filter(|(_, step)| step.is_ok()).map(|(place, _)| place).collect();
        prop_assert_eq!(ticked, if brand.1 < 3 { vec![brand.1] } else { vec![] });
    }

    #[test]
    fn whatever_is_written_as_text_is_accepted_or_what_typing_would_leave(value in "\\PC{1,60}", length in prop::option::of(1_u32..40), field_type in select(vec![FieldType::Username, FieldType::CurrentPassword, FieldType::CcName])) {
        let field = Field { max_length: length, ..input(if field_type.is_password() { "password" } else { "text" }) };
        let written = one("", field, field_type, &value).unwrap();
        prop_assert!(value.starts_with(&written));
        let units = written.encode_utf16().count();
        prop_assert!(length.is_none_or(|length| units <= usize::try_from(length).unwrap()));
        // One more character would be too many.
        let next = value.chars().nth(written.chars().count()).map_or(0, char::len_utf16);
        prop_assert!(next == 0 || length.is_some_and(|length| units + next > usize::try_from(length).unwrap()));
    }

    #[test]
    fn no_value_and_no_field_breaks_it(value in "\\PC{0,24}", pattern in "[\\\\()\\[\\]{}|*+?^$.a-z0-9-]{0,24}", placeholder in "\\PC{0,24}", options in vec("\\PC{0,12}", 0..14), field_type in select(FieldType::ALL.to_vec()), tag in select(vec![FieldTag::Input, FieldTag::Select, FieldTag::Textarea, FieldTag::Editable, FieldTag::Aria]), length in prop::option::of(0_u32..20)) {
        let mut field = Field { tag, pattern, max_length: length, ..list(&options) };
        field.texts.placeholder = placeholder;
        let plan = plan("de", vec![(field, field_type)]);
        for step in &plan.steps {
            if let Ok(Written::Text(text)) = plan.write(step, &value) {
                prop_assert!(length.is_none_or(|length| text.encode_utf16().count() <= usize::try_from(length).unwrap() || tag != FieldTag::Input && tag != FieldTag::Textarea));
            }
        }
    }
}
