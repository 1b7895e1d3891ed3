//! From what a person types to where an item may be used. The public suffix list lives here, in the daemon, and nowhere else.

use crate::store::{Error, Result};
use countersign_seal::origin::{Origin, Site, SiteRule};
use url::{Host, Url};

/// How far a typed site is meant to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This host and port only.
    Host,
    /// The registrable domain and all hosts under it.
    Domain,
}

/// Reads a typed URL (`https://example.com/login`) or host (`example.com`, `localhost:8080`) as a site. A host without a scheme means `https`; for
/// `localhost` and addresses of this computer, `http`.
///
/// # Errors
/// [`Error::NotASite`], also for a domain rule on an address, or on a public suffix.
pub fn parse_site(typed: &str, reach: Reach) -> Result<Site> {
    let origin = parse_origin(typed.trim()).ok_or(Error::NotASite)?;
    match reach {
        Reach::Host => Ok(Site::exact(origin)),
        Reach::Domain => {
            let domain = registrable_domain(origin.host()).ok_or(Error::NotASite)?.to_owned();
            Ok(Site { origin, rule: SiteRule::Domain { domain } })
        }
    }
}

/// The registrable domain of a host (A-labels): the public suffix and one label more. `None` for addresses, single labels and public suffixes.
#[must_use]
pub fn registrable_domain(host: &str) -> Option<&str> {
    if host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok() {
        return None;
    }
    // A suffix that the list does not know may be anyone's, like `.internal`: only names under listed ones have a registrable domain.
    psl::domain(host.as_bytes())
        .filter(|domain| domain.suffix().is_known())
        .and_then(|domain| core::str::from_utf8(domain.as_bytes()).ok())
}

/// Whether a site says about its domain what the public suffix list says.
#[must_use]
pub fn is_registrable(site: &Site) -> bool {
    match &site.rule {
        SiteRule::Host => true,
        SiteRule::Domain { domain } => registrable_domain(site.origin.host()) == Some(domain),
    }
}

fn parse_origin(typed: &str) -> Option<Origin> {
    let url = if typed.contains("://") { Url::parse(typed).ok()? } else { parse_bare(typed)? };
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    Origin::parse(&url.origin().ascii_serialization()).ok()
}

fn parse_bare(typed: &str) -> Option<Url> {
    let url = Url::parse(&format!("https://{typed}")).ok()?;
    let local = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    // Parsed again, so that the port that is dropped as the default one is the scheme's own.
    if local { Url::parse(&format!("http://{typed}")).ok() } else { Some(url) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn host(typed: &str) -> Option<String> {
        parse_site(typed, Reach::Host).ok().map(|site| site.origin.to_string())
    }

    fn domain(typed: &str) -> Option<String> {
        match parse_site(typed, Reach::Domain).ok()?.rule {
            SiteRule::Domain { domain } => Some(domain),
            SiteRule::Host => None,
        }
    }

    #[test]
    fn hosts() {
        for (typed, origin) in [
            ("https://example.com/login?x=1#y", "https://example.com"),
            ("example.com", "https://example.com"),
            (" Example.COM/path ", "https://example.com"),
            ("http://example.com:80", "http://example.com"),
            ("example.com:8443", "https://example.com:8443"),
            ("bücher.example", "https://xn--bcher-kva.example"),
            ("localhost:8080", "http://localhost:8080"),
            ("app.localhost", "http://app.localhost"),
            ("127.0.0.1:443", "http://127.0.0.1:443"),
            ("[::1]:3000", "http://[::1]:3000"),
            ("192.0.2.7", "https://192.0.2.7"),
        ] {
            assert_eq!(host(typed).as_deref(), Some(origin), "{typed}");
        }
        for typed in [
            "",
            " ",
            "https://",
            "ftp://example.com",
            "javascript:alert(1)",
            "file:///etc",
            "me@example.com",
            "https://u:p@example.com",
            "a b",
        ] {
            assert_eq!(host(typed), None, "{typed}");
        }
    }

    #[test]
    fn domains() {
        for (typed, expected) in [
            ("https://login.example.com", "example.com"),
            ("example.co.uk", "example.co.uk"),
            ("a.b.example.co.uk", "example.co.uk"),
            ("me.github.io", "me.github.io"),
            ("www.bücher.de", "xn--bcher-kva.de"),
        ] {
            assert_eq!(domain(typed).as_deref(), Some(expected), "{typed}");
        }
        for typed in ["co.uk", "com", "github.io", "localhost", "127.0.0.1", "[::1]", "host.internal", "a.b.lan"] {
            assert_eq!(domain(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_rule_must_say_what_the_list_says() {
        let site = |origin: &str, domain: &str| Site {
            origin: Origin::parse(origin).unwrap(),
            rule: SiteRule::Domain { domain: domain.into() },
        };
        assert!(is_registrable(&site("https://www.example.co.uk", "example.co.uk")));
        assert!(!is_registrable(&site("https://www.example.co.uk", "co.uk")));
        assert!(!is_registrable(&site("https://www.example.co.uk", "www.example.co.uk")));
        assert!(!is_registrable(&site("https://me.github.io", "github.io")));
    }

    proptest! {
        #[test]
        fn never_panics_and_stays_sound(typed in "\\PC{0,40}") {
            for reach in [Reach::Host, Reach::Domain] {
                if let Ok(site) = parse_site(&typed, reach) {
                    prop_assert!(site.is_sound() && is_registrable(&site) && site.allows(&site.origin));
                }
            }
        }
    }
}
