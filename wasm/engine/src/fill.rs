//! From what the user picked to what is written: which place a form is, which fields of an item it needs, and the shape of each value.

use countersign_forms::{
    Classification, ClassifiedForm, Correction, FieldType, FillPlan, FillStep, FormKind, FormSnapshot, Identity,
    ItemValue, Misfit, Offer, PasswordRules, Written, apply, classify, submitter,
};
use countersign_seal::{field::FieldKind, id::FieldId};
use countersign_wire::{
    identity::to_fill,
    item::{ItemKind, ItemSummary},
    local::ReleasedField,
    page::{CommitStep, STEP_LIMIT},
    panel::PlaceKind,
};

/// What a country with these two letters is called, first in the language of a page: the browser knows.
pub(crate) type CountryNames = dyn Fn(&str, &str) -> Vec<String>;

/// What becomes of what the user typed where an item would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typed {
    /// The user is asked, if there is any.
    Ask,
    /// The item's takes its place.
    Replace,
    /// It stays, and the item fills the rest.
    Keep,
}

/// What a document's forms are.
pub(crate) struct Look {
    /// The forms as the probe saw them.
    pub(crate) snapshot: FormSnapshot,
    /// What its fields are taken for, by themselves.
    pub(crate) guess: Classification,
    /// The same with what the user said. All that is filled is planned by this.
    pub(crate) classification: Classification,
    /// What can be filled in each of its forms, the most telling first.
    places: Vec<Vec<(PlaceKind, FillPlan)>>,
}

impl Look {
    /// Classifies; what the user said of the site's fields has the last word.
    pub(crate) fn new(snapshot: FormSnapshot, said: &[Correction]) -> Self {
        let guess = classify(&snapshot);
        let mut look = Self { snapshot, guess, classification: Classification::default(), places: Vec::new() };
        look.correct(said);
        look
    }

    /// The user said something else.
    pub(crate) fn correct(&mut self, said: &[Correction]) {
        self.classification = apply(&self.snapshot, &self.guess, said);
        self.places = self.classification.forms.iter().map(|form| self.places_of(form)).collect();
    }

