//! A site that asks for user name and password by itself: Basic (RFC 7617) and Digest (RFC 7616, with `qop=auth`).

use std::collections::BTreeMap;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha2::Sha256;

use super::Answer;

/// What a Digest is made for: good for the whole test, which a server would not do.
const NONCE: &str = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";

/// How a guarded path asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AuthScheme {
    /// User name and password as they are.
    Basic,
    /// A hash of them: MD5.
    DigestMd5,
    /// A hash of them: SHA-256.
    DigestSha256,
}

/// Whom a path lets in.
#[derive(Clone, Debug)]
pub struct Guard {
    /// How it asks.
    pub scheme: AuthScheme,
    /// What it calls what it guards.
    pub realm: String,
    /// Whom it lets in.
    pub username: String,
    /// With what.
    pub password: String,
}

/// A request to a guarded path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Knock {
    /// The path.
    pub path: String,
    /// Whom it named; none if it brought nothing.
    pub username: Option<String>,
    /// Whether it was let in.
    pub admitted: bool,
}

impl Guard {
    /// Judges a request to a path by its `Authorization`.
    pub(super) fn judge(&self, method: &Method, path: &str, authorization: Option<&str>) -> Knock {
        let (username, admitted) = match (self.scheme, authorization.and_then(|brought| brought.split_once(' '))) {
            (AuthScheme::Basic, Some(("Basic", brought))) => self.judge_basic(brought),
            (AuthScheme::DigestMd5, Some(("Digest", brought))) => self.judge_digest(method, path, brought, hash::<Md5>),
            (AuthScheme::DigestSha256, Some(("Digest", brought))) => {
                self.judge_digest(method, path, brought, hash::<Sha256>)
            }
            _ => (None, false),
        };
        Knock { path: path.to_owned(), username, admitted }
    }

    fn judge_basic(&self, brought: &str) -> (Option<String>, bool) {
        let decoded = STANDARD.decode(brought).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let (username, password) = decoded.split_once(':').unwrap_or_default();
        (Some(username.to_owned()), username == self.username && password == self.password)
    }

    fn judge_digest(
        &self,
        method: &Method,
        path: &str,
        brought: &str,
        hash: fn(&str) -> String,
    ) -> (Option<String>, bool) {
        let brought = parameters(brought);
        let of = |name: &str| brought.get(name).map(String::as_str).unwrap_or_default();
        let who = hash(&format!("{}:{}:{}", self.username, self.realm, self.password));
        let what = hash(&format!("{method}:{}", of("uri")));
        let proof = hash(&format!("{who}:{}:{}:{}:{}:{what}", of("nonce"), of("nc"), of("cnonce"), of("qop")));
        let fits = of("realm") == self.realm && of("nonce") == NONCE && of("qop") == "auth" && of("uri") == path;
        (Some(of("username").to_owned()), fits && of("username") == self.username && of("response") == proof)
    }

    /// The question.
    pub(super) fn question(&self) -> Answer {
        let realm = &self.realm;
        let digest = |name| format!("Digest realm=\"{realm}\", qop=\"auth\", algorithm={name}, nonce=\"{NONCE}\"");
        let question = match self.scheme {
            AuthScheme::Basic => format!("Basic realm=\"{realm}\", charset=\"UTF-8\""),
            AuthScheme::DigestMd5 => digest("MD5"),
            AuthScheme::DigestSha256 => digest("SHA-256"),
        };
        Answer::html("<!doctype html><title>401</title><p>Who are you?")
            .status(401)
            .header("www-authenticate", &question)
    }
}

fn hash<D: md5::Digest>(text: &str) -> String {
    D::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The parameters of an `Authorization`; none of those that are read here holds a comma or a quotation mark.
fn parameters(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().trim_matches('"').to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(scheme: AuthScheme, realm: &str, username: &str, password: &str) -> Guard {
        Guard { scheme, realm: realm.into(), username: username.into(), password: password.into() }
    }

    #[test]
    fn basic_admits_whom_it_knows() {
        let guard = guard(AuthScheme::Basic, "WallyWorld", "Aladdin", "open sesame");
        let judge = |brought| guard.judge(&Method::GET, "/", brought);
        // RFC 7617, section 2.
        let known = judge(Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert_eq!((known.username.as_deref(), known.admitted), (Some("Aladdin"), true));
        assert!(!judge(Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZT8=")).admitted);
        assert_eq!(judge(None).username, None);
    }

    #[test]
    fn digest_admits_who_knows_the_password() {
        // RFC 7616, section 3.9.1.
        let brought = |response: &str| {
            format!(
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm=SHA-256, \
                 nonce=\"{NONCE}\", nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
                 response=\"{response}\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            )
        };
        let judge = |scheme, brought: &str| {
            let guard = guard(scheme, "http-auth@example.org", "Mufasa", "Circle of Life");
            guard.judge(&Method::GET, "/dir/index.html", Some(brought)).admitted
        };
        let sha = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert!(judge(AuthScheme::DigestSha256, &brought(sha)));
        assert!(judge(AuthScheme::DigestMd5, &brought("8ca523f5e9506fed4657c9700eebdbec")));
        assert!(!judge(AuthScheme::DigestMd5, &brought(sha)));
    }
}
