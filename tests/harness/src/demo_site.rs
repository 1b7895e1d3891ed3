//! The demo site: every kind of form that Countersign knows, as a careful site would have it, plain and controlled by React and by Vue. `npm start` shows it, and
//! the tests fill it in.
//!
//! It stands behind a strict content security policy with Trusted Types, shows what it received, and keeps that in memory only. The payment provider is a site of
//! its own, on another origin.

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use totp_rs::Builder;

use crate::{Answer, Site, Submission, tree};

/// The secret of the library's one-time codes, as it would print it: that of the examples of RFC 6238.
pub const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// The same, decoded.
const SEED_BYTES: &[u8] = b"12345678901234567890";

const SHELL: &str = include_str!("../demo/shell.html");
const RECEIVED: &str = include_str!("../demo/received.html");
const RECEIVED_FRAMED: &str = include_str!("../demo/received-framed.html");
const SECOND_STEP: &str = include_str!("../demo/two-step-password.html");
const APP: &str = include_str!("../demo/app.html");

/// Plain pages: path, title, form.
const PAGES: [(&str, &str, &str); 9] = [
    ("/", "Forms to try", include_str!("../demo/index.html")),
    ("/login", "Sign in", include_str!("../demo/login.html")),
    ("/two-step", "Sign in", include_str!("../demo/two-step.html")),
    ("/sign-up", "Get a library card", include_str!("../demo/sign-up.html")),
    ("/change-password", "Change your password", include_str!("../demo/change-password.html")),
    ("/checkout", "Pay for your print", include_str!("../demo/checkout.html")),
    ("/checkout-framed", "Pay for your print", include_str!("../demo/checkout-framed.html")),
    ("/code", "Enter your code", include_str!("../demo/code.html")),
    ("/code-boxes", "Enter your code", include_str!("../demo/code-boxes.html")),
];

/// Forms that a framework controls (`demo/forms.js`), with their titles.
const FORMS: [(&str, &str); 7] = [
    ("login", "Sign in"),
    ("two-step", "Sign in"),
    ("sign-up", "Create your account"),
    ("change-password", "Change your password"),
    ("checkout", "Pay for your print"),
    ("code", "Enter your code"),
    ("code-boxes", "Enter your code"),
];

/// The frameworks: by what their pages' paths begin with.
const FRAMEWORKS: [(&str, &str); 2] =
    [("react", include_str!("../demo/react.js")), ("vue", include_str!("../demo/vue.js"))];

/// React as its packages have it, in the order in which they need each other: module, name, file.
const REACT: [(&str, &str, &str); 4] = [
    ("react", "react", "react/cjs/react.production.js"),
    ("scheduler", "scheduler", "scheduler/cjs/scheduler.production.js"),
    ("react-dom", "react-dom", "react-dom/cjs/react-dom.production.js"),
    ("react-dom-client", "react-dom/client", "react-dom/cjs/react-dom-client.production.js"),
];

/// What pages use of React's modules, as modules name their exports.
const EXPORTS: [(&str, &str); 2] = [("react", "createElement, useRef, useState"), ("react-dom-client", "createRoot")];

/// The running site.
pub struct DemoSite {
    /// The library: all pages but one.
    pub library: Site,
    /// The payment provider: `/pay`, which the library shows in a frame.
    pub payments: Site,
}

impl DemoSite {
    /// Starts both sites.
    ///
    /// # Errors
    /// If no port can be had, or React or Vue is not installed.
    pub async fn start() -> Result<Self> {
        let site = Self { library: Site::start().await?, payments: Site::start().await? };
        site.put_assets();
        site.put_modules()?;
        site.put_pages();
        site.put_framework_pages();
        site.put_payments();
        Ok(site)
    }

    /// The paths of the library's pages.
    pub fn paths() -> Vec<String> {
        let plain = PAGES.iter().map(|(path, ..)| (*path).to_owned());
        let controlled = FRAMEWORKS
            .iter()
            .flat_map(|(framework, _)| FORMS.iter().map(move |(form, _)| format!("/{framework}/{form}")));
        plain.chain(controlled).collect()
    }

