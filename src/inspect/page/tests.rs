use super::*;
use countersign_forms::{Field, FieldTag};

fn page(html: &str) -> Page {
    Page::parse(html.as_bytes()).unwrap()
}

fn only(html: &str) -> Field {
    let mut page = page(html);
    assert!(page.checked().is_ok());
    page.snapshot.fields.remove(0)
}

#[test]
fn a_field_has_all_its_texts() {
    let field = only(
        "<h2>Sign in</h2><form><p>Account <span>name</span></p><label for=u>User</label><input id=u aria-labelledby='x y' placeholder=you \
         title=T aria-describedby=d><b id=x>One</b><b id=y>Two</b><i id=d>Help</i></form>",
    );
    let texts = field.texts;
    assert_eq!((texts.label.as_str(), texts.aria.as_str(), texts.description.as_str()), ("User", "One Two", "Help"));
    assert_eq!((texts.placeholder.as_str(), texts.title.as_str(), texts.before.as_str()), ("you", "T", "User"));
    assert_eq!(texts.section, "");
}

#[test]
fn a_wrapping_label_is_its_first_controls() {
    let page =
        page("<label>Code <input name=a><input name=b></label><label><input type=checkbox>Tick</label><input name=c>");
    let labels: Vec<&str> = page.snapshot.fields.iter().map(|field| field.texts.label.as_str()).collect();
    assert_eq!(labels, ["Code", "", "Tick", ""]);
    assert_eq!(page.snapshot.fields[3].texts.before, "");
}

#[test]
fn places_count_every_control_and_indices_the_documents_own() {
    let page = page(
        "<input type=hidden><x-a><input name=slotted><template shadowrootmode=open><input name=shadow></template></x-a>\
         <div contenteditable></div><div role=combobox></div><noscript><input></noscript><template><input></template><select></select>",
    );
    let found: Vec<(u32, Option<u32>)> = page.places.iter().map(|place| (place.id, place.index)).collect();
    assert_eq!(found, [(0, Some(0)), (1, None), (2, Some(1)), (3, None), (4, None), (5, Some(2))]);
    let tags: Vec<FieldTag> = page.snapshot.fields.iter().map(|field| field.tag).collect();
    use FieldTag::{Aria, Editable, Input, Select};
    assert_eq!(tags, [Input, Input, Editable, Aria, Select]);
    assert_eq!(page.snapshot.fields[0].name, "shadow");
    assert_eq!(page.snapshot.fields[0].hints, "x-a");
}

#[test]
fn forms_are_those_around_those_named_and_those_of_the_parser() {
    let page = page(
        "<form id=f><input name=in></form><input name=named form=f><input name=out><dialog><input name=held></dialog>\
         <table><form id=t><tr><td><input name=row></table>",
    );
    let forms: Vec<Option<u32>> = page.snapshot.fields.iter().map(|field| field.form).collect();
    assert_eq!(forms, [Some(0), Some(0), None, Some(1), Some(2)]);
    assert!(!page.snapshot.fields[3].visible);
}

#[test]
fn buttons_belong_to_forms_that_have_fields() {
    let page = page(
        "<form><input><button>Go</button><a class=btn>Or</a></form><form><button>Not this</button></form><button hidden>x</button>\
         <input type=submit value=Send>",
    );
    let buttons: Vec<(&str, Option<u32>, bool)> =
        page.snapshot.buttons.iter().map(|button| (button.text.as_str(), button.form, button.submit)).collect();
    assert_eq!(buttons, [("Go", Some(0), true), ("Or", Some(0), false), ("Send", None, true)]);
}

#[test]
fn table_columns_have_headings() {
    let page = page("<table><tr><th>No.<th>Code<tr><td>1<td><input></table>");
    assert_eq!(page.snapshot.fields[0].texts.heading, "Code");
}

