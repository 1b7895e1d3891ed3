//! Forms about a person in several countries.

use crate::plan::properties::{input, list, plan, shown};
use crate::*;
use FieldType as T;
use proptest::prelude::*;
use proptest::sample::select;

fn person() -> Identity {
    Identity {
        honorific_prefix: "Dr.".into(),
        given_name: "Jane".into(),
        additional_name: "Quinn".into(),
        family_name: "Roe".into(),
        organization: "Example GmbH".into(),
        street_address: "Musterstraße 5\nHinterhaus".into(),
        address_level2: "Berlin".into(),
        address_level1: "Berlin".into(),
        postal_code: "10115".into(),
        country: "DE".into(),
        country_names: vec!["Deutschland".into(), "Germany".into()],
        tel: "+4930123456".into(),
        email: "jane@example.org".into(),
        bday: "1990-03-04".into(),
    }
}

/// What each field gets of a person; `-` for nothing.
fn filled(lang: &str, person: &Identity, fields: Vec<(Field, FieldType)>) -> Vec<String> {
    let count = fields.len();
    let plan = plan(lang, fields).for_identity(person);
    (1_u32..=u32::try_from(count).unwrap())
        .map(|id| {
            let step = plan.steps.iter().find(|step| step.field == FieldId(id));
            step.map_or_else(|| "-".into(), |step| shown(plan.write_identity(step, person).unwrap()))
        })
        .collect()
}

fn texts(lang: &str, person: &Identity, types: &[FieldType]) -> Vec<String> {
    filled(lang, person, types.iter().map(|field_type| (input("text"), *field_type)).collect())
}

fn with_options(options: &[(&str, &str)]) -> Field {
    let option = |(text, value): &(&str, &str)| FieldOption { value: (*value).into(), text: (*text).into() };
    Field { tag: FieldTag::Select, options: options.iter().map(option).collect(), ..Field::default() }
}

fn hinted(placeholder: &str) -> Field {
    Field { texts: FieldTexts { placeholder: placeholder.into(), ..FieldTexts::default() }, ..input("text") }
}

#[test]
fn names_in_one_and_in_parts() {
    let all = [T::HonorificPrefix, T::Name, T::GivenName, T::AdditionalName, T::FamilyName, T::Organization, T::Email];
    assert_eq!(
        texts("en", &person(), &all),
        ["Dr.", "Jane Quinn Roe", "Jane", "Quinn", "Roe", "Example GmbH", "jane@example.org"]
    );
    assert_eq!(texts("hu", &person(), &[T::Name]), ["Roe Quinn Jane"]);
    let initial = Field { max_length: Some(1), ..input("text") };
    assert_eq!(filled("en", &person(), vec![(initial, T::AdditionalName)]), ["Q"]);
}

#[test]
fn what_an_item_does_not_say_is_not_filled() {
    let empty = Identity::default();
    let all: Vec<FieldType> = T::ALL.into_iter().filter(|field_type| field_type.is_identity()).collect();
    assert!(texts("de", &empty, &all).iter().all(|text| text == "-"));
    let family = Identity { family_name: "Roe".into(), ..Identity::default() };
    assert_eq!(
        texts("en", &family, &[T::Name, T::GivenName, T::FamilyName, T::Tel, T::Bday]),
        ["Roe", "-", "Roe", "-", "-"]
    );
}

#[test]
fn addresses_in_lines() {
    let person = person();
    assert_eq!(texts("de", &person, &[T::AddressLine1, T::AddressLine2]), ["Musterstraße 5", "Hinterhaus"]);
    assert_eq!(texts("de", &person, &[T::AddressLine1]), ["Musterstraße 5, Hinterhaus"]);
    assert_eq!(
        texts("de", &person, &[T::AddressLine1, T::AddressLine2, T::AddressLine3]),
        ["Musterstraße 5", "Hinterhaus", "-"]
    );
    assert_eq!(texts("de", &person, &[T::StreetAddress]), ["Musterstraße 5, Hinterhaus"]);
    let area = Field { tag: FieldTag::Textarea, ..Field::default() };
    assert_eq!(filled("de", &person, vec![(area, T::StreetAddress)]), ["Musterstraße 5\nHinterhaus"]);
    assert_eq!(
        texts("de", &person, &[T::AddressLevel2, T::AddressLevel1, T::PostalCode]),
        ["Berlin", "Berlin", "10115"]
    );
    let five = Field { max_length: Some(5), ..input("text") };
    let american = Identity { postal_code: "12345-6789".into(), ..Identity::default() };
    assert_eq!(filled("en-US", &american, vec![(five.clone(), T::PostalCode)]), ["12345"]);
    let six = Field { max_length: Some(6), ..input("text") };
    let dutch = Identity { postal_code: "1234 AB".into(), ..Identity::default() };
    assert_eq!(filled("nl", &dutch, vec![(six, T::PostalCode), (five, T::PostalCode)]), ["1234AB", "-"]);
}

