//! What users said, put in the place of what was guessed.

use super::context::facts;
use super::form::FormWords;
use super::group::{self, Group};
use super::kind;
use super::view::View;
use crate::{
    Classification, ClassifiedField, ClassifiedForm, Confidence, Correction, Evidence, EvidenceSource, FieldId,
    FieldIdentity, FieldType as T, FormKind, FormSnapshot, Part,
};

/// Types of which a form has one field. Who says which it is says too that no other field is.
const SINGLE: [T; 12] = [
    T::Username,
    T::CurrentPassword,
    T::OneTimeCode,
    T::CcNumber,
    T::CcName,
    T::CcGivenName,
    T::CcFamilyName,
    T::CcExp,
    T::CcExpMonth,
    T::CcExpYear,
    T::CcCsc,
    T::CcType,
];
/// A value in several boxes: its type, and how many characters a box holds at most.
const SPLIT: [(T, u32); 2] = [(T::OneTimeCode, 3), (T::CcNumber, 6)];
/// The weight of the user's word, in natural log-odds.
const WORD: f32 = 20.0;

/// A snapshot's classification with what a user said of its fields. A form in which that changes nothing stays as it was; of any other the kind is decided anew.
///
/// This changes what fields are taken for and nothing else: what may be filled where is the [plan](crate::FillPlan)'s to decide, as for any guess.
#[must_use]
pub fn apply(snapshot: &FormSnapshot, classification: &Classification, corrections: &[Correction]) -> Classification {
    let mut corrected = classification.clone();
    let said = said(snapshot, corrections);
    let changed: Vec<FieldId> = corrected.forms.iter_mut().flat_map(|form| correct(snapshot, form, &said)).collect();
    if changed.is_empty() {
        return corrected;
    }
    let groups = group::groups(snapshot);
    for form in &mut corrected.forms {
        let changed: Vec<T> =
            form.fields.iter().filter(|field| changed.contains(&field.id)).map(|field| field.field_type).collect();
        let first = form.fields.first().map(|field| field.id);
        let own = |group: &&Group<'_>| group.views.first().map(|view| view.field.field_id()) == first;
        if let (false, Some(group)) = (changed.is_empty(), groups.iter().find(own)) {
            decide_kind(snapshot, group, form, &changed);
        }
    }
    corrected
}

/// What is said of which field.
fn said(snapshot: &FormSnapshot, corrections: &[Correction]) -> Vec<(FieldId, T)> {
    if corrections.is_empty() {
        return Vec::new();
    }
    let of = |identity: &FieldIdentity| corrections.iter().find(|correction| correction.field == *identity);
    FieldIdentity::all(snapshot).iter().filter_map(|(id, identity)| Some((*id, of(identity)?.said))).collect()
}

/// Gives the fields of a form the types that were said; which of them have another than before.
fn correct(snapshot: &FormSnapshot, form: &mut ClassifiedForm, said: &[(FieldId, T)]) -> Vec<FieldId> {
    let said_of = |id: FieldId| said.iter().find(|(other, _)| *other == id).map(|(_, said)| *said);
    let differs = |field: &&ClassifiedField| said_of(field.id).is_some_and(|said| said != field.field_type);
    let changes: Vec<FieldId> = form.fields.iter().filter(differs).map(|field| field.id).collect();
    let new: Vec<T> = changes.iter().filter_map(|id| said_of(*id)).collect();
    let mut touched: Vec<T> = new.clone();
    for field in &mut form.fields {
        let gives_way =
            said_of(field.id).is_none() && SINGLE.contains(&field.field_type) && new.contains(&field.field_type);
        if gives_way {
            set(field, T::None, "said-of-another");
        } else if changes.contains(&field.id) {
            touched.push(field.field_type);
            set(field, said_of(field.id).unwrap_or_default(), "said-so");
        }
    }
    for (field_type, most) in SPLIT.into_iter().filter(|(field_type, _)| touched.contains(field_type)) {
        part(snapshot, form, field_type, most);
    }
    if !changes.is_empty() {
        forget_repeats(form);
    }
    changes
}