#[test]
fn columns_of_old_tables_have_headings_where_several_hold_fields() {
    let page = page("<table><tr><td><td>Old<td>New<tr><td>PIN<td><input><td><input></table>");
    let headings: Vec<&str> = page.snapshot.fields.iter().map(|field| field.texts.heading.as_str()).collect();
    assert_eq!(headings, ["Old", "New"]);
    assert_eq!(only("<table><tr><td>Hello<td>Please log in<tr><td>Name<td><input></table>").texts.heading, "");
    assert_eq!(only("<table><tr><td>Old<td><input><tr><td>A<td><input></table>").texts.heading, "");
}

#[test]
fn a_picture_before_a_field_says_what_it_shows() {
    assert_eq!(only("Type this: <img alt='Security code'> <input>").texts.before, "Security code");
    assert_eq!(only("Type this: <img alt=''> <input>").texts.before, "Type this:");
}

#[test]
fn a_mark_in_a_cell_or_a_label_is_not_all_that_it_says() {
    let before = |html: &str| only(html).texts.before;
    assert_eq!(before("<table><tr><th>Postcode<em>required</em></th><td><input>"), "Postcode required");
    assert_eq!(before("<label for=x>Amount <span>*1</span></label><input>"), "Amount *1");
    assert_eq!(before("<p>Address <span>required</span></p><div><input></div>"), "Address required");
    assert_eq!(before("<dl><dt>Code <i>x</i><dd>Two <b>words</b> <input></dl>"), "words");
    assert_eq!(before("<table><tr><td>Not <em>this</em> <input>"), "this");
}

#[test]
fn a_dialog_has_the_title_that_it_names() {
    let title = |html: &str| {
        let page = page(html);
        page.snapshot.forms[0].heading.clone()
    };
    let named =
        "<h2>Shop</h2><div role=dialog aria-labelledby=t><div id=t>Confirm it is you</div><form><input></form></div>";
    assert_eq!(title(named), "Confirm it is you");
    assert_eq!(
        title("<h2>Shop</h2><div><div class='x modal-title'>Sign in</div><form><input></form></div>"),
        "Sign in"
    );
    assert_eq!(title("<h2>Shop</h2><div role=dialog aria-labelledby=t><form><input></form></div>"), "Shop");
    assert_eq!(title("<h2>Shop</h2><div role=dialog aria-label=Pay><form><input></form></div>"), "Pay");
}

#[test]
fn what_is_disabled_or_hidden_is_said() {
    let page = page("<fieldset disabled><input></fieldset><input readonly><div style='display:none'><input></div>");
    let fields: Vec<(bool, bool, bool)> =
        page.snapshot.fields.iter().map(|field| (field.disabled, field.read_only, field.visible)).collect();
    assert_eq!(fields, [(true, false, true), (false, true, true), (false, false, false)]);
}

#[test]
fn everything_large_is_cut_and_said() {
    let page = page(&"<form><input><button>B</button></form>".repeat(300));
    assert_eq!(page.snapshot.fields.len(), 256);
    assert!(page.snapshot.truncated.fields && page.snapshot.truncated.forms);
    assert!(page.checked().is_ok());
    let field = only(&format!("<label for=a>{}</label><input id=a name={}>", "word ".repeat(10_000), "n".repeat(1000)));
    assert_eq!(field.name.len(), 96);
    assert!(field.texts.label.len() <= 120);
}

#[test]
fn pages_out_of_bounds_are_refused() {
    assert_eq!(Page::parse(&vec![b' '; MOST_BYTES + 1]).unwrap_err(), PageError::Bytes(MOST_BYTES + 1));
    assert!(matches!(Page::parse("<p><div>".repeat(50_000).as_bytes()).unwrap_err(), PageError::Excess(_)));
}

#[test]
fn bytes_of_any_kind_are_read() {
    let junk: Vec<u8> = (0..20_000_u32).map(|at| u8::try_from(at * 7919 % 251).unwrap_or_default()).collect();
    assert!(Page::parse(&junk).is_ok());
    assert!(Page::parse(b"").unwrap().snapshot.fields.is_empty());
}
