//! What the probe says about a document: the forms, their fields and the words around them.
//!
//! The probe sends a plain JavaScript object; serde reads it into a [`RawSnapshot`], and [`FormSnapshot::parse`] checks it once. A page can
//! influence every byte of it, so every list and every text has a limit ([`limits`]), and nothing after that check has to think about size.
//! Values of fields are never in it.

use serde::{Deserialize, Serialize};

/// The limits that the probe keeps and [`FormSnapshot::parse`] enforces. Texts are counted in UTF-16 code units, as JavaScript counts them.
pub mod limits {
    /// Fields in one snapshot.
    pub const FIELDS: usize = 256;
    /// Forms (and form-like containers) in one snapshot.
    pub const FORMS: usize = 64;
    /// Buttons in one snapshot.
    pub const BUTTONS: usize = 128;
    /// Options of one select.
    pub const OPTIONS: usize = 64;
    /// Headings of the document.
    pub const HEADINGS: usize = 8;
    /// Links in one form.
    pub const LINKS: usize = 8;
    /// `name`, `id` and other identifiers.
    pub const IDENTIFIER: usize = 96;
    /// Labels, placeholders, headings, button and link texts, the document's title.
    pub const LABEL: usize = 120;
    /// Value or text of an option.
    pub const OPTION: usize = 40;
    /// `pattern` of a field.
    pub const PATTERN: usize = 120;
    /// `passwordrules` of a field.
    pub const PASSWORD_RULES: usize = 240;
    /// What a form says in all its text.
    pub const FORM_TEXT: usize = 400;
    /// The URL that a form submits to.
    pub const ACTION: usize = 2048;
}

/// A field's number, given by the probe and unique in its document for as long as the document lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldId(pub u32);

/// Where a field, or a form, is on the page: whole CSS pixels from the viewport's top left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldBox {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// One option of a `select`, a `datalist` or an ARIA listbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldOption {
    /// What the form would submit.
    pub value: String,
    /// What the user reads.
    pub text: String,
}

/// What kind of element a field is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldTag {
    /// `<input>`.
    #[default]
    Input,
    /// `<select>`.
    Select,
    /// `<textarea>`.
    Textarea,
    /// An element with `contenteditable`.
    Editable,
    /// An element whose ARIA role is `combobox`, `listbox`, `textbox` or `searchbox`, and which is none of the above.
    Aria,
}

/// The texts that tell a user what a field is for, by where they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldTexts {
    /// `<label>` elements, by `for` or by wrapping.
    pub label: String,
    /// `aria-label`, else the text that `aria-labelledby` names.
    pub aria: String,
    /// The text that `aria-describedby` names.
    pub description: String,
    /// `placeholder`.
    pub placeholder: String,
    /// `title`.
    pub title: String,
    /// The nearest text before the field that belongs to no other field.
    pub before: String,
    /// The heading of the field's table column or row.
    pub heading: String,
    /// The nearest `<legend>` or heading element above the field inside its form.
    pub section: String,
}

/// One field of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Field {
    /// The field's number.
    pub id: u32,
    /// What element it is.
    pub tag: FieldTag,
    /// `type` of an input as the browser understands it (`text` where it is missing or unknown); the role of an ARIA field; else empty.
    #[serde(rename = "type")]
    pub input_type: String,
    /// `role` of an input, where it has one: `combobox` for one that opens a list.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// `name`.
    pub name: String,
    /// `id` attribute.
    pub html_id: String,
    /// Other attributes that name a field: framework bindings, `data-` names and test ids, the name and tag of the custom element around it.
    pub hints: String,
    /// `autocomplete` as written.
    pub autocomplete: String,
    /// `pattern`.
    pub pattern: String,
    /// `passwordrules`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub password_rules: String,
    /// `inputmode`.
    pub input_mode: String,
    /// `minlength`.
    pub min_length: Option<u32>,
    /// `maxlength`.
    pub max_length: Option<u32>,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether it is read-only.
    pub read_only: bool,
    /// Whether it is disabled, by itself or by a `fieldset`.
    pub disabled: bool,
    /// Whether a user can see it: rendered, not transparent, not clipped away, larger than two pixels.
    pub visible: bool,
    /// Whether something is typed or chosen. Never what.
    pub has_value: bool,
    /// Whether the user typed into it, if that was watched. Never what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typed: Option<bool>,
    /// Where it is.
    #[serde(rename = "box")]
    pub bounds: FieldBox,
    /// What the user reads about it.
    pub texts: FieldTexts,
    /// The first options of a select.
    pub options: Vec<FieldOption>,
    /// The form it belongs to: an index into the snapshot's forms.
    pub form: Option<u32>,
    /// The shadow root it is in: 0 for the document itself.
    pub root: u32,
}

