//! What people type for a site, read into an origin. The browser's own URL parser reads it, so that it means what the address bar would.

use countersign_seal::origin::{Origin, Site, SiteRule};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = URL)]
    type Url;
    #[wasm_bindgen(constructor, catch, js_class = "URL")]
    fn new(url: &str) -> Result<Url, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn origin(this: &Url) -> String;
}

/// How far a site reaches, as the form's `<select>` has it.
pub(crate) const HOST: &str = "host";
/// See [`HOST`].
pub(crate) const DOMAIN: &str = "domain";

/// What stands in the form for a site.
pub(crate) fn shown(site: &Site) -> (String, &'static str) {
    let address = site.origin.to_string();
    let address = address.strip_prefix("https://").map_or(address.clone(), str::to_owned);
    (address, if site.rule == SiteRule::Host { HOST } else { DOMAIN })
}

/// Reads an address, with or without scheme and path. A domain rule names the host; the daemon, which has the public suffix list, makes it the registrable domain.
pub(crate) fn read(typed: &str, reach: &str) -> Option<Site> {
    let origin = Origin::parse(&Url::new(&with_scheme(typed)?).ok()?.origin()).ok()?;
    let rule = if reach == DOMAIN { SiteRule::Domain { domain: origin.host().to_owned() } } else { SiteRule::Host };
    Some(Site { origin, rule })
}

/// `https://` unless the user typed another.
fn with_scheme(typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() || typed.contains(char::is_whitespace) {
        None
    } else if typed.contains("://") {
        Some(typed.to_owned())
    } else {
        Some(format!("https://{typed}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_scheme_is_https() {
        assert_eq!(with_scheme(" example.com/login ").as_deref(), Some("https://example.com/login"));
        assert_eq!(with_scheme("http://localhost:8080").as_deref(), Some("http://localhost:8080"));
        assert_eq!(with_scheme("two words"), None);
        assert_eq!(with_scheme("  "), None);
    }

    #[test]
    fn a_site_shows_as_it_was_typed() {
        let site = Site::exact(Origin::parse("https://example.com:8443").unwrap());
        assert_eq!(shown(&site), ("example.com:8443".into(), HOST));
        let rule = SiteRule::Domain { domain: "example.com".into() };
        assert_eq!(
            shown(&Site { origin: Origin::parse("http://www.example.com").unwrap(), rule }),
            ("http://www.example.com".into(), DOMAIN)
        );
    }
}
