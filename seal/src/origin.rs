//! Web origins (HTML Standard, section "Origin") and the rules that say where an item may be used.

use crate::{Error, Result};
use core::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};
use serde::{Deserialize, Serialize};

/// The scheme of a web origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// `https`
    Https,
    /// `http`
    Http,
}

/// A web origin: scheme, host, port. Parsed from and printed as its ASCII serialization, `https://example.com:8443`;
/// the default port is never kept. Opaque origins (`null`) do not parse.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// Parses an ASCII-serialized origin: lowercase scheme, `://`, lowercase A-label host, IPv4 or bracketed IPv6 address, optional port; no path.
    pub fn parse(text: &str) -> Result<Self> {
        parse(text).ok_or(Error::Malformed("origin"))
    }

    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, as in the URL (A-labels).
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, unless it is the scheme's default.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether a label of the host is punycode (`xn--`), which people must be shown as such.
    #[must_use]
    pub fn is_punycode(&self) -> bool {
        self.host.split('.').any(|label| label.starts_with("xn--"))
    }

    /// Whether nobody on the way can read or change it: encrypted, or on this very computer (W3C Secure Contexts, section 3.1).
    #[must_use]
    pub fn is_trustworthy(&self) -> bool {
        let host = self.host.as_str();
        self.scheme == Scheme::Https
            || host == "localhost"
            || host.ends_with(".localhost")
            || host == "[::1]"
            || host.parse::<core::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Https => "https",
            Scheme::Http => "http",
        };
        write!(f, "{scheme}://{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl TryFrom<String> for Origin {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.to_string()
    }
}

/// The longest origin that can be: scheme, host of 253 characters, port.
const LIMIT: usize = 270;

fn parse(text: &str) -> Option<Origin> {
    if text.len() > LIMIT {
        return None;
    }
    let (scheme, authority) = text.split_once("://")?;
    let (scheme, default_port) = match scheme {
        "https" => (Scheme::Https, 443),
        "http" => (Scheme::Http, 80),
        _ => return None,
    };
    let (host, port) = split_port(authority)?;
    let port = match port {
        Some(port) => Some(parse_port(port)?).filter(|port| *port != default_port),
        None => None,
    };
    is_host(host).then(|| Origin { scheme, host: host.to_owned(), port })
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    // An IPv6 address holds colons itself, within its brackets.
    let end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, rest) = authority.split_at_checked(end)?;
    if rest.is_empty() { Some((host, None)) } else { rest.strip_prefix(':').map(|port| (host, Some(port))) }
}

fn parse_port(text: &str) -> Option<u16> {
    let port: u16 = text.parse().ok()?;
    (port.to_string() == text).then_some(port)
}

/// Whether `host` is what the URL Standard's host serializer writes for a domain or an address.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|parsed| serialize_ipv6(parsed) == address);
    }
    if host.len() > 253 || !host.split('.').all(is_label) {
        return false;
    }
    // The URL parser reads a host whose last label is a number as an IPv4 address.
    let last = host.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    !numeric || host.parse::<Ipv4Addr>().is_ok_and(|parsed| parsed.to_string() == host)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len()) && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

/// The URL Standard's IPv6 serializer, which unlike Rust's never writes an IPv4 address inside.
fn serialize_ipv6(address: Ipv6Addr) -> String {
    let segments = address.segments();
    let (start, length) = longest_zeros(&segments);
    let hex = |segments: &[u16]| segments.iter().map(|segment| format!("{segment:x}")).collect::<Vec<_>>().join(":");
    if length < 2 {
        return hex(&segments);
    }
    let (head, tail) = segments.split_at(start);
    format!("{}::{}", hex(head), hex(tail.get(length..).unwrap_or_default()))
}

/// Where the first of the longest runs of zeros starts, and how long it is.
fn longest_zeros(segments: &[u16; 8]) -> (usize, usize) {
    let mut best = (0, 0);
    for start in 0..segments.len() {
        let length = segments.iter().skip(start).take_while(|segment| **segment == 0).count();
        if length > best.1 {
            best = (start, length);
        }
    }
    best
}