/// What makes up a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormTag {
    /// A `<form>`.
    #[default]
    Form,
    /// A dialog, popover or other element that holds fields together without a `<form>`.
    Container,
}

/// One form, or one container that does a form's work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Form {
    /// What element it is.
    pub tag: FormTag,
    /// `name`.
    pub name: String,
    /// `id` attribute.
    pub html_id: String,
    /// Class names, as another place where authors say what a form is for.
    pub class: String,
    /// Where it submits to: an absolute URL, empty for a container.
    pub action: String,
    /// `get`, `post` or `dialog`.
    pub method: String,
    /// ARIA role.
    pub role: String,
    /// Accessible name, else its first heading or legend, else the nearest heading before it.
    pub heading: String,
    /// The beginning of its text, without the options of selects.
    pub text: String,
    /// The texts of links in it.
    pub links: Vec<String>,
}

/// A button, in a form or outside of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Button {
    /// What it says: text, value, `aria-label` or `title`, the first that is not empty.
    pub text: String,
    /// The form it belongs to: an index into the snapshot's forms.
    pub form: Option<u32>,
    /// How many of the snapshot's fields stand before it in the document.
    pub after: u32,
    /// Whether it submits its form.
    pub submit: bool,
}

/// What was left out because a limit was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Truncation {
    /// Fields, or the search for them, were cut.
    pub fields: bool,
    /// Forms were cut.
    pub forms: bool,
    /// Buttons, links or headings were cut.
    pub buttons: bool,
    /// Options of some select were cut.
    pub options: bool,
    /// Some text was cut. Ordinary on pages with long labels.
    pub text: bool,
}

impl Truncation {
    /// Whether a field, or the form around one, may have been left out: a user who misses one should be told. A form with many links is ordinary.
    #[must_use]
    pub const fn is_incomplete(self) -> bool {
        self.fields || self.forms
    }
}

/// A snapshot as it comes from the probe, not checked yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawSnapshot {
    /// `lang` of the document.
    pub lang: String,
    /// The document's title.
    pub title: String,
    /// The document's first headings.
    pub headings: Vec<String>,
    /// Its forms.
    pub forms: Vec<Form>,
    /// Its fields, in document order (shadow trees at their host's place).
    pub fields: Vec<Field>,
    /// Its buttons, in document order.
    pub buttons: Vec<Button>,
    /// What was left out.
    pub truncated: Truncation,
}

/// Why a snapshot was refused. The probe keeps the limits, so any of these means a broken or forged sender.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// A list is longer than its limit.
    #[error("the snapshot has {count} {what}, more than the {limit} allowed; the probe has to cut them")]
    TooMany {
        /// What the list holds.
        what: &'static str,
        /// How many came.
        count: usize,
        /// How many may come.
        limit: usize,
    },
    /// A text is longer than its limit.
    #[error("{what} in the snapshot is longer than {limit} UTF-16 units; the probe has to cut it")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// How long it may be.
        limit: usize,
    },
    /// Two fields have the same number.
    #[error("two fields of the snapshot have the number {0}; numbers are unique in a document")]
    DuplicateField(u32),
    /// A field or button names a form that is not there.
    #[error("the snapshot names form {form}, but has {count} forms")]
    UnknownForm {
        /// The index named.
        form: u32,
        /// How many forms there are.
        count: usize,
    },
    /// A button stands after more fields than there are.
    #[error("a button of the snapshot stands after {after} fields, but there are {count}")]
    ButtonOutside {
        /// The number named.
        after: u32,
        /// How many fields there are.
        count: usize,
    },
}

/// A checked snapshot: all lists and texts are within [`limits`], field numbers are unique, and every index points at something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormSnapshot {
    raw: RawSnapshot,
    /// The place of each field, by its number.
    places: Vec<(u32, usize)>,
}

impl FormSnapshot {
    /// Checks what came from a probe.
    ///
    /// # Errors
    /// [`SnapshotError`] where a limit is passed or an index points at nothing.
    pub fn parse(raw: RawSnapshot) -> Result<Self, SnapshotError> {
        check_document(&raw)?;
        raw.forms.iter().try_for_each(check_form)?;
        raw.fields.iter().try_for_each(|field| check_field(field, raw.forms.len()))?;
        raw.buttons.iter().try_for_each(|button| check_button(button, &raw))?;
        let places = places(&raw.fields)?;
        Ok(Self { raw, places })
    }

    /// `lang` of the document.
    #[must_use]
    pub fn lang(&self) -> &str {
        &self.raw.lang
    }

