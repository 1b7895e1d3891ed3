//! Fields that take a value in one shape alone: each page refuses every other by the browser's own checks, so that what it sends is what it wanted.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{Answer, Frame, PATIENCE, spine::chooser_closes};
use serde_json::Value;

use crate::{
    cards::{self, CODE, HOLDER, NUMBER, PERSON},
    rig::{Rig, share, values},
};

/// A form: its language, what stands in it, and what it sends when it is filled.
struct Form {
    name: &'static str,
    lang: &'static str,
    rows: &'static str,
    /// Where its user begins.
    first: &'static str,
    sends: &'static [(&'static str, &'static str)],
}

/// A field for the number, and one for the code.
macro_rules! row {
    (number) => {
        "<p><label>Card number <input name=number required maxlength=16 pattern='[0-9]{16}'></label>"
    };
    (code) => {
        "<p><label>Security code (CVC) <input name=code required maxlength=4 pattern='[0-9]{3}'></label>"
    };
}

const CARDS: [Form; 7] = [
    Form {
        name: "MM/YY and a list of types",
        lang: "en",
        rows: concat!(
            "<p><label>Card type <select name=type required><option value=''>Choose<option value=001>Visa<option value=002>Mastercard</select></label>",
            row!(number),
            "<p><label>Name on card <input name=holder required></label>",
            "<p><label>Expiry date (MM/YY) <input name=until required maxlength=5 pattern='(0[1-9]|1[0-2])/[0-9]{2}'></label>",
            row!(code)
        ),
        first: "[name=number]",
        sends: &[("type", "001"), ("number", NUMBER), ("holder", HOLDER), ("until", "08/29"), ("code", CODE)],
    },
    Form {
        name: "MM/YYYY, spaces and two names",
        lang: "en",
        rows: concat!(
            "<p><label>Card number <input name=number required maxlength=19 pattern='[0-9]{4}( [0-9]{4}){3}' placeholder='1234 1234 1234 1234'></label>",
            "<fieldset><legend>Cardholder</legend><p><label>First name <input name=given required></label> <label>Last name <input name=family required></label></fieldset>",
            "<p><label>Expires <input name=until required maxlength=7 placeholder=MM/YYYY pattern='(0[1-9]|1[0-2])/20[0-9]{2}'></label>",
            row!(code)
        ),
        first: "[name=number]",
        sends: &[("number", "4111 1111 1111 1111"), ("given", "Ada"), ("family", "Kern"), ("until", "08/2029")],
    },
    Form {
        name: "MMYY, hyphens and types to tick",
        lang: "en",
        rows: concat!(
            "<fieldset><legend>Card type</legend><label><input type=radio name=type value=mc required> Mastercard</label> <label><input type=radio name=type value=vi> Visa</label></fieldset>",
            "<p><label>Card number <input name=number required maxlength=19 pattern='[0-9]{4}(-[0-9]{4}){3}' placeholder='0000-0000-0000-0000'></label>",
            "<p><label>Valid until <input name=until required maxlength=4 placeholder=MMYY pattern='(0[1-9]|1[0-2])[0-9]{2}'></label>",
            row!(code)
        ),
        first: "[name=number]",
        sends: &[("type", "vi"), ("number", "4111-1111-1111-1111"), ("until", "0829"), ("code", CODE)],
    },
    Form {
        name: "YY-MM",
        lang: "sv",
        rows: concat!(
            "<p><label>Kortnummer <input name=number required maxlength=16 pattern='[0-9]{16}'></label>",
            "<p><label>Giltigt till <input name=until required maxlength=5 placeholder='ÅÅ-MM' pattern='[0-9]{2}-(0[1-9]|1[0-2])'></label>",
            "<p><label>Säkerhetskod (CVC) <input name=code required maxlength=3 pattern='[0-9]{3}'></label>"
        ),
        first: "[name=number]",
        sends: &[("number", NUMBER), ("until", "29-08"), ("code", CODE)],
    },
    Form {
        name: "a month",
        lang: "en",
        rows: concat!(
            row!(number),
            "<p><label>Valid until <input name=until type=month required min=2026-01 max=2046-12 pattern='20[0-9]{2}-[0-9]{2}'></label>",
            row!(code)
        ),
        first: "[name=number]",
        sends: &[("number", NUMBER), ("until", "2029-08"), ("code", CODE)],
    },
    Form {
        name: "M / YYYY, the code behind a check of its script",
        lang: "en",
        rows: concat!(
            row!(number),
            "<p><label>Expiration (M / YYYY) <input name=until required pattern='[1-9][0-2]? / 20[0-9]{2}'></label>",
            // A pattern that comes with what stands in another field, and a word that only events take back.
            "<p><label>Security code (CVC) <input name=code required></label>",
            "<script>
               const [number, , code] = document.querySelectorAll('input');
               code.setCustomValidity('Type the code.');
               number.addEventListener('input', () => (code.pattern = number.value.startsWith('3') ? '[0-9]{4}' : '[0-9]{3}'));
               code.addEventListener('input', () => code.setCustomValidity(number.checkValidity() ? '' : 'First the number.'));
             </script>"
        ),
        first: "[name=number]",
        sends: &[("number", NUMBER), ("until", "8 / 2029"), ("code", CODE)],
    },
    Form {
        name: "names of months without values, years of two digits",
        lang: "fr",
        rows: "<p><label>Numéro de carte</label> <input name=n1 required maxlength=4 size=4 pattern='[0-9]{4}'> <input name=n2 required maxlength=4 size=4 pattern='[0-9]{4}'>
                 <input name=n3 required maxlength=4 size=4 pattern='[0-9]{4}'> <input name=n4 required maxlength=4 size=4 pattern='[0-9]{4}'>
               <p>Date d’expiration <select name=month aria-label=Mois><option>Mois<option>janvier<option>février<option>mars<option>avril<option>mai<option>juin<option>juillet<option>août
                 <option>septembre<option>octobre<option>novembre<option>décembre</select>
                 <select name=year aria-label=Année><option>Année<option>27<option>28<option>29<option>30</select>
               <p><label>Cryptogramme visuel <input name=code required maxlength=3 pattern='[0-9]{3}'></label>",
        first: "[name=n1]",
        sends: &[("n1", "4111"), ("n4", "1111"), ("month", "août"), ("year", "29"), ("code", CODE)],
    },
];