    fn put_assets(&self) {
        let style = Answer::new("text/css; charset=utf-8", include_str!("../demo/style.css"));
        let mark = Answer::new("image/svg+xml", include_str!("../demo/mark.svg"));
        for site in [&self.library, &self.payments] {
            site.put("/style.css", guarded(style.clone()));
            site.put("/mark.svg", guarded(mark.clone()));
        }
    }

    fn put_modules(&self) -> Result<()> {
        let put = |path: &str, source: &str| {
            self.library.put(path, guarded(Answer::new("text/javascript; charset=utf-8", source)));
        };
        put("/forms.js", include_str!("../demo/forms.js"));
        for (framework, source) in FRAMEWORKS {
            put(&format!("/{framework}.js"), source);
        }
        for (place, (module, _, file)) in REACT.into_iter().enumerate() {
            let needed = REACT.get(..place).unwrap_or_default();
            put(&format!("/modules/{module}.js"), &as_module(module, needed, &installed(file)?));
        }
        put("/modules/vue.js", &installed("vue/dist/vue.runtime.esm-browser.prod.js")?);
        Ok(())
    }

    fn put_pages(&self) {
        let payments = self.payments.origin();
        let page = Arc::new(Page::of_the_library(&payments));
        for (path, title, form) in PAGES {
            self.library.put(path, page.answer(title, &form.replace("{payments}", &payments), ""));
            let page = Arc::clone(&page);
            self.library
                .reply(&format!("{path}/received"), move |sent| page.answer("Received", &echo(RECEIVED, sent), ""));
        }
        self.library.reply("/two-step/password", move |sent| {
            let user = sent.fields.get("user").map(String::as_str).unwrap_or_default();
            page.answer("Enter your password", &SECOND_STEP.replace("{user}", &escaped(user)), "")
        });
    }

    fn put_framework_pages(&self) {
        let page = Page::of_the_library(&self.payments.origin());
        for (framework, _) in FRAMEWORKS {
            let script = format!("<script type=\"module\" src=\"/{framework}.js\"></script>");
            for (form, title) in FORMS {
                let path = format!("/{framework}/{form}");
                self.library.put(&path, page.answer(title, &APP.replace("{form}", form), &script));
                self.library.reply(&format!("{path}/received"), |sent| {
                    guarded(Answer::new("application/json", serde_json::json!(sent.fields).to_string()))
                });
            }
        }
    }

    fn put_payments(&self) {
        let page = Arc::new(Page::of_the_provider(&self.library.origin()));
        self.payments.put("/pay", page.answer("Payment", include_str!("../demo/pay.html"), ""));
        self.payments.reply("/pay/received", move |sent| page.answer("Paid", &echo(RECEIVED_FRAMED, sent), ""));
    }
}

/// How a site's pages are answered.
struct Page {
    shell: String,
    policy: String,
}

impl Page {
    /// Nothing but what the site itself serves runs, and nothing is sent elsewhere; the one frame is the payment provider's. Vue names a policy for the few strings
    /// that it makes into markup.
    fn of_the_library(payments: &str) -> Self {
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-src {payments}; \
             frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types vue"
        );
        Self { shell: SHELL.to_owned(), policy }
    }

    /// The provider's pages are for the library's frame, and draw nothing around the form.
    fn of_the_provider(library: &str) -> Self {
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors {library}; base-uri 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'"
        );
        Self { shell: without_frame_of_page(SHELL), policy }
    }

    fn answer(&self, title: &str, main: &str, script: &str) -> Answer {
        let page = self.shell.replace("{title}", title).replace("{script}", script).replace("{main}", main);
        guarded(Answer::html(page).header("content-security-policy", &self.policy))
    }
}

/// The shell without header and footer.
fn without_frame_of_page(shell: &str) -> String {
    let without = |text: String, start: &str, end: &str| match (text.find(start), text.find(end)) {
        (Some(from), Some(to)) => [text.get(..from), text.get(to + end.len()..)].into_iter().flatten().collect(),
        _ => text,
    };
    let text = without(shell.to_owned(), "<a class=\"skip\"", "</header>");
    without(text, "<footer>", "</footer>").replace("Harbour Library", "Quay Payments")
}