/// Whether `host` is `domain` or stands under it, label by label. An address is under nothing.
fn is_within(host: &str, domain: &str) -> bool {
    let is_name = |name: &str| is_host(name) && !name.starts_with('[') && name.parse::<Ipv4Addr>().is_err();
    if !is_name(host) || !is_name(domain) || !domain.contains('.') {
        return false;
    }
    let mut host_labels = host.rsplit('.');
    domain.rsplit('.').all(|label| host_labels.next() == Some(label))
}

/// How far a site reaches. Compared label by label, never by string suffix.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "rule")]
pub enum SiteRule {
    /// Exactly this host and port. The default.
    Host,
    /// This registrable domain and every host under it, any port. The domain is resolved with the public suffix list by whoever makes the rule,
    /// and stands here in full so that a phone needs no list.
    Domain {
        /// The registrable domain, A-labels.
        domain: String,
    },
}

/// Where an item may be used: an origin and how far around it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Site {
    /// The origin the item was saved for.
    pub origin: Origin,
    /// How far it reaches.
    pub rule: SiteRule,
}

impl Site {
    /// An exact-host site.
    #[must_use]
    pub const fn exact(origin: Origin) -> Self {
        Self { origin, rule: SiteRule::Host }
    }

    /// Whether the rule makes sense for the origin: a domain rule's domain is the host's own or above it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match &self.rule {
            SiteRule::Host => true,
            SiteRule::Domain { domain } => is_within(&self.origin.host, domain),
        }
    }

    /// Whether an item of this site may be used on `page`. An `https` site never allows an `http` page; the other way round is an upgrade and allowed.
    #[must_use]
    pub fn allows(&self, page: &Origin) -> bool {
        if self.origin.scheme == Scheme::Https && page.scheme == Scheme::Http {
            return false;
        }
        match &self.rule {
            SiteRule::Host => self.origin.host == page.host && self.origin.port == page.port,
            // The rule must also fit its own origin: a seal cannot say `bank.example` and mean another domain.
            SiteRule::Domain { domain } => is_within(&self.origin.host, domain) && is_within(&page.host, domain),
        }
    }
}

/// The origins from the top document (first) down to the frame that asks (last): 1 to 8.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<Origin>", into = "Vec<Origin>")]
pub struct OriginChain(Vec<Origin>);

impl OriginChain {
    /// Takes 1 to 8 origins, top first.
    pub fn new(origins: Vec<Origin>) -> Result<Self> {
        if origins.is_empty() || origins.len() > 8 {
            return Err(Error::Malformed("origin chain"));
        }
        Ok(Self(origins))
    }

    /// The origins, top first; never empty.
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        &self.0
    }

    /// The one origin of a chain without any cross-origin frame.
    #[must_use]
    pub fn single(&self) -> Option<&Origin> {
        let first = self.0.first()?;
        self.0.iter().all(|origin| origin == first).then_some(first)
    }

    /// Whether an item of these sites, which is no card, may be used in the last frame: nowhere below a cross-origin frame.
    #[must_use]
    pub fn allows_login(&self, sites: &[Site]) -> bool {
        self.single().is_some_and(|page| sites.iter().any(|site| site.allows(page)))
    }

    /// Whether an identity, which is bound to no site, may be used in the last frame: nowhere below a cross-origin frame.
    #[must_use]
    pub fn allows_identity(&self) -> bool {
        self.single().is_some()
    }

    /// Whether a card of these sites may be used in the last frame: on pages that nobody on the way can read; in a frame of another origin too, for shops leave
    /// payment to others; and on any shop unless the item names sites, which then are those of the page.
    #[must_use]
    pub fn allows_card(&self, sites: &[Site]) -> bool {
        let is_named = self.0.first().is_some_and(|top| sites.iter().any(|site| site.allows(top)));
        self.0.iter().all(Origin::is_trustworthy) && (sites.is_empty() || is_named)
    }
}