const BIRTHDAYS: [Form; 4] = [
    Form {
        name: "a date",
        lang: "en",
        rows: "<p><label>First name <input name=given required></label><p><label>Last name <input name=family required></label>
               <p><label>Date of birth <input name=bday type=date required max=2020-01-01></label>",
        first: "[name=given]",
        sends: &[("given", "Ada"), ("family", "Kern"), ("bday", "1990-08-17")],
    },
    Form {
        name: "month, day, year in one field",
        lang: "en-US",
        rows: "<p><label>Full name <input name=name required></label>
               <p><label>Date of birth <input name=bday required maxlength=10 placeholder=MM/DD/YYYY pattern='(0[1-9]|1[0-2])/[0-3][0-9]/[0-9]{4}'></label>",
        first: "[name=name]",
        sends: &[("name", "Ada Kern"), ("bday", "08/17/1990")],
    },
    Form {
        name: "as its language writes it",
        lang: "de",
        rows: "<p><label>Vorname <input name=given required></label><p><label>Nachname <input name=family required></label>
               <p><label>Geburtsdatum <input name=bday required maxlength=10 pattern='[0-3][0-9][.][01][0-9][.][0-9]{4}'></label>",
        first: "[name=given]",
        sends: &[("given", "Ada"), ("family", "Kern"), ("bday", "17.08.1990")],
    },
    Form {
        name: "three parts, the month by name",
        lang: "en",
        rows: "<p><label>First name <input name=given required></label><p><label>Last name <input name=family required></label>
               <fieldset><legend>Date of birth</legend><label>Day <input name=day required maxlength=2 size=2></label>
                 <label>Month <select name=month required><option value=''>Month<option>January<option>February<option>March<option>April<option>May<option>June<option>July<option>August
                   <option>September<option>October<option>November<option>December</select></label>
                 <label>Year <input name=year required maxlength=4 size=4></label></fieldset>",
        first: "[name=given]",
        sends: &[("given", "Ada"), ("day", "17"), ("month", "August"), ("year", "1990")],
    },
];

impl Form {
    fn put(&self, rig: &Rig, path: &str) {
        let Self { lang, rows, .. } = self;
        rig.site.put(
            path,
            Answer::html(format!(
                "<!doctype html><html lang={lang}><meta charset=utf-8><title>Form</title><link rel=icon href=data:,>\
                 <form method=post action={path}/sent>{rows}<p><button>OK</button></form>"
            )),
        );
    }

    /// Presses the form's button: the browser sends only what passes the form's checks.
    async fn send(&self, rig: &Rig, page: &Frame, path: &str) -> Result<()> {
        let refused = page
            .evaluate("[...document.querySelectorAll('form :invalid')].map(field => [field.name, field.value, field.validationMessage])")
            .await?;
        ensure!(refused.as_array().is_some_and(Vec::is_empty), "the page refuses {refused}");
        page.click("button").await?;
        let sent = rig.site.wait_for_submission(&format!("{path}/sent"), PATIENCE).await?;
        for (name, expected) in self.sends {
            let got = sent.fields.get(*name).with_context(|| format!("no {name}"))?;
            ensure!(got == expected, "{name} is {got:?} and not {expected:?}");
        }
        Ok(())
    }
}

async fn pays(shop: &Rig, form: &Form, path: &str) -> Result<()> {
    form.put(shop, path);
    let page = shop.open(&shop.site.url(path)).await?;
    shop.fill(&page, form.first, cards::TITLE, &["card security code"]).await?;
    form.send(shop, &page, path).await?;
    page.close().await
}

/// Nobody is asked for who somebody is, but its user picks it.
async fn says_who(shop: &Rig, form: &Form, path: &str) -> Result<()> {
    form.put(shop, path);
    let page = shop.open(&shop.site.url(path)).await?;
    let before: Value = values(&page).await?;
    shop.pick(&page, form.first, PERSON).await?;
    chooser_closes(&shop.browser).await?;
    ensure!(values(&page).await? != before, "nothing was filled");
    form.send(shop, &page, path).await?;
    page.close().await
}

/// Plays in the shop of [`cards`].
pub(crate) async fn fit_their_fields(shop: &Rig) -> Result<()> {
    let kind = shop.browser.kind();
    for (number, form) in share(kind, CARDS.iter().enumerate()) {
        pays(shop, form, &format!("/card-{number}")).await.context(form.name)?;
    }
    for (number, form) in share(kind, BIRTHDAYS.iter().enumerate()) {
        says_who(shop, form, &format!("/person-{number}")).await.context(form.name)?;
    }
    shop.phone.title("Nothing to approve").await
}