#[test]
fn countries_by_code_and_by_name() {
    let of = |field: Field| filled("de", &person(), vec![(field, T::Country)]).remove(0);
    assert_eq!(of(with_options(&[("Land", ""), ("Österreich", "AT"), ("Deutschland", "DE")])), "#2");
    assert_eq!(of(with_options(&[("", ""), ("AUSTRIA", "1"), ("GERMANY", "2")])), "#2");
    assert_eq!(of(with_options(&[("", ""), ("Frankreich", "FR"), ("Italien", "IT")])), "-");
    assert_eq!(of(input("text")), "Deutschland");
    assert_eq!(of(Field { max_length: Some(2), ..input("text") }), "DE");
    // Of a longer list than the snapshot holds, and of one that is not open, the option is looked for when it is filled.
    let many: Vec<String> = (0..64).map(|country| format!("Land {country}")).collect();
    assert_eq!(of(list(&many)), "Deutschland|Germany|DE");
    assert_eq!(of(Field { tag: FieldTag::Aria, ..input("combobox") }), "Deutschland|Germany|DE");
    assert_eq!(of(Field { role: "combobox".into(), ..input("text") }), "Deutschland|Germany|DE");
}

#[test]
fn birthdays_by_kind_of_input_and_by_example() {
    let of = |lang: &str, field: Field| filled(lang, &person(), vec![(field, T::Bday)]).remove(0);
    assert_eq!(of("en", input("date")), "1990-03-04");
    for (placeholder, expected) in [
        ("DD/MM/YYYY", "04/03/1990"),
        ("MM/DD/YYYY", "03/04/1990"),
        ("TT.MM.JJJJ", "04.03.1990"),
        ("JJ/MM/AAAA", "04/03/1990"),
        ("YYYY-MM-DD", "1990-03-04"),
        ("yyyymmdd", "19900304"),
        ("dd/mm/yy", "04/03/90"),
        ("d. m. rrrr", "4. 3. 1990"),
        ("31/12/1999", "04/03/1990"),
    ] {
        assert_eq!(of("en", hinted(placeholder)), expected, "{placeholder}");
    }
    for (lang, expected) in [
        ("de", "04.03.1990"),
        ("fr-FR", "04/03/1990"),
        ("en-US", "03/04/1990"),
        ("en-GB", "04/03/1990"),
        ("nl", "04-03-1990"),
        ("sv", "1990-03-04"),
        ("ja", "1990/03/04"),
        ("en", "-"),
        ("", "-"),
    ] {
        assert_eq!(of(lang, input("text")), expected, "{lang}");
    }
}

#[test]
fn birthdays_in_three() {
    let numbers = |from: u32, to: u32| list(&(from..=to).map(|number| number.to_string()).collect::<Vec<_>>());
    let months: Vec<String> = "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez".split(' ').map(str::to_owned).collect();
    let lists = vec![(numbers(1, 31), T::BdayDay), (list(&months), T::BdayMonth), (numbers(1960, 2000), T::BdayYear)];
    assert_eq!(filled("de", &person(), lists), ["#3", "#2", "#30"]);
    assert_eq!(texts("de", &person(), &[T::BdayDay, T::BdayMonth, T::BdayYear]), ["04", "03", "1990"]);
    let short = |length| Field { max_length: Some(length), ..input("text") };
    assert_eq!(filled("de", &person(), vec![(short(1), T::BdayDay), (short(2), T::BdayYear)]), ["4", "90"]);
}

