//! Seeds of time-based one-time codes (RFC 6238), and their codes.
//!
//! A seed is stored as an `otpauth:` URI (Google Authenticator's key URI format) in one spelling, whatever was typed.

use countersign_seal::{id::UnixMillis, request::OneTimeCode, secret::SecretBytes};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

/// The shortest secret in bytes. RFC 4226 wants 16; many sites hand out 10, a few 8.
const SECRET_MIN: usize = 8;
const SECRET_MAX: usize = 256;
const LABEL_LIMIT: usize = 400;
/// The longest period in seconds.
const PERIOD_LIMIT: u64 = 3600;

/// A parsed seed. `Debug` shows nothing of it.
pub struct Seed {
    totp: Totp,
    label: String,
}

/// A code that is over sooner than this would be over before a site has seen it.
const EXPIRING_MILLIS: u64 = 3_000;

impl Seed {
    /// Reads an `otpauth://totp/…` URI (SHA-1, SHA-256, SHA-512; 6 to 8 digits; period up to an hour), or a bare Base32 secret as sites print it, with
    /// spaces or hyphens and in either case.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        match typed.split_at_checked(SCHEME.len()) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => parse_uri(rest),
            _ => make(typed, Algorithm::SHA1, 6, 30, String::new()),
        }
    }

    /// The URI in its one spelling.
    #[must_use]
    pub fn to_uri(&self) -> SecretBytes {
        let secret = Zeroizing::new(self.totp.secret().to_base32());
        SecretBytes::from(format!(
            "otpauth://totp/{}?secret={}&algorithm={}&digits={}&period={}",
            self.label,
            secret.as_str(),
            self.totp.algorithm(),
            self.totp.digits(),
            self.totp.step(),
        ))
    }

    /// The code of this moment.
    #[must_use]
    pub fn code(&self, now: UnixMillis) -> OneTimeCode {
        let digits = Zeroizing::new(self.totp.generate(now.0 / 1000).to_string());
        let period = self.totp.step().saturating_mul(1000).max(1);
        OneTimeCode { digits: SecretBytes::new(digits.as_bytes().to_vec()), remaining_millis: period - now.0 % period }
    }

    /// The code of this moment, and the one after it.
    #[must_use]
    pub fn codes(&self, now: UnixMillis) -> [OneTimeCode; 2] {
        let current = self.code(now);
        let mut next = self.code(now.plus(current.remaining_millis));
        next.remaining_millis = next.remaining_millis.saturating_add(current.remaining_millis);
        [current, next]
    }
}

/// The one of two codes to fill now: the next one, if the first is over in a moment.
#[must_use]
pub fn choose([current, next]: [OneTimeCode; 2]) -> OneTimeCode {
    if current.remaining_millis < EXPIRING_MILLIS { next } else { current }
}

impl core::fmt::Debug for Seed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Seed(…)")
    }
}

const SCHEME: &str = "otpauth://";

fn parse_uri(rest: &str) -> Option<Seed> {
    let (path, query) = rest.split_once('?')?;
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    if !kind.eq_ignore_ascii_case("totp") || !is_label(label) {
        return None;
    }
    let (mut secret, mut issuer) = (None, None);
    let (mut algorithm, mut digits, mut period) = (Algorithm::SHA1, 6, 30);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "secret" => secret = Some(Zeroizing::new(percent_decode(value)?)),
            "issuer" => issuer = Some(value).filter(|value| is_label(value)),
            "algorithm" => algorithm = parse_algorithm(value)?,
            "digits" => digits = value.parse().ok()?,
            "period" => period = value.parse().ok()?,
            _ => {}
        }
    }
    // The issuer may stand in the label, in a parameter, or in both, where they often differ: the label is what people were shown.
    let label = match issuer {
        Some(issuer) if !label.contains(':') && !label.contains("%3A") => format!("{issuer}:{label}"),
        _ => label.to_owned(),
    };
    make(&secret?, algorithm, digits, period, label)
}

fn make(secret: &str, algorithm: Algorithm, digits: u8, period: u64, label: String) -> Option<Seed> {
    if !(6..=8).contains(&digits) || !(1..=PERIOD_LIMIT).contains(&period) {
        return None;
    }
    let secret: Zeroizing<String> = Zeroizing::new(
        secret
            .trim_end_matches('=')
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(|c| c.to_ascii_uppercase())
            .collect(),
    );
    let secret = Secret::try_from_base32(secret.as_str()).ok()?;
    if !(SECRET_MIN..=SECRET_MAX).contains(&secret.as_bytes().len()) {
        return None;
    }
    // Digits, period and secret are checked above, which is all that could make it panic later.
    let totp = Builder::new()
        .with_secret(secret)
        .with_algorithm(algorithm)
        .with_digits(digits)
        .with_step_duration(period)
        .build_noncompliant();
    Some(Seed { totp, label })
}

