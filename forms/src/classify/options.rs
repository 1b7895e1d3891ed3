//! What a select's options are, whatever language they are in.

use super::view::Options;
use crate::text::fold;
use crate::{FieldOption, months};

/// Recognises a list of options.
pub(super) fn recognise(options: &[FieldOption]) -> Options {
    if options.len() < 2 {
        return Options::Unknown;
    }
    let folded = |text: &String| fold(text).trim().to_owned();
    let texts: Vec<String> = options.iter().take(ENOUGH).map(|option| folded(&option.text)).collect();
    let values: Vec<String> = options.iter().take(ENOUGH).map(|option| folded(&option.value)).collect();
    numbers(&texts, options.len())
        .or_else(|| numbers(&values, options.len()))
        .or_else(|| words(&texts, &values, options.len()))
        .or_else(|| dial_codes(options))
        .or_else(|| places(options, &texts))
        .unwrap_or_default()
}

/// As many options as it takes to know a list.
const ENOUGH: usize = 34;

fn words(texts: &[String], values: &[String], options: usize) -> Option<Options> {
    let count = |words: &[&str]| {
        let is_word = |(text, value): &(&String, &String)| {
            words.iter().any(|word| text.starts_with(word) || value.starts_with(word))
        };
        texts.iter().zip(values).filter(is_word).count()
    };
    let exact = |words: &[&str]| texts.iter().filter(|text| words.contains(&text.as_str())).count();
    if options > 20 {
        return None;
    }
    if count(CARD_TYPES) >= 2 {
        return Some(Options::CardTypes);
    }
    if (6..=14).contains(&options) && months::named(texts) >= 6 {
        return Some(Options::Months);
    }
    if exact(TITLES) >= 2 {
        return Some(Options::Titles);
    }
    (options <= 8 && exact(GENDERS) >= 2).then_some(Options::Genders)
}

/// Whether a text is a card's brand and nothing else.
pub(super) fn is_card_type(text: &str) -> bool {
    !text.is_empty() && CARD_TYPES.contains(&fold(text).trim())
}

#[rustfmt::skip]
const CARD_TYPES: &[&str] = &[
    "visa", "mastercard", "master card", "maestro", "american express", "amex", "discover", "diners", "jcb", "carte bleue", "eurocard",
];

fn dial_codes(options: &[FieldOption]) -> Option<Options> {
    let codes = options.iter().filter(|option| option.text.contains('+') || option.value.starts_with('+')).count();
    // Of a few all have to be codes: a plus may mean more than that.
    let bare = |option: &&FieldOption| super::numbers::is_dial_code(&option.text);
    let all = options.iter().filter(bare).count() == options.len();
    (all || (options.len() >= 5 && codes * 2 > options.len())).then_some(Options::DialCodes)
}

/// What stands before the numbers of months, days and years in Vietnamese.
const COUNTED: [&str; 3] = ["thang ", "ngay ", "nam "];

/// Lists of numbers: 1 to 12, 1 to 31, years.
fn numbers(texts: &[String], options: usize) -> Option<Options> {
    let number = |text: &String| {
        let counted = COUNTED.into_iter().find_map(|word| text.strip_prefix(word));
        let mut words = counted.unwrap_or(text).split(' ').map(|word| digits(word).parse::<u32>().ok());
        // Two numbers are a span, as that of a school year.
        words.next().flatten().filter(|_| words.next().flatten().is_none())
    };
    let numbers: Vec<u32> = texts.iter().filter_map(number).collect();
    if numbers.len() + 2 < texts.len() || numbers.len() < 3 {
        return None;
    }
    let (least, most) = (numbers.iter().min().copied()?, numbers.iter().max().copied()?);
    match (numbers.len(), least, most) {
        (12 | 13, 0 | 1, 11 | 12) => Some(Options::Months),
        (28..=32, 0 | 1, 30 | 31) => Some(Options::Days),
        (_, 1880..=2100, 1900..=2100) if least < 2005 || options > 40 => Some(Options::YearsBack),
        (_, 2005..=2100, 2005..=2100) => Some(Options::YearsAhead),
        (4..=25, 5..=40, 10..=60) if consecutive(&numbers) => Some(Options::YearsAhead),
        _ => None,
    }
}

/// A number without the sign for what is counted, as in `7月`.
fn digits(word: &str) -> &str {
    word.trim_end_matches(['年', '月', '日', '년', '월', '일'])
}

fn consecutive(numbers: &[u32]) -> bool {
    numbers.windows(2).filter(|pair| matches!(pair, [one, next] if *next == one.saturating_add(1))).count() + 2
        >= numbers.len()
}