impl TryFrom<Vec<Origin>> for OriginChain {
    type Error = Error;

    fn try_from(origins: Vec<Origin>) -> Result<Self> {
        Self::new(origins)
    }
}

impl From<OriginChain> for Vec<Origin> {
    fn from(chain: OriginChain) -> Self {
        chain.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    fn domain_site(text: &str, domain: &str) -> Site {
        Site { origin: origin(text), rule: SiteRule::Domain { domain: domain.into() } }
    }

    fn chain(origins: &[&str]) -> OriginChain {
        OriginChain::new(origins.iter().map(|text| origin(text)).collect()).unwrap()
    }

    #[test]
    fn a_cross_origin_frame_gets_no_login() {
        let sites = [Site::exact(origin("https://a.example")), Site::exact(origin("https://b.example"))];
        assert!(chain(&["https://a.example", "https://a.example"]).allows_login(&sites));
        assert!(!chain(&["https://a.example", "https://b.example"]).allows_login(&sites));
        assert!(!chain(&["https://a.example", "https://b.example", "https://a.example"]).allows_login(&sites));
        assert!(!chain(&["https://c.example"]).allows_login(&sites));
        assert!(!chain(&["https://a.example"]).allows_login(&[]));
        assert!(chain(&["https://a.example", "https://a.example"]).allows_identity());
        assert!(!chain(&["https://a.example", "https://b.example"]).allows_identity());
    }

    #[test]
    fn a_card_goes_to_any_shop_that_nobody_overhears_or_to_those_that_it_names() {
        let named = [Site::exact(origin("https://shop.example"))];
        let framed = chain(&["https://shop.example", "https://pay.example"]);
        assert!(framed.allows_card(&[]) && framed.allows_card(&named));
        assert!(chain(&["https://shop.example"]).allows_card(&named));
        assert!(!chain(&["https://other.example"]).allows_card(&named));
        // The page's word counts, not the frame's.
        assert!(!chain(&["https://other.example", "https://shop.example"]).allows_card(&named));
        for overheard in [
            &["http://shop.example"][..],
            &["http://shop.example", "https://pay.example"],
            &["https://shop.example", "http://pay.example"],
        ] {
            assert!(!chain(overheard).allows_card(&[]), "{overheard:?}");
        }
        for here in ["http://localhost:8080", "http://shop.localhost", "http://127.0.0.1:3000", "http://[::1]:8080"] {
            assert!(chain(&[here]).allows_card(&[]), "{here}");
        }
        for there in ["http://localhost.example", "http://128.0.0.1", "http://[::2]"] {
            assert!(!origin(there).is_trustworthy(), "{there}");
        }
    }

    #[test]
    fn parses_what_browsers_serialize() {
        for text in [
            "https://example.com",
            "http://localhost:8080",
            "https://xn--bcher-kva.example",
            "https://a_b.example",
            "http://127.0.0.1:3000",
            "https://[::1]:8443",
            "https://[2001:db8::1]",
            "https://[::ffff:c000:280]",
            "https://[1:0:2:3:4:5:6:7]",
            "https://[1:2:0:0:5:6:7:8]",
        ] {
            let text = text.replace("[1:2:0:0:5:6:7:8]", "[1:2::5:6:7:8]");
            assert_eq!(origin(&text).to_string(), text);
        }
        assert_eq!(origin("https://example.com:443").to_string(), "https://example.com");
        assert_eq!(origin("http://example.com:443").port(), Some(443));
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "null",
            "example.com",
            "https:example.com",
            "https://",
            "https://Example.com",
            "HTTPS://example.com",
            "https://example.com/",
            "https://example.com/path",
            "https://user@example.com",
            "https://example.com:",
            "https://example.com:0443",
            "https://example.com:65536",
            "https://example.com:+1",
            "https://.example.com",
            "https://example.com.",
            "https://a..b",
            "https://b\u{fc}cher.example",
            "https://exa mple.com",
            "ftp://example.com",
            "https://127.0.0.1.",
            "https://127.1",
            "https://0x7f.1",
            "https://256.0.0.1",
            "https://1.2.3.4.5",
            "https://[::1",
            "https://[0:0:0:0:0:0:0:1]",
            "https://[::ffff:1.2.3.4]",
            "https://[::1]8443",
            "https://%65xample.com",
            "https://0x",
            "javascript://example.com",
            "https://a.b:80:80",
        ] {
            assert_eq!(Origin::parse(text), Err(Error::Malformed("origin")), "{text:?}");
        }
        assert!(Origin::parse(&format!("https://{}.example", "a".repeat(64))).is_err());
        assert!(Origin::parse(&format!("https://{}example", "a.".repeat(130))).is_err());
    }