fn set(field: &mut ClassifiedField, field_type: T, says: &'static str) {
    field.field_type = field_type;
    field.confidence = Confidence::new(1.0);
    field.part = None;
    field.repeats = None;
    field.evidence = vec![Evidence { source: EvidenceSource::User, says, weight: WORD }];
}

/// Counts the boxes of a split value anew.
fn part(snapshot: &FormSnapshot, form: &mut ClassifiedForm, field_type: T, most: u32) {
    let is_short = |field: &ClassifiedField| {
        let length = snapshot.field(field.id).and_then(|field| field.max_length);
        field.part.is_some() || length.is_some_and(|length| length <= most)
    };
    let boxes = |field: &&mut ClassifiedField| field.field_type == field_type && is_short(field);
    let count = form.fields.iter_mut().filter(boxes).count();
    let Ok(count) = u32::try_from(count) else { return };
    for (field, index) in form.fields.iter_mut().filter(boxes).zip(0..) {
        field.part = (count > 1).then_some(Part { index, count });
    }
}

/// A field repeats one of its own type.
fn forget_repeats(form: &mut ClassifiedForm) {
    let types: Vec<(FieldId, T)> = form.fields.iter().map(|field| (field.id, field.field_type)).collect();
    for field in &mut form.fields {
        let own = field.field_type;
        field.repeats = field.repeats.filter(|id| types.contains(&(*id, own)));
    }
}

fn decide_kind(snapshot: &FormSnapshot, group: &Group<'_>, form: &mut ClassifiedForm, changed: &[T]) {
    let type_of = |view: &View<'_>| {
        let own = |field: &&ClassifiedField| field.id == view.field.field_id();
        form.fields.iter().find(own).map(|field| field.field_type).unwrap_or_default()
    };
    let fields: Vec<(&View<'_>, T)> = group.views.iter().map(|view| (view, type_of(view))).collect();
    let (kind, confidence, evidence) = kind::of(&facts(&fields), &FormWords::of(snapshot, group));
    // Who says that a form asks for a user name says that it is there to log in.
    let says_nothing = matches!(kind, FormKind::Other | FormKind::Search | FormKind::Newsletter);
    let asks_name = changed.iter().any(|field_type| field_type.is_login_id());
    let has_more = fields.iter().any(|(_, field_type)| field_type.is_card() || *field_type == T::OneTimeCode);
    form.kind = if says_nothing && asks_name && !has_more { FormKind::LoginUsername } else { kind };
    form.confidence = confidence;
    form.evidence = evidence;
}

#[cfg(test)]
mod tests {
    use crate::{tests::field, *};

    fn snapshot(fields: Vec<Field>) -> FormSnapshot {
        let form = Form { action: "https://shop.example/do".into(), ..Form::default() };
        FormSnapshot::parse(RawSnapshot { forms: vec![form], fields, ..RawSnapshot::default() }).unwrap()
    }

    fn correction(snapshot: &FormSnapshot, id: u32, said: FieldType) -> Correction {
        let all = FieldIdentity::all(snapshot);
        Correction::new(all.into_iter().find(|(other, _)| other.0 == id).unwrap().1, said)
    }

    fn corrected(snapshot: &FormSnapshot, said: &[(u32, FieldType)]) -> ClassifiedForm {
        let corrections: Vec<_> = said.iter().map(|(id, said)| correction(snapshot, *id, *said)).collect();
        let once = apply(snapshot, &classify(snapshot), &corrections);
        assert_eq!(apply(snapshot, &once, &corrections), once, "not the same the second time");
        once.forms[0].clone()
    }

    fn types(form: &ClassifiedForm) -> Vec<FieldType> {
        form.fields.iter().map(|field| field.field_type).collect()
    }

    use FieldType as T;

    /// Its password does not look like one.
    fn misnamed() -> FormSnapshot {
        snapshot(vec![field(1, "text", "who", "User name"), field(2, "text", "magic", "Shibboleth")])
    }