    /// The numbers of all fields that some item could fill, and of those for a new password.
    pub(crate) fn marks(&self) -> Vec<u32> {
        let new = self.classification.forms.iter().flat_map(|form| self.new_password_plan(form).steps);
        let known = self.places.iter().flatten().flat_map(|(_, plan)| plan.steps.clone());
        let mut marks: Vec<u32> = known.chain(new).map(|step| step.field.0).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// What can be filled at this field; else in its form.
    pub(crate) fn kind_at(&self, field: u32) -> Option<PlaceKind> {
        self.form_at(field).map(|(_, kind)| kind)
    }

    /// The form of this field, and what can be filled there. A form may ask for a card and for an address: each field is of the one that goes into it.
    fn form_at(&self, field: u32) -> Option<(&ClassifiedForm, PlaceKind)> {
        let has = |form: &ClassifiedForm| form.fields.iter().any(|other| other.id.0 == field);
        let (form, places) = self.classification.forms.iter().zip(&self.places).find(|(form, _)| has(form))?;
        let goes_there = |(_, plan): &&(PlaceKind, FillPlan)| plan.steps.iter().any(|step| step.field.0 == field);
        places.iter().find(goes_there).or(places.first()).map(|(kind, _)| (form, *kind))
    }

    /// A field of the form that is most worth filling; where there is none, a box for a new password, of which there is something to say.
    pub(crate) fn best_field(&self) -> Option<u32> {
        let forms = self.classification.forms.iter().zip(&self.places);
        let forms = forms.filter_map(|(form, places)| places.first().map(|place| (form, place)));
        // Who somebody is comes after what only they know: pages ask for it in many places.
        let rank = |(kind, plan): &(PlaceKind, FillPlan)| (!plan.is_empty(), *kind != PlaceKind::Identity);
        let (form, (_, plan)) = forms.max_by(|(one, place), (other, another)| {
            rank(place).cmp(&rank(another)).then(one.confidence.get().total_cmp(&other.confidence.get()))
        })?;
        plan.steps.first().map(|step| step.field.0).or_else(|| self.new_password_of(form))
    }

    /// The plan that fills this item into the form of this field; `None` if the item has nothing to give there.
    pub(crate) fn plan_at(&self, field: u32, item: &ItemSummary, names: &CountryNames) -> Option<FillPlan> {
        let (form, kind) = self.form_at(field)?;
        if let Some(person) = person(item, self.snapshot.lang(), names) {
            let plan = FillPlan::for_form(&self.snapshot, form, &Offer::identity()).for_identity(&person);
            return (suits(item, kind) && !plan.is_empty() && plan.steps.len() <= STEP_LIMIT).then_some(plan);
        }
        let mut plan =
            FillPlan::for_form(&self.snapshot, form, &offer_of(item)).with_one_code(countersign_forms::FieldId(field));
        // A user name that is an address goes where the form asks for that, and not into the box for another name as well.
        if plan.values().contains(&ItemValue::Email) {
            plan.steps.retain(|step| step.value != ItemValue::Username);
        }
        // The codes of an account that there is are not for one that there is not yet.
        if kind == PlaceKind::SignUp {
            plan.steps.retain(|step| matches!(step.value, ItemValue::Username | ItemValue::Email));
        }
        let gives = !fields_for(&plan, item).is_empty() || (asks_for_username(form) && !plan.is_empty());
        (suits(item, kind) && gives && plan.steps.len() <= STEP_LIMIT).then_some(plan)
    }

    /// The same, with what the user said of what was typed; `None` if nothing is left to fill.
    pub(crate) fn plan_with(
        &self,
        field: u32,
        item: &ItemSummary,
        typed: Typed,
        names: &CountryNames,
    ) -> Option<FillPlan> {
        let mut plan = self.plan_at(field, item, names)?;
        if typed == Typed::Keep {
            plan.steps.retain(|step| !step.occupied);
        }
        (!plan.is_empty()).then_some(plan)
    }

    /// Where a password made for the form of this field goes, and what the page demands of it; `None` where it asks for none.
    pub(crate) fn new_password_at(&self, field: u32) -> Option<(FillPlan, PasswordRules)> {
        let (form, _) = self.form_at(field)?;
        let plan = self.new_password_plan(form);
        let fields: Vec<_> = plan.steps.iter().map(|step| step.field).collect();
        let rules = PasswordRules::for_fields(&self.snapshot, &fields);
        (!plan.is_empty() && plan.steps.len() <= STEP_LIMIT).then_some((plan, rules))
    }

    fn new_password_plan(&self, form: &ClassifiedForm) -> FillPlan {
        FillPlan::for_form(&self.snapshot, form, &Offer::of(&[ItemValue::NewPassword]))
    }

    /// What the button says that submits the form of this field once it is filled.
    pub(crate) fn submitter(&self, field: u32, origin: &str) -> Option<String> {
        let (form, kind) = self.form_at(field)?;
        let is_login = matches!(kind, PlaceKind::Login | PlaceKind::OneTimeCode);
        submitter(&self.snapshot, &self.classification, form, origin).filter(|_| is_login)
    }

    fn new_password_of(&self, form: &ClassifiedForm) -> Option<u32> {
        self.new_password_plan(form).steps.first().map(|step| step.field.0)
    }

    /// What can be filled in a form: what only its user knows, and who that is.
    fn places_of(&self, form: &ClassifiedForm) -> Vec<(PlaceKind, FillPlan)> {
        let identity = || FillPlan::for_form(&self.snapshot, form, &Offer::identity());
        let person = asks_who(form).then(identity).filter(|plan| !plan.is_empty());
        let person = person.map(|plan| (PlaceKind::Identity, plan));
        self.best_plan(form).into_iter().chain(person).collect()
    }

    fn best_plan(&self, form: &ClassifiedForm) -> Option<(PlaceKind, FillPlan)> {
        let plan = |offer| FillPlan::for_form(&self.snapshot, form, &offer);
        let with = |offer, kind: PlaceKind, needed| {
            let plan = plan(offer);
            plan.values().contains(&needed).then_some((kind, plan))
        };
        let login = plan(Offer::login());
        // A login may have the code too that its form asks for.
        let whole = |kind, login| if kind == PlaceKind::SignUp { login } else { plan(Offer::sign_in()) };
        let kind = self.login_kind(form, &login);
        kind.map(|kind| (kind, whole(kind, login)))
            .or_else(|| with(Offer::card(), PlaceKind::Card, ItemValue::CardNumber))
            .or_else(|| with(Offer::code(), PlaceKind::OneTimeCode, ItemValue::OneTimeCode))
            .or_else(|| self.new_password_of(form).map(|_| (PlaceKind::NewPassword, FillPlan::default())))
    }

    /// What a form is to which a login gives something.
    fn login_kind(&self, form: &ClassifiedForm, plan: &FillPlan) -> Option<PlaceKind> {
        let (some, secret) = (!plan.is_empty(), plan.values().contains(&ItemValue::Password));
        match form.kind {
            FormKind::SignUp => some.then_some(PlaceKind::SignUp),
            _ if secret && self.new_password_of(form).is_some() => Some(PlaceKind::ChangePassword),
            _ => (secret || (some && asks_for_username(form))).then_some(PlaceKind::Login),
        }
    }
}

/// Whether the user name alone is worth filling: on the first page of a login, and for a new account.
const fn asks_for_username(form: &ClassifiedForm) -> bool {
    matches!(form.kind, FormKind::LoginUsername | FormKind::SignUp)
}

/// Whether a form may ask who somebody is. A login asks for what its account is called, though that may be an address; so do forms that change or recover
/// one, or prove something with a code, but those may ask for a name or a birthday as well.
fn asks_who(form: &ClassifiedForm) -> bool {
    match form.kind {
        FormKind::SignUp | FormKind::Checkout | FormKind::Newsletter | FormKind::Other => true,
        FormKind::ChangePassword | FormKind::Recovery | FormKind::TwoFactor => {
            form.fields.iter().any(|field| field.field_type >= FieldType::Name)
        }
        _ => false,
    }
}

/// What an identity item says, ready to be filled in.
fn person(item: &ItemSummary, lang: &str, names: &CountryNames) -> Option<Identity> {
    let identity = item.identity.as_deref()?;
    let names = if identity.country.is_empty() { Vec::new() } else { names(&identity.country, lang) };
    Some(to_fill(identity, names))
}

/// Whether an item is of the kind that a place takes.
pub(crate) fn suits(item: &ItemSummary, place: PlaceKind) -> bool {
    match place {
        PlaceKind::Login | PlaceKind::HttpAuthentication => item.kind == ItemKind::Login,
        PlaceKind::SignUp => {
            (item.kind == ItemKind::Login && !item.username.is_empty()) || item.kind == ItemKind::Identity
        }
        PlaceKind::Identity => item.kind == ItemKind::Identity,
        PlaceKind::ChangePassword => item.kind == ItemKind::Login && field_of(item, FieldKind::Password).is_some(),
        PlaceKind::NewPassword => false,
        PlaceKind::Card => item.kind == ItemKind::Card,
        PlaceKind::OneTimeCode | PlaceKind::CopiedCode => {
            item.fields.iter().any(|field| field.kind == FieldKind::OneTimeCodeSeed)
        }
    }
}

/// The item's secret fields that a plan needs, each once.
pub(crate) fn fields_for(plan: &FillPlan, item: &ItemSummary) -> Vec<FieldId> {
    let mut fields = Vec::new();
    for field in plan.values().into_iter().filter_map(secret_kind).filter_map(|kind| field_of(item, kind)) {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields
}

fn offer_of(item: &ItemSummary) -> Offer {
    use ItemValue::{
        CardExpiry, CardNumber, CardSecurityCode, CardType, CardholderName, Email, OneTimeCode, Password, Username,
    };
    let secrets = [Password, OneTimeCode, CardNumber, CardholderName, CardExpiry, CardSecurityCode, CardType];
    let mut values: Vec<ItemValue> = secrets
        .into_iter()
        .filter(|value| secret_kind(*value).is_some_and(|kind| field_of(item, kind).is_some()))
        .collect();
    if !item.username.is_empty() {
        values.push(Username);
    }
    if is_address(&item.username) {
        values.push(Email);
    }
    Offer::of(&values)
}

/// Whether a user name is an email address too.
fn is_address(username: &str) -> bool {
    username.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

pub(crate) fn field_of(item: &ItemSummary, kind: FieldKind) -> Option<FieldId> {
    item.fields.iter().find(|field| field.kind == kind).map(|field| field.id)
}

const fn secret_kind(value: ItemValue) -> Option<FieldKind> {
    match value {
        ItemValue::Password => Some(FieldKind::Password),
        // The phone answers the code; the seed stays sealed.
        ItemValue::OneTimeCode => Some(FieldKind::OneTimeCodeSeed),
        // A card's type is told from its number.
        ItemValue::CardNumber | ItemValue::CardType => Some(FieldKind::CardNumber),
        ItemValue::CardholderName => Some(FieldKind::CardHolder),
        ItemValue::CardExpiry => Some(FieldKind::CardExpiry),
        ItemValue::CardSecurityCode => Some(FieldKind::CardSecurityCode),
        _ => None,
    }
}

/// What is written into a form.
pub(crate) struct CommitSteps {
    pub(crate) steps: Vec<CommitStep>,
    /// Whether a secret does not go into a field that was planned for it: it is too long, or no option of a list. A card's type is none, and boxes that are not needed lack nothing.
    pub(crate) leaves_out: bool,
}

/// The steps of a commit so many milliseconds after the release, but for fields that cannot take their value; `None` if a value is missing, or over.
pub(crate) fn commit_steps(
    plan: &FillPlan,
    item: &ItemSummary,
    values: &[ReleasedField],
    elapsed: u64,
    names: &CountryNames,
) -> Option<CommitSteps> {
    let person = person(item, &plan.lang, names);
    let mut made = CommitSteps { steps: Vec::with_capacity(plan.steps.len()), leaves_out: false };
    for step in &plan.steps {
        match commit_step(plan, step, (item, person.as_ref()), values, elapsed)? {
            Ok(step) => made.steps.push(step),
            Err(misfit) => made.leaves_out |= misfit != Misfit::Empty && is_secret(step.value),
        }
    }
    Some(made)
}

fn is_secret(value: ItemValue) -> bool {
    value != ItemValue::CardType && secret_kind(value).is_some()
}

/// `None` if the value is missing; why it does not fit, if it does not.
fn commit_step(
    plan: &FillPlan,
    step: &FillStep,
    (item, person): (&ItemSummary, Option<&Identity>),
    values: &[ReleasedField],
    elapsed: u64,
) -> Option<Result<CommitStep, Misfit>> {
    let written = match secret_kind(step.value) {
        None if step.value == ItemValue::Identity => plan.write_identity(step, person?),
        None if matches!(step.value, ItemValue::Username | ItemValue::Email) => plan.write(step, &item.username),
        None => return None,
        Some(kind) => {
            let wanted = field_of(item, kind)?;
            let released = values.iter().find(|value| value.field == wanted && value.kind == kind)?;
            plan.write(step, released.value_after(elapsed)?.expose_str().ok()?)
        }
    };
    Some(written.map(|written| to_commit(step, written)))
}

/// The steps that write a new password; `None` if a field cannot take it.
pub(crate) fn new_password_steps(plan: &FillPlan, password: &str) -> Option<Vec<CommitStep>> {
    let steps = plan.steps.iter().map(|step| Some(to_commit(step, plan.write(step, password).ok()?)));
    steps.collect()
}

fn to_commit(step: &FillStep, written: Written) -> CommitStep {
    CommitStep {
        field: step.field.0,
        signature: step.signature.clone(),
        // A plan is made only once the user has said of what stood there.
        replaces: step.occupied || !step.signature.is_written(),
        write: written.into(),
    }
}
