//! What the demo shows: a login, the one-time code that it asks for next, and a card.

use anyhow::Result;
use countersign_harness::{
    Kind, Site, Submission,
    demo_site::{DemoSite, SEED, takes_code},
    spine::Desk,
};

const LIBRARY: &str = "Harbour Library";
const CARD: &str = "Blue card";
const USERNAME: &str = "ada@example.com";
const PASSWORD: &str = "lantern & Quayside <1843>";
const CARD_NUMBER: &str = "4111111111111111";
const CARD_HOLDER: &str = "Ada Kern";
const CARD_EXPIRY: (&str, &str) = ("2029-08", "08/29");
const SECURITY_CODE: &str = "737";

/// One form of the demo site, and what fills it.
pub(crate) struct Act {
    /// What the demo calls it.
    pub(crate) name: &'static str,
    /// The page.
    pub(crate) path: &'static str,
    /// The field to click into.
    pub(crate) field: &'static str,
    /// What people call that field.
    pub(crate) called: &'static str,
    /// The item to pick.
    pub(crate) item: &'static str,
    /// The phone's question; none if it was answered with the one before, in the same tab.
    pub(crate) asks: Option<&'static str>,
    /// The button that sends the form.
    pub(crate) button: &'static str,
    /// What is said when the site received the right values.
    pub(crate) received: &'static str,
    is_right: fn(&Submission) -> bool,
}

/// What is shown, in this order. A chooser in Firefox cannot vouch that nothing covers it: there the phone is asked for the code, too.
pub(crate) fn acts(kind: Kind) -> [Act; 3] {
    let code = (kind == Kind::Firefox).then_some("Fill one-time code?");
    ACTS.map(|act| Act { asks: act.asks.or(code), ..act })
}

const ACTS: [Act; 3] = [
    Act {
        name: "login",
        path: "/login",
        field: "[name=password]",
        called: "the password",
        item: LIBRARY,
        asks: Some("Fill password, and the one-time code asked for next?"),
        button: "Sign in",
        received: "the site received the right login",
        is_right: |sent| has(sent, "user", USERNAME) && has(sent, "password", PASSWORD),
    },
    Act {
        name: "code",
        path: "/code",
        field: "[name=otp]",
        called: "the code",
        item: LIBRARY,
        asks: None,
        button: "Continue",
        received: "the site took the code",
        is_right: |sent| sent.fields.get("otp").is_some_and(|digits| takes_code(digits)),
    },
    Act {
        name: "card",
        path: "/checkout",
        field: "[name=number]",
        called: "the card number",
        item: CARD,
        asks: Some("card security code"),
        button: "Pay 12.40",
        received: "the shop received the right card",
        is_right: |sent| {
            let wanted = [
                ("number", CARD_NUMBER),
                ("holder", CARD_HOLDER),
                ("expiry", CARD_EXPIRY.1),
                ("code", SECURITY_CODE),
                ("voucher", ""),
            ];
            wanted.into_iter().all(|(name, value)| has(sent, name, value))
        },
    },
];

impl Act {
    /// Where the form is sent to.
    pub(crate) fn receiver(&self) -> String {
        format!("{}/received", self.path)
    }

    /// Whether the site has received the right values.
    pub(crate) fn is_done(&self, site: &Site) -> bool {
        let receiver = self.receiver();
        site.submissions().iter().any(|sent| sent.path == receiver && (self.is_right)(sent))
    }
}

fn has(sent: &Submission, name: &str, value: &str) -> bool {
    sent.fields.get(name).is_some_and(|sent| sent == value)
}

/// Saves the items that the demo fills.
///
/// # Errors
/// If the daemon refuses.
pub(crate) async fn save(desk: &Desk, site: &DemoSite) -> Result<()> {
    desk.add_login_with_codes(LIBRARY, USERNAME, [PASSWORD, SEED], &site.library.origin()).await?;
    desk.add_card(CARD, [CARD_NUMBER, CARD_HOLDER, CARD_EXPIRY.0, SECURITY_CODE]).await
}