    /// The document's title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.raw.title
    }

    /// The document's first headings.
    #[must_use]
    pub fn headings(&self) -> &[String] {
        &self.raw.headings
    }

    /// The forms; a field's [`Field::form`] is an index into these.
    #[must_use]
    pub fn forms(&self) -> &[Form] {
        &self.raw.forms
    }

    /// The fields in document order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.raw.fields
    }

    /// The buttons in document order.
    #[must_use]
    pub fn buttons(&self) -> &[Button] {
        &self.raw.buttons
    }

    /// What the probe left out.
    #[must_use]
    pub fn truncated(&self) -> Truncation {
        self.raw.truncated
    }

    /// The field with this number.
    #[must_use]
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        let at = self.places.binary_search_by_key(&id.0, |(number, _)| *number).ok()?;
        self.raw.fields.get(self.places.get(at)?.1)
    }

    /// The form that a field belongs to.
    #[must_use]
    pub fn form_of(&self, field: &Field) -> Option<&Form> {
        self.form(field.form?)
    }

    fn form(&self, index: u32) -> Option<&Form> {
        self.raw.forms.get(usize::try_from(index).ok()?)
    }
}

impl TryFrom<RawSnapshot> for FormSnapshot {
    type Error = SnapshotError;

    fn try_from(raw: RawSnapshot) -> Result<Self, SnapshotError> {
        Self::parse(raw)
    }
}

impl Field {
    /// The field's number as a type of its own.
    #[must_use]
    pub fn field_id(&self) -> FieldId {
        FieldId(self.id)
    }

    /// Whether a user could fill it in now: visible, enabled and writable.
    #[must_use]
    pub fn is_fillable(&self) -> bool {
        self.visible && !self.disabled && !self.read_only
    }
}

fn check_document(raw: &RawSnapshot) -> Result<(), SnapshotError> {
    count("fields", raw.fields.len(), limits::FIELDS)?;
    count("forms", raw.forms.len(), limits::FORMS)?;
    count("buttons", raw.buttons.len(), limits::BUTTONS)?;
    count("headings", raw.headings.len(), limits::HEADINGS)?;
    text("the language", &raw.lang, limits::IDENTIFIER)?;
    text("the title", &raw.title, limits::LABEL)?;
    raw.headings.iter().try_for_each(|heading| text("a heading", heading, limits::LABEL))
}

fn check_form(form: &Form) -> Result<(), SnapshotError> {
    count("links in a form", form.links.len(), limits::LINKS)?;
    text("a form's name", &form.name, limits::IDENTIFIER)?;
    text("a form's id", &form.html_id, limits::IDENTIFIER)?;
    text("a form's class", &form.class, limits::IDENTIFIER)?;
    text("a form's method", &form.method, limits::IDENTIFIER)?;
    text("a form's role", &form.role, limits::IDENTIFIER)?;
    text("a form's action", &form.action, limits::ACTION)?;
    text("a form's heading", &form.heading, limits::LABEL)?;
    text("a form's text", &form.text, limits::FORM_TEXT)?;
    form.links.iter().try_for_each(|link| text("a link", link, limits::LABEL))
}

fn check_field(field: &Field, forms: usize) -> Result<(), SnapshotError> {
    count("options in a select", field.options.len(), limits::OPTIONS)?;
    for identifier in [
        &field.input_type,
        &field.role,
        &field.name,
        &field.html_id,
        &field.hints,
        &field.autocomplete,
        &field.input_mode,
    ] {
        text("a field's attribute", identifier, limits::IDENTIFIER)?;
    }
    text("a field's pattern", &field.pattern, limits::PATTERN)?;
    text("a field's password rules", &field.password_rules, limits::PASSWORD_RULES)?;
    let texts = &field.texts;
    for label in [
        &texts.label,
        &texts.aria,
        &texts.description,
        &texts.placeholder,
        &texts.title,
        &texts.before,
        &texts.heading,
        &texts.section,
    ] {
        text("a field's label", label, limits::LABEL)?;
    }
    for option in &field.options {
        text("an option's value", &option.value, limits::OPTION)?;
        text("an option's text", &option.text, limits::OPTION)?;
    }
    known_form(field.form, forms)
}

fn check_button(button: &Button, raw: &RawSnapshot) -> Result<(), SnapshotError> {
    text("a button", &button.text, limits::LABEL)?;
    known_form(button.form, raw.forms.len())?;
    let inside = usize::try_from(button.after).is_ok_and(|after| after <= raw.fields.len());
    if inside { Ok(()) } else { Err(SnapshotError::ButtonOutside { after: button.after, count: raw.fields.len() }) }
}