    #[test]
    fn a_host_site_is_exact() {
        let site = Site::exact(origin("https://login.example.com"));
        assert!(site.allows(&origin("https://login.example.com")));
        for other in [
            "https://example.com",
            "https://evil.login.example.com",
            "https://login.example.com:444",
            "http://login.example.com",
            "https://login.example.com.evil.example",
        ] {
            assert!(!site.allows(&origin(other)), "{other}");
        }
    }

    #[test]
    fn https_never_goes_down_to_http() {
        assert!(Site::exact(origin("http://example.com")).allows(&origin("https://example.com")));
        assert!(!Site::exact(origin("https://example.com")).allows(&origin("http://example.com")));
        assert!(!domain_site("https://example.com", "example.com").allows(&origin("http://www.example.com")));
    }

    #[test]
    fn a_domain_site_compares_labels() {
        let site = domain_site("https://www.example.com", "example.com");
        assert!(site.allows(&origin("https://example.com")));
        assert!(site.allows(&origin("https://a.b.example.com:8443")));
        for other in
            ["https://notexample.com", "https://evil-example.com", "https://example.com.evil.net", "https://com"]
        {
            assert!(!site.allows(&origin(other)), "{other}");
        }
    }

    #[test]
    fn a_domain_rule_must_fit_its_origin() {
        for (text, domain) in [
            ("https://www.example.com", "evil.example"),
            ("https://www.example.com", "com"),
            ("https://www.example.com", ""),
            ("https://www.example.com", ".com"),
            ("https://127.0.0.1", "0.1"),
            ("https://127.0.0.1", "127.0.0.1"),
            ("https://www.example.com", "Example.com"),
        ] {
            let site = domain_site(text, domain);
            assert!(!site.is_sound() && !site.allows(&origin(text)), "{text} {domain}");
        }
    }

    #[test]
    fn punycode_is_noticed() {
        assert!(origin("https://www.xn--pple-43d.com").is_punycode());
        assert!(!origin("https://apple.com").is_punycode());
    }

    #[test]
    fn a_chain_is_bounded() {
        let page = origin("https://example.com");
        assert!(OriginChain::new(vec![]).is_err());
        assert!(OriginChain::new(vec![page.clone(); 9]).is_err());
        assert_eq!(OriginChain::new(vec![page.clone(); 8]).unwrap().single(), Some(&page));
        assert_eq!(OriginChain::new(vec![page, origin("https://frame.example")]).unwrap().single(), None);
    }

    fn host() -> impl Strategy<Value = String> {
        proptest::collection::vec("[a-z][a-z0-9-]{0,5}", 2..5).prop_map(|labels| labels.join("."))
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_round_trips(text in "\\PC{0,60}") {
            if let Ok(origin) = Origin::parse(&text) {
                prop_assert_eq!(Origin::parse(&origin.to_string()), Ok(origin));
            }
        }

        #[test]
        fn a_suffix_without_a_label_boundary_is_another_site(host in host(), prefix in "[a-z0-9-]{1,5}") {
            let site = domain_site(&format!("https://{host}"), &host);
            let glued = origin(&format!("https://{prefix}{host}"));
            let under = origin(&format!("https://{prefix}.{host}"));
            let behind = origin(&format!("https://{host}.{prefix}a"));
            prop_assert!(!site.allows(&glued) && site.allows(&under) && !site.allows(&behind));
        }
    }
}