#[test]
fn telephones_in_one_and_in_parts() {
    let american = Identity { tel: "+12125550123".into(), country: "US".into(), ..Identity::default() };
    let one = |person: &Identity, field: Field| filled("en", person, vec![(field, T::Tel)]).remove(0);
    assert_eq!(one(&american, input("tel")), "+12125550123");
    assert_eq!(one(&american, hinted("(555) 555-5555")), "(212) 555-0123");
    assert_eq!(one(&american, Field { max_length: Some(10), ..input("tel") }), "2125550123");
    assert_eq!(one(&american, Field { pattern: r"\d{3}-\d{3}-\d{4}".into(), ..input("tel") }), "212-555-0123");
    assert_eq!(one(&american, Field { pattern: r"\(\d{3}\) \d{3}-\d{4}".into(), ..input("tel") }), "(212) 555-0123");
    assert_eq!(one(&person(), Field { pattern: "0[0-9]+".into(), ..input("tel") }), "030123456");
    assert_eq!(one(&person(), Field { max_length: Some(5), ..input("tel") }), "-");
    let codes = with_options(&[("Canada (+1)", "CA"), ("United States (+1)", "US"), ("Germany (+49)", "DE")]);
    let split = vec![(codes.clone(), T::TelCountryCode), (input("tel"), T::TelNational)];
    assert_eq!(filled("en", &american, split.clone()), ["#1", "2125550123"]);
    assert_eq!(filled("en", &person(), split), ["#2", "30123456"]);
    let bare = with_options(&[("", ""), ("France", "33"), ("Germany", "49")]);
    assert_eq!(filled("en", &person(), vec![(bare, T::TelCountryCode), (input("tel"), T::Tel)]), ["#2", "30123456"]);
    assert_eq!(texts("en", &american, &[T::TelCountryCode, T::TelAreaCode, T::TelNational]), ["+1", "212", "5550123"]);
    assert_eq!(texts("en", &person(), &[T::TelCountryCode, T::TelAreaCode, T::TelNational]), ["+49", "-", "-"]);
    assert_eq!(texts("en", &person(), &[T::TelNational]), ["030123456"]);
    let national = Identity { tel: "030123456".into(), ..Identity::default() };
    assert_eq!(texts("de", &national, &[T::Tel, T::TelCountryCode]), ["030123456", "-"]);
}

#[test]
fn nothing_of_a_person_shows_in_debug() {
    assert_eq!(format!("{:?}", person()), "Identity(…)");
    assert_eq!(format!("{:?}", Written::Text("secret".to_owned().into())), "Text(…)");
    assert_eq!(format!("{:?}", Written::Choice(5)), "Choice(…)");
}

#[test]
fn what_was_typed_is_said_to_be_there() {
    let typed = |tag, input_type: &str, has_value, typed| Field { tag, has_value, typed, ..input(input_type) };
    let occupied = |field: Field, field_type| plan("", vec![(field, field_type)]).steps[0].occupied;
    assert!(occupied(typed(FieldTag::Input, "text", true, None), T::CcName));
    assert!(occupied(typed(FieldTag::Input, "text", true, Some(true)), T::CcName));
    assert!(!occupied(typed(FieldTag::Input, "text", true, Some(false)), T::CcName), "the page wrote it");
    assert!(!occupied(typed(FieldTag::Input, "text", false, None), T::CcName));
    let months: Vec<String> = (1..=12).map(|month| month.to_string()).collect();
    let chosen = Field { has_value: true, ..list(&months) };
    assert!(!occupied(chosen, T::CcExpMonth), "a list always has some option chosen");
}

#[test]
fn names_of_cards_are_taken_apart() {
    let fields = || vec![(input("text"), T::CcGivenName), (input("text"), T::CcFamilyName)];
    let split = |lang: &str, name: &str| {
        let plan = plan(lang, fields());
        plan.steps.iter().map(|step| plan.write(step, name).map(shown)).collect::<Vec<_>>()
    };
    assert_eq!(split("en", "JANE Q ROE"), [Ok("JANE Q".into()), Ok("ROE".into())]);
    assert_eq!(split("nl", "J. VAN DER ROE"), [Ok("J.".into()), Ok("VAN DER ROE".into())]);
    assert_eq!(split("en", "ROE"), [Err(Misfit::Unknown), Err(Misfit::Unknown)]);
}

#[test]
fn a_code_goes_into_an_editable_element_as_text() {
    let editable = Field { tag: FieldTag::Editable, ..Field::default() };
    let plan = plan("", vec![(editable, T::OneTimeCode)]);
    assert_eq!(plan.write(&plan.steps[0], "123456").map(shown), Ok("insert 123456".into()));
}