fn places(options: &[FieldOption], texts: &[String]) -> Option<Options> {
    let known = |places: &[&str]| texts.iter().filter(|text| places.contains(&text.as_str())).count();
    if known(STATES) >= 3 {
        return Some(Options::States);
    }
    let codes = options
        .iter()
        .filter(|option| option.value.len() == 2 && option.value.bytes().all(|byte| byte.is_ascii_uppercase()))
        .count();
    if known(COUNTRIES) >= 2 || (codes > 45 && codes + 3 >= options.len()) {
        return Some(Options::Countries);
    }
    (codes > 8 && codes + 3 >= options.len()).then_some(Options::States)
}

const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "mx",
    "prof",
    "rev",
    "sir",
    "herr",
    "frau",
    "monsieur",
    "السيد",
    "السيده",
    "الانسه",
    "madame",
    "mme",
    "mlle",
    "m",
    "senor",
    "senora",
    "sr",
    "sra",
    "srta",
    "don",
    "dona",
    "sig",
    "sig ra",
    "signor",
    "signora",
    "dhr",
    "mevr",
    "de heer",
    "mevrouw",
    "pan",
    "pani",
    "bay",
    "bayan",
    "г н",
    "г жа",
    "господин",
    "госпожа",
    "пан",
    "пані",
    "κοσ",
    "κα",
];

const GENDERS: &[&str] = &[
    "male",
    "female",
    "man",
    "woman",
    "men",
    "women",
    "mannlich",
    "weiblich",
    "homme",
    "femme",
    "masculin",
    "feminin",
    "hombre",
    "mujer",
    "masculino",
    "femenino",
    "feminino",
    "homem",
    "mulher",
    "maschio",
    "femmina",
    "uomo",
    "donna",
    "vrouw",
    "mezczyzna",
    "kobieta",
    "muz",
    "zena",
    "erkek",
    "kadin",
    "мужскои",
    "женскии",
    "мужской",
    "женский",
    "чоловіча",
    "жіноча",
    "ανδρασ",
    "γυναικα",
    "ذكر",
    "انثي",
    "זכר",
    "נקבה",
    "पुरुष",
    "महिला",
    "ชาย",
    "หญิง",
    "laki laki",
    "perempuan",
    "nam",
    "nu",
    "男",
    "女",
    "男性",
    "女性",
    "남",
    "여",
    "남성",
    "여성",
    "남자",
    "여자",
    "kvinna",
    "kvinde",
    "mand",
];

const STATES: &[&str] = &[
    "alabama",
    "alaska",
    "arizona",
    "arkansas",
    "california",
    "colorado",
    "connecticut",
    "ontario",
    "quebec",
    "alberta",
    "british columbia",
    "new south wales",
    "victoria",
    "queensland",
    "bayern",
    "hessen",
    "sachsen",
    "nordrhein westfalen",
    "acre",
    "bahia",
    "sao paulo",
    "minas gerais",
    "jalisco",
    "chiapas",
    "aguascalientes",
    "andhra pradesh",
    "gujarat",
    "karnataka",
    "hokkaido",
    "tokyo",
    "北海道",
    "東京都",
    "青森県",
    "madrid",
    "barcelona",
    "sevilla",
    "milano",
    "torino",
    "roma",
    "北京",
    "上海",
    "广东",
    "서울",
    "부산",
    "경기",
    "al",
    "ak",
    "az",
];

const COUNTRIES: &[&str] = &[
    "afghanistan",
    "albania",
    "algeria",
    "germany",
    "france",
    "united states",
    "united kingdom",
    "united states of america",
    "usa",
    "canada",
    "austria",
    "belgium",
    "switzerland",
    "spain",
    "italy",
    "deutschland",
    "osterreich",
    "schweiz",
    "frankreich",
    "allemagne",
    "belgique",
    "suisse",
    "espana",
    "alemania",
    "argentina",
    "mexico",
    "brasil",
    "portugal",
    "italia",
    "germania",
    "nederland",
    "belgie",
    "duitsland",
    "polska",
    "niemcy",
    "ceska republika",
    "cesko",
    "turkiye",
    "almanya",
    "россия",
    "украина",
    "беларусь",
    "україна",
    "ελλαδα",
    "κυπροσ",
    "السعوديه",
    "مصر",
    "ישראל",
    "भारत",
    "india",
    "ไทย",
    "indonesia",
    "viet nam",
    "中国",
    "台灣",
    "日本",
    "대한민국",
    "sverige",
    "norge",
    "danmark",
    "suomi",
    "australia",
    "china",
    "japan",
];