fn parse_algorithm(name: &str) -> Option<Algorithm> {
    match name.to_ascii_uppercase().trim_start_matches("HMAC").replace('-', "").as_str() {
        "SHA1" => Some(Algorithm::SHA1),
        "SHA256" => Some(Algorithm::SHA256),
        "SHA512" => Some(Algorithm::SHA512),
        _ => None,
    }
}

/// Whether it can stand in the URI as it is, percent-encoded as it came.
fn is_label(text: &str) -> bool {
    text.len() <= LABEL_LIMIT && !text.chars().any(|c| c.is_control() || matches!(c, '/' | '?' | '#' | '&'))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let pair = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(core::str::from_utf8(&pair).ok()?, 16).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn uri(typed: &str) -> Option<String> {
        Seed::parse(typed).map(|seed| seed.to_uri().expose_str().unwrap().to_owned())
    }

    fn code(typed: &str, seconds: u64) -> String {
        let code = Seed::parse(typed).unwrap().code(UnixMillis(seconds * 1000));
        code.digits.expose_str().unwrap().to_owned()
    }

    /// RFC 6238, appendix B.
    #[test]
    fn codes_of_the_rfc() {
        let secrets = [
            ("SHA1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            ("SHA256", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"),
            (
                "SHA512",
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA",
            ),
        ];
        let expected = [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ];
        for (seconds, codes) in expected {
            for ((algorithm, secret), digits) in secrets.iter().zip(codes) {
                let uri = format!("otpauth://totp/x?secret={secret}&algorithm={algorithm}&digits=8");
                assert_eq!(code(&uri, seconds), digits, "{algorithm} at {seconds}");
            }
        }
    }

    #[test]
    fn one_spelling() {
        let expected = "otpauth://totp/?secret=GEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30";
        for typed in ["GEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq", "GEZD-GNBV-GY3T-QOJQ", " GEZDGNBVGY3TQOJQ== "] {
            assert_eq!(uri(typed).as_deref(), Some(expected), "{typed}");
        }
        assert_eq!(
            uri("OTPAUTH://totp/me%40example.com?issuer=Example&secret=gezdgnbvgy3tqojq%3D&algorithm=HmacSHA256&period=60#x").as_deref(),
            Some("otpauth://totp/Example:me%40example.com?secret=GEZDGNBVGY3TQOJQ&algorithm=SHA256&digits=6&period=60"),
        );
        assert_eq!(uri(expected).as_deref(), Some(expected));
    }

    #[test]
    fn refuses_what_it_cannot_answer() {
        for typed in [
            "",
            "password",
            "GEZDGNBVGY3TQOJ1",
            "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=1",
            "otpauth://totp/x",
            "otpauth://totp/x?digits=6",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=5",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=9",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=0",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5",
            "otpauth://totp/x?secret=%G0",
            "https://example.com",
        ] {
            assert_eq!(uri(typed), None, "{typed}");
        }
    }

    #[test]
    fn says_how_long_a_code_is_good() {
        let seed = Seed::parse("GEZDGNBVGY3TQOJQ").unwrap();
        assert_eq!(seed.code(UnixMillis(0)).remaining_millis, 30_000);
        assert_eq!(seed.code(UnixMillis(59_999)).remaining_millis, 1);
        assert_eq!(format!("{seed:?}"), "Seed(…)");
    }

    #[test]
    fn a_code_that_is_over_in_a_moment_gives_way_to_the_next() {
        let seed = Seed::parse("GEZDGNBVGY3TQOJQ").unwrap();
        let (first, second) = (seed.code(UnixMillis(0)).digits, seed.code(UnixMillis(30_000)).digits);
        assert_ne!(first, second);
        let [current, next] = seed.codes(UnixMillis(20_000));
        assert_eq!((&current.digits, current.remaining_millis), (&first, 10_000));
        assert_eq!((&next.digits, next.remaining_millis), (&second, 40_000));
        let chosen = |millis: u64| choose(seed.codes(UnixMillis(millis))).digits;
        assert_eq!(chosen(27_000), first);
        assert_eq!(chosen(27_001), second);
    }

    proptest! {
        #[test]
        fn never_panics(typed in "(otpauth://totp/)?\\PC{0,80}", seconds: u64) {
            if let Some(seed) = Seed::parse(&typed) {
                let spelled = seed.to_uri();
                let again = uri(spelled.expose_str().unwrap());
                prop_assert_eq!(again.as_deref(), spelled.expose_str().ok());
                let _ = seed.code(UnixMillis(seconds));
            }
        }
    }
}