fn places(fields: &[Field]) -> Result<Vec<(u32, usize)>, SnapshotError> {
    let mut places: Vec<(u32, usize)> = fields.iter().zip(0..).map(|(field, place)| (field.id, place)).collect();
    places.sort_unstable();
    match places.windows(2).find(|pair| matches!(pair, [(one, _), (other, _)] if one == other)) {
        Some([(twice, _), ..]) => Err(SnapshotError::DuplicateField(*twice)),
        _ => Ok(places),
    }
}

fn known_form(form: Option<u32>, forms: usize) -> Result<(), SnapshotError> {
    match form {
        Some(form) if usize::try_from(form).is_ok_and(|index| index >= forms) => {
            Err(SnapshotError::UnknownForm { form, count: forms })
        }
        _ => Ok(()),
    }
}

fn count(what: &'static str, count: usize, limit: usize) -> Result<(), SnapshotError> {
    if count > limit { Err(SnapshotError::TooMany { what, count, limit }) } else { Ok(()) }
}

/// A UTF-8 text has at least as many bytes as UTF-16 units, so the units of most texts need no counting.
fn text(what: &'static str, text: &str, limit: usize) -> Result<(), SnapshotError> {
    let long = text.len() > limit && text.encode_utf16().nth(limit).is_some();
    if long { Err(SnapshotError::TooLong { what, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_field(field: Field) -> RawSnapshot {
        RawSnapshot { fields: vec![field], ..RawSnapshot::default() }
    }

    #[test]
    fn a_snapshot_reads_from_the_probes_json() {
        let json = r#"{"lang":"en","title":"Sign in","forms":[{"action":"https://a.example/in","method":"post"}],
            "fields":[{"id":7,"tag":"input","type":"password","name":"pw","htmlId":"p","visible":true,"maxLength":64,
                       "box":{"x":1,"y":-2,"width":3,"height":4},"texts":{"label":"Password"},"form":0}],
            "buttons":[{"text":"Go","form":0,"after":1,"submit":true}],"truncated":{"text":true}}"#;
        let raw: RawSnapshot = serde_json::from_str(json).unwrap();
        let snapshot = FormSnapshot::parse(raw).unwrap();
        let field = snapshot.field(FieldId(7)).unwrap();
        assert_eq!(field.input_type, "password");
        assert_eq!(field.texts.label, "Password");
        assert_eq!(field.bounds.y, -2);
        assert_eq!(snapshot.form_of(field).unwrap().action, "https://a.example/in");
        assert!(snapshot.truncated().text);
        assert!(!snapshot.truncated().is_incomplete(), "long labels are ordinary");
        for cut in
            [Truncation { fields: true, ..Truncation::default() }, Truncation { forms: true, ..Truncation::default() }]
        {
            assert!(cut.is_incomplete());
        }
    }

    #[test]
    fn too_many_fields_are_refused() {
        let fields = (0..300).map(|id| Field { id, ..Field::default() }).collect();
        let error = FormSnapshot::parse(RawSnapshot { fields, ..RawSnapshot::default() }).unwrap_err();
        assert_eq!(error, SnapshotError::TooMany { what: "fields", count: 300, limit: limits::FIELDS });
    }

    #[test]
    fn long_texts_are_counted_as_javascript_counts_them() {
        let fits = "\u{1F511}".repeat(limits::IDENTIFIER / 2);
        assert!(FormSnapshot::parse(with_field(Field { name: fits.clone(), ..Field::default() })).is_ok());
        let long = fits + "x";
        assert!(matches!(
            FormSnapshot::parse(with_field(Field { name: long, ..Field::default() })),
            Err(SnapshotError::TooLong { .. })
        ));
    }

    #[test]
    fn indices_must_point_at_something() {
        let error = FormSnapshot::parse(with_field(Field { form: Some(0), ..Field::default() })).unwrap_err();
        assert_eq!(error, SnapshotError::UnknownForm { form: 0, count: 0 });
        let button = Button { after: 1, ..Button::default() };
        let error = FormSnapshot::parse(RawSnapshot { buttons: vec![button], ..RawSnapshot::default() }).unwrap_err();
        assert_eq!(error, SnapshotError::ButtonOutside { after: 1, count: 0 });
    }

    #[test]
    fn two_fields_never_share_a_number() {
        let fields = vec![Field { id: 3, ..Field::default() }, Field { id: 3, ..Field::default() }];
        assert_eq!(
            FormSnapshot::parse(RawSnapshot { fields, ..RawSnapshot::default() }),
            Err(SnapshotError::DuplicateField(3))
        );
    }
}
