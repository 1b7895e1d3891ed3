//! Web origins (HTML Standard, section "Origin") and the rules that say where an item may be used.

use crate::{Error, Result};
use core::fmt;
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
        let _ = (text, Error::Malformed("origin"));
        todo!()
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

    /// Whether an item of this site may be used on `page`. An `https` site never allows an `http` page; the other way round is an upgrade and allowed.
    #[must_use]
    pub fn allows(&self, page: &Origin) -> bool {
        let _ = page;
        todo!()
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