/// Whether the library takes this code now: SHA-1, six digits, thirty seconds, one period of grace on either side.
pub fn takes_code(digits: &str) -> bool {
    let codes = Builder::new().with_secret(SEED_BYTES.to_vec()).with_skew(1).build_noncompliant();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    codes.check(digits, now).is_some()
}

/// Headers that every answer of a careful site has.
fn guarded(answer: Answer) -> Answer {
    answer
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
        .header("cross-origin-opener-policy", "same-origin")
        .header("cache-control", "no-store")
        .header("permissions-policy", "camera=(), geolocation=(), microphone=()")
}

/// A page that shows what was sent.
fn echo(page: &str, sent: &Submission) -> String {
    let row = |(name, value): (&String, &String)| {
        let name = escaped(name);
        format!("<dt>{name}</dt><dd data-name=\"{name}\">{}</dd>", escaped(value))
    };
    let verdict = match code_of(sent).map(|digits| takes_code(&digits)) {
        Some(true) => "The code is right.",
        Some(false) => "The code is wrong.",
        None => "",
    };
    page.replace("{fields}", &sent.fields.iter().map(row).collect::<String>()).replace("{verdict}", verdict)
}

/// The one-time code that was sent, in one box or six.
fn code_of(sent: &Submission) -> Option<String> {
    let is_code = sent.path.starts_with("/code");
    is_code
        .then(|| sent.fields.iter().filter(|(name, _)| *name != "trust").map(|(_, digits)| digits.as_str()).collect())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A file of an npm package.
fn installed(file: &str) -> Result<String> {
    let path = tree().join("node_modules").join(file);
    std::fs::read_to_string(&path).with_context(|| format!("{} is missing: run `npm ci`", path.display()))
}

/// React's packages are CommonJS; browsers load modules. Each becomes one, and finds those that it needs by `require`.
fn as_module(module: &str, needed: &[(&str, &str, &str)], source: &str) -> String {
    let imports: String = (0..)
        .zip(needed)
        .map(|(place, (file, ..))| format!("import m{place} from \"/modules/{file}.js\";\n"))
        .collect();
    let modules: String = (0..).zip(needed).map(|(place, (_, name, _))| format!("{name:?}: m{place}, ")).collect();
    let exports = EXPORTS.into_iter().find(|(name, _)| *name == module);
    let exports =
        exports.map(|(_, names)| format!("export const {{ {names} }} = module.exports;\n")).unwrap_or_default();
    format!(
        "{imports}const modules = {{ {modules}}};\nconst require = (name) => modules[name];\nconst module = {{ exports: {{}} }};\n\
         (function (module, exports, require) {{\n{source}\n}})(module, module.exports, require);\nexport default module.exports;\n{exports}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_shown_and_never_run() {
        let fields = [("user".to_owned(), "<script>\"&".to_owned())].into();
        let sent = Submission { path: "/login/received".into(), fields, body: String::new() };
        let page = echo(RECEIVED, &sent);
        assert!(page.contains("<dt>user</dt><dd data-name=\"user\">&lt;script&gt;&quot;&amp;</dd>"), "{page}");
    }

    #[test]
    fn codes_are_checked() {
        assert!(!takes_code("12345") && !takes_code("") && !takes_code("12345a"));
        let sent = |path: &str, fields: &[(&str, &str)]| Submission {
            path: path.into(),
            fields: fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            body: String::new(),
        };
        let boxes = [("d1", "1"), ("d2", "2"), ("d3", "3"), ("trust", "on")];
        assert_eq!(code_of(&sent("/code-boxes/received", &boxes)).as_deref(), Some("123"));
        assert_eq!(code_of(&sent("/login/received", &boxes)), None);
        assert!(echo(RECEIVED, &sent("/code/received", &[("otp", "000")])).contains("The code is wrong."));
    }

    #[test]
    fn a_frame_has_no_page_around_it() {
        let page = without_frame_of_page(SHELL);
        assert!(!page.contains("<header") && !page.contains("<footer") && !page.contains("Harbour"), "{page}");
        assert!(page.contains("{main}") && page.contains("{title}"));
    }
}