    #[test]
    fn a_password_that_does_not_look_like_one_is_filled_once_said() {
        let page = misnamed();
        let before = &classify(&page).forms[0];
        assert!(!FillPlan::for_form(&page, before, &Offer::login()).values().contains(&ItemValue::Password));
        let form = corrected(&page, &[(2, T::CurrentPassword)]);
        assert_eq!((form.kind, types(&form)), (FormKind::Login, vec![T::Username, T::CurrentPassword]));
        assert_eq!((form.fields[1].confidence.get(), form.fields[1].evidence[0].says), (1.0, "said-so"));
        assert_eq!(form.fields[1].evidence[0].source, EvidenceSource::User);
        assert!(FillPlan::for_form(&page, &form, &Offer::login()).values().contains(&ItemValue::Password));
    }

    #[test]
    fn who_says_which_field_it_is_says_which_it_is_not() {
        let page = snapshot(vec![
            field(1, "text", "login", "User name"),
            field(2, "text", "who", "Member"),
            field(3, "password", "pw", "Password"),
        ]);
        assert_eq!(classify(&page).forms[0].fields[0].field_type, T::Username);
        assert_eq!(types(&corrected(&page, &[(2, T::Username)])), [T::None, T::Username, T::CurrentPassword]);
        // Both, if both are said.
        let both = corrected(&page, &[(1, T::Username), (2, T::Username)]);
        assert_eq!(types(&both), [T::Username, T::Username, T::CurrentPassword]);
    }

    #[test]
    fn nothing_is_nothing() {
        let page = snapshot(vec![field(1, "text", "user", "User name"), field(2, "password", "pw", "Password")]);
        let form = corrected(&page, &[(1, T::None), (2, T::None)]);
        assert!(FillPlan::for_form(&page, &form, &Offer::login()).is_empty());
        assert!(FillPlan::for_form(&page, &form, &Offer::card()).is_empty());
    }

    #[test]
    fn an_old_password_never_goes_where_a_new_one_was_said_to() {
        let page = snapshot(vec![field(1, "text", "user", "User name"), field(2, "password", "pw", "Password")]);
        let form = corrected(&page, &[(2, T::NewPassword)]);
        assert!(!FillPlan::for_form(&page, &form, &Offer::login()).values().contains(&ItemValue::Password));
    }

    #[test]
    fn what_a_page_calls_new_stays_new_beside_another() {
        let page = snapshot(vec![
            field(1, "password", "old", "Current password"),
            field(2, "password", "new", "New password"),
            field(3, "password", "again", "Repeat new password"),
        ]);
        let form = corrected(&page, &[(3, T::CurrentPassword)]);
        let plan = FillPlan::for_form(&page, &form, &Offer::login());
        assert!(plan.steps.iter().all(|step| step.field != FieldId(3)), "{plan:?}");
    }

    #[test]
    fn boxes_that_are_said_to_be_a_code_hold_its_parts() {
        let short = |id: u32| Field { max_length: Some(1), ..field(id, "text", "d", "") };
        let page = snapshot((1..5).map(short).collect());
        let said: Vec<_> = (1..5).map(|id| (id, T::OneTimeCode)).collect();
        let form = corrected(&page, &said);
        let parts: Vec<_> = form.fields.iter().map(|field| field.part.map(|part| (part.index, part.count))).collect();
        assert_eq!(parts, [Some((0, 4)), Some((1, 4)), Some((2, 4)), Some((3, 4))]);
        assert_eq!(form.kind, FormKind::TwoFactor);
        // One less, and the others are counted anew.
        let form = corrected(&page, &[(1, T::None)]);
        assert_eq!(form.fields[1].part, Some(Part { index: 0, count: 3 }));
    }

    #[test]
    fn a_lone_user_name_makes_a_login() {
        let page = snapshot(vec![field(1, "text", "x", "Membership")]);
        assert_eq!(corrected(&page, &[(1, T::Username)]).kind, FormKind::LoginUsername);
    }

    #[test]
    fn a_correction_of_another_field_changes_nothing() {
        let page = misnamed();
        let guess = classify(&page);
        let elsewhere = snapshot(vec![field(1, "text", "who", "User name"), field(2, "text", "magical", "Shibboleth")]);
        assert_eq!(apply(&page, &guess, &[correction(&elsewhere, 2, T::CurrentPassword)]), guess);
    }
}