proptest! {
    #[test]
    fn birthdays_are_the_same_day_in_every_way(year in 1900_u32..2030, month in 1_u32..=12, day in 1_u32..=28, way in select(vec![("DD{}MM{}YYYY", 0), ("MM{}DD{}YYYY", 1), ("YYYY{}MM{}DD", 2), ("TT{}MM{}JJJJ", 0), ("GG{}AA{}YYYY", 0), ("ÉÉÉÉ{}HH{}NN", 2)]), separator in select(vec!["/", ".", "-", "", " / ", ". "])) {
        let person = Identity { bday: format!("{year}-{month:02}-{day:02}"), ..Identity::default() };
        let field = hinted(&way.0.replace("{}", separator));
        let (day, month, year) = (format!("{day:02}"), format!("{month:02}"), year.to_string());
        let parts = [[&day, &month, &year], [&month, &day, &year], [&year, &month, &day]][way.1].map(String::as_str);
        prop_assert_eq!(filled("", &person, vec![(field, T::Bday)]), [parts.join(separator)]);
    }

    #[test]
    fn joined_names_come_apart_again(given in "[A-Z][a-z]{1,8}", family in "[A-Z][a-z]{3,8}( [A-Z][a-z]{3,8}){0}", lang in select(vec!["en", "de", "hu", "vi", "ja", ""])) {
        let person = Identity { given_name: given.clone(), family_name: family.clone(), ..Identity::default() };
        let name = texts(lang, &person, &[T::Name]).remove(0);
        let plan = plan(lang, vec![(input("text"), T::CcGivenName), (input("text"), T::CcFamilyName)]);
        let parts: Vec<String> = plan.steps.iter().map(|step| shown(plan.write(step, &name).unwrap())).collect();
        prop_assert_eq!(parts, [given, family]);
    }

    #[test]
    fn telephones_keep_their_digits(tel in "\\+[1-9][0-9]{7,12}", example in select(vec!["", "(555) 555-5555", "030 123456", "Phone"]), pattern in select(vec!["", r"\d+", r"\+\d+", r"[0-9 ()-]{6,20}"]), length in prop::option::of(6_u32..20)) {
        let person = Identity { tel: tel.clone(), ..Identity::default() };
        let field = Field { pattern: pattern.into(), max_length: length, ..hinted(example) };
        let written = filled("", &person, vec![(field, T::Tel)]).remove(0);
        if written != "-" {
            let digits: String = written.chars().filter(char::is_ascii_digit).collect();
            prop_assert!(digits.len() >= 5 && tel.ends_with(digits.trim_start_matches('0')), "{}", written);
            prop_assert!(length.is_none_or(|length| written.len() <= usize::try_from(length).unwrap()));
        }
    }
}

/// What three boxes for one telephone number get, of which the first alone is called that; `-` for nothing.
fn dialled(tel: &str, lengths: [Option<u32>; 3]) -> Vec<String> {
    let person = Identity { tel: tel.into(), ..person() };
    let field = |(id, max_length): (u32, Option<u32>)| Field {
        id,
        name: format!("t{id}"),
        max_length,
        visible: true,
        form: Some(0),
        texts: FieldTexts { before: if id == 1 { "Telephone" } else { "" }.into(), ..FieldTexts::default() },
        ..input("text")
    };
    let fields = (1..).zip(lengths).map(field).collect();
    let raw = RawSnapshot { forms: vec![Form::default()], fields, ..RawSnapshot::default() };
    let snapshot = FormSnapshot::parse(raw).unwrap();
    let form = &classify(&snapshot).forms[0];
    assert!(form.fields.iter().all(|field| field.field_type == T::Tel && field.part.is_some()));
    let plan = FillPlan::for_form(&snapshot, form, &Offer::identity());
    let written = plan.steps.iter().map(|step| plan.write_identity(step, &person));
    written.map(|written| written.map_or_else(|_| "-".into(), shown)).collect()
}

#[test]
fn numbers_in_boxes_are_written_only_where_their_lengths_are_sure() {
    assert_eq!(dialled("+12125550123", [Some(3), Some(3), Some(4)]), ["212", "555", "0123"]);
    assert_eq!(dialled("+819012345678", [Some(3), Some(4), Some(4)]), ["090", "1234", "5678"]);
    // With more room, or any, nobody knows where the number is parted.
    assert!(dialled("+819012345678", [Some(4), Some(4), Some(4)]).iter().all(|text| text == "-"));
    assert!(dialled("+819012345678", [None, None, None]).iter().all(|text| text == "-"));
}
