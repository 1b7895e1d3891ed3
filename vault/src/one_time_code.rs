//! Seeds of one-time codes, by time (TOTP, RFC 6238) and by counter (HOTP, RFC 4226), and their codes.
//!
//! A seed is stored as an `otpauth:` URI (Google Authenticator's key URI format) in one spelling, whatever was typed. The counter of a counter-based seed is no
//! secret: where it stands is kept beside the sealed seed ([`crate::field::Value::counter`]); the URI only says where it began.

use countersign_seal::{
    id::UnixMillis,
    request::{Codes, OneTimeCode},
    secret::SecretBytes,
};
use serde::{Deserialize, Serialize};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

/// The shortest secret in bytes. RFC 4226 wants 16; many sites hand out 10, a few 8.
const SECRET_MIN: usize = 8;
const SECRET_MAX: usize = 256;
const LABEL_LIMIT: usize = 400;
/// The longest period in seconds: a day.
const PERIOD_LIMIT: u64 = 86_400;
/// The highest counter: what a signed 64-bit number can hold, so that there always is a next one.
pub const COUNTER_LIMIT: u64 = i64::MAX.cast_unsigned();

/// Why a text is no seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// Neither `totp` nor `hotp`.
    #[error("an otpauth: address of another kind than totp and hotp")]
    Kind,
    /// The part before the parameters cannot be kept.
    #[error("an otpauth: address with a label that is too long, or holds characters that it must not")]
    Label,
    /// There is no secret.
    #[error("an otpauth: address without a secret")]
    NoSecret,
    /// The secret is not in Base32.
    #[error("the secret is not in Base32 (letters, and digits from 2 to 7)")]
    Secret,
    /// The secret is too short to be one, or too long.
    #[error("the secret has fewer than {SECRET_MIN} bytes, or more than {SECRET_MAX}")]
    SecretLength,
    /// Not SHA-1, SHA-256 or SHA-512.
    #[error("the algorithm is not SHA1, SHA256 or SHA512")]
    Algorithm,
    /// Not 6 to 8.
    #[error("codes have 6 to 8 digits")]
    Digits,
    /// Not 1 to 86,400 seconds.
    #[error("a period has 1 to {PERIOD_LIMIT} seconds")]
    Period,
    /// A counter-based seed does not say where its counter begins, or says what no counter can be.
    #[error("a counter is a number up to {COUNTER_LIMIT}")]
    Counter,
}

/// A parsed seed. `Debug` shows nothing of it.
pub struct Seed {
    /// For a counter-based seed with a step of one second: its time is the counter.
    totp: Totp,
    label: String,
    /// Where the counter begins; `None` if codes go by time.
    counter: Option<u64>,
}

/// A code that is over sooner than this would be over before a site has seen it.
const EXPIRING_MILLIS: u64 = 3_000;

impl Seed {
    /// Reads an `otpauth://totp/…` or `otpauth://hotp/…` URI (SHA-1, SHA-256, SHA-512; 6 to 8 digits; period up to a day), or a bare Base32 secret as sites
    /// print it, with spaces or hyphens and in either case.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, SeedError> {
        let typed = typed.trim();
        match typed.split_at_checked(SCHEME.len()) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => parse_uri(rest),
            _ => Parameters::default().make(typed, String::new()),
        }
    }

    /// The URI in its one spelling.
    #[must_use]
    pub fn to_uri(&self) -> SecretBytes {
        let secret = Zeroizing::new(self.totp.secret().to_base32());
        let (kind, moving, value) = match self.counter {
            None => ("totp", "period", self.totp.step()),
            Some(counter) => ("hotp", "counter", counter),
        };
        let (algorithm, digits) = (self.totp.algorithm(), self.totp.digits());
        // A text that grows leaves pieces of itself behind in memory: what is around the secret is made first, and there is room for all.
        let before = format!("otpauth://{kind}/{}?secret=", self.label);
        let after = format!("&algorithm={algorithm}&digits={digits}&{moving}={value}");
        let mut uri = String::with_capacity(before.len() + secret.len() + after.len());
        uri.extend([before.as_str(), secret.as_str(), after.as_str()]);
        SecretBytes::from(uri)
    }

    /// Where its counter begins; `None` if its codes go by time.
    #[must_use]
    pub const fn counter(&self) -> Option<u64> {
        self.counter
    }

    /// The codes to answer: of a seed by time the code of this moment and the one after it; of a seed by counter the code of `counter`. `None` if there is a
    /// counter where none belongs, or none where one does.
    #[must_use]
    pub fn codes(&self, counter: Option<u64>, now: UnixMillis) -> Option<Codes> {
        match (self.counter, counter) {
            (None, None) => Some(Codes::Timed(self.timed(now))),
            (Some(_), Some(counter)) => Some(Codes::Counted { digits: self.digits(counter), counter }),
            _ => None,
        }
    }

    fn timed(&self, now: UnixMillis) -> [OneTimeCode; 2] {
        let current = self.code(now);
        let mut next = self.code(now.plus(current.remaining_millis));
        next.remaining_millis = next.remaining_millis.saturating_add(current.remaining_millis);
        [current, next]
    }

    fn code(&self, now: UnixMillis) -> OneTimeCode {
        let period = self.totp.step().saturating_mul(1000).max(1);
        OneTimeCode { digits: self.digits(now.0 / 1000), remaining_millis: period - now.0 % period }
    }

    fn digits(&self, moment: u64) -> SecretBytes {
        let digits = Zeroizing::new(self.totp.generate(moment).to_string());
        SecretBytes::new(digits.as_bytes().to_vec())
    }
}

/// The code that takes the place of one that is over in a moment: between a release and the page's field may lie as long as a code lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextCode {
    /// Its digits.
    pub digits: SecretBytes,
    /// From so many milliseconds after the codes were made it is the one to fill.
    pub from_millis: u64,
    /// After so many it is over too.
    pub until_millis: u64,
}

/// The digits to fill at the moment at which the codes were made, and what to fill later. A code by counter has no later one.
#[must_use]
pub fn choose(codes: Codes) -> (SecretBytes, Option<NextCode>) {
    let [current, next] = match codes {
        Codes::Timed(codes) => codes,
        Codes::Counted { digits, .. } => return (digits, None),
    };
    // Good for three seconds more: the last moment at which it is filled.
    let last = current.remaining_millis.checked_sub(EXPIRING_MILLIS);
    let first = if last.is_some() { current.digits } else { next.digits.clone() };
    let from_millis = last.map_or(0, |last| last.saturating_add(1));
    (first, Some(NextCode { digits: next.digits, from_millis, until_millis: next.remaining_millis }))
}

/// The digits to fill so many milliseconds after the codes were made. `None` if the next code is over too: the phone has to be asked again.
#[must_use]
pub fn choose_after<'a>(
    first: &'a SecretBytes,
    next: Option<&'a NextCode>,
    elapsed_millis: u64,
) -> Option<&'a SecretBytes> {
    match next.filter(|next| elapsed_millis >= next.from_millis) {
        Some(next) => (elapsed_millis < next.until_millis).then_some(&next.digits),
        None => Some(first),
    }
}

impl core::fmt::Debug for Seed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Seed(…)")
    }
}

const SCHEME: &str = "otpauth://";

/// What a URI says beside secret and label.
struct Parameters {
    algorithm: Algorithm,
    digits: u8,
    period: u64,
    counter: Option<u64>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { algorithm: Algorithm::SHA1, digits: 6, period: 30, counter: None }
    }
}

fn parse_uri(rest: &str) -> Result<Seed, SeedError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    let is_counted = kind.eq_ignore_ascii_case("hotp");
    if !is_counted && !kind.eq_ignore_ascii_case("totp") {
        return Err(SeedError::Kind);
    }
    if !is_label(label) {
        return Err(SeedError::Label);
    }
    let (mut secret, mut issuer, mut parameters) = (None, None, Parameters::default());
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "secret" => secret = Some(Zeroizing::new(percent_decode(value).ok_or(SeedError::Secret)?)),
            "issuer" => issuer = Some(value).filter(|value| is_label(value)),
            "algorithm" => parameters.algorithm = parse_algorithm(value).ok_or(SeedError::Algorithm)?,
            "digits" => parameters.digits = value.parse().map_err(|_| SeedError::Digits)?,
            "period" if !is_counted => parameters.period = value.parse().map_err(|_| SeedError::Period)?,
            "counter" if is_counted => parameters.counter = Some(value.parse().map_err(|_| SeedError::Counter)?),
            _ => {}
        }
    }
    // RFC 4226 codes cannot be made, nor the counter guessed, without knowing where it begins.
    if is_counted && parameters.counter.is_none_or(|counter| counter > COUNTER_LIMIT) {
        return Err(SeedError::Counter);
    }
    // The issuer may stand in the label, in a parameter, or in both, where they often differ: the label is what people were shown.
    let named =
        issuer.filter(|_| !label.contains(':') && !label.contains("%3A")).map(|issuer| format!("{issuer}:{label}"));
    let label = named.filter(|named| is_label(named)).unwrap_or_else(|| label.to_owned());
    parameters.make(&secret.ok_or(SeedError::NoSecret)?, label)
}

impl Parameters {
    fn make(self, secret: &str, label: String) -> Result<Seed, SeedError> {
        let Self { algorithm, digits, period, counter } = self;
        if !(6..=8).contains(&digits) {
            return Err(SeedError::Digits);
        }
        if !(1..=PERIOD_LIMIT).contains(&period) {
            return Err(SeedError::Period);
        }
        let secret = Secret::try_from_base32(bare(secret).as_str()).map_err(|_| SeedError::Secret)?;
        if !(SECRET_MIN..=SECRET_MAX).contains(&secret.as_bytes().len()) {
            return Err(SeedError::SecretLength);
        }
        // Digits, period and secret are checked above, which is all that could make it panic later.
        let totp = Builder::new()
            .with_secret(secret)
            .with_algorithm(algorithm)
            .with_digits(digits)
            .with_step_duration(if counter.is_some() { 1 } else { period })
            .build_noncompliant();
        Ok(Seed { totp, label, counter })
    }
}

/// A Base32 secret as sites print it, without padding, spaces and hyphens.
fn bare(secret: &str) -> Zeroizing<String> {
    let letters = secret.trim_end_matches('=').chars().filter(|c| !matches!(c, ' ' | '-'));
    let mut bare = Zeroizing::new(String::with_capacity(secret.len()));
    bare.extend(letters.map(|c| c.to_ascii_uppercase()));
    bare
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

    /// What both RFCs make their examples of: `12345678901234567890`.
    const RFC_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn uri(typed: &str) -> Result<String, SeedError> {
        Seed::parse(typed).map(|seed| seed.to_uri().expose_str().unwrap().to_owned())
    }

    fn code(typed: &str, seconds: u64) -> String {
        let code = Seed::parse(typed).unwrap().code(UnixMillis(seconds * 1000));
        code.digits.expose_str().unwrap().to_owned()
    }

    fn counted(typed: &str, counter: u64) -> String {
        let codes = Seed::parse(typed).unwrap().codes(Some(counter), UnixMillis(1_700_000_000_000)).unwrap();
        assert!(matches!(&codes, Codes::Counted { counter: answered, .. } if *answered == counter));
        choose(codes).0.expose_str().unwrap().to_owned()
    }

    /// RFC 4226, appendix D.
    #[test]
    fn codes_by_counter_of_the_rfc() {
        let expected =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        // And the truncated values of the same table with more digits: 1094287082 at 1, 645520489 at 9.
        let with_digits = |digits: u8| format!("otpauth://hotp/x?secret={RFC_SECRET}&counter=0&digits={digits}");
        for (counter, digits) in (0..).zip(expected) {
            assert_eq!(counted(&with_digits(6), counter), digits, "{counter}");
        }
        assert_eq!((counted(&with_digits(7), 1), counted(&with_digits(8), 1)), ("4287082".into(), "94287082".into()));
        assert_eq!(counted(&with_digits(8), 9), "45520489");
    }

    /// RFC 6238, appendix B: the whole table, and its values cut to 6 and 7 digits.
    #[test]
    fn codes_by_time_of_the_rfc() {
        let secrets = [
            ("SHA1", RFC_SECRET),
            ("SHA256", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"),
            (
                "SHA512",
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA",
            ),
        ];
        let expected = [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (1_111_111_111, ["14050471", "67062674", "99943326"]),
            (1_234_567_890, ["89005924", "91819424", "93441116"]),
            (2_000_000_000, ["69279037", "90698825", "38618901"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ];
        for (seconds, codes) in expected {
            for ((algorithm, secret), digits) in secrets.iter().zip(codes) {
                for length in 6..=8 {
                    let uri = format!("otpauth://totp/x?secret={secret}&algorithm={algorithm}&digits={length}");
                    assert_eq!(code(&uri, seconds), digits[8 - length..], "{algorithm} at {seconds}");
                }
            }
        }
    }

    /// A period only says how time is counted: the code of the same count is the same.
    #[test]
    fn codes_of_any_period() {
        for period in [1, 15, 30, 60, 300, PERIOD_LIMIT] {
            let by_time = format!("otpauth://totp/x?secret={RFC_SECRET}&period={period}");
            let by_counter = format!("otpauth://hotp/x?secret={RFC_SECRET}&counter=0");
            for count in [0, 1, 9] {
                assert_eq!(code(&by_time, count * period), counted(&by_counter, count), "{period}");
                assert_eq!(code(&by_time, count * period + period - 1), counted(&by_counter, count), "{period}");
            }
        }
    }

    #[test]
    fn one_spelling() {
        let expected = "otpauth://totp/?secret=GEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30";
        for typed in ["GEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq", "GEZD-GNBV-GY3T-QOJQ", " GEZDGNBVGY3TQOJQ== "] {
            assert_eq!(uri(typed).as_deref(), Ok(expected), "{typed}");
        }
        assert_eq!(
            uri("OTPAUTH://totp/me%40example.com?issuer=Example&secret=gezdgnbvgy3tqojq%3D&algorithm=HmacSHA256&period=60#x").as_deref(),
            Ok("otpauth://totp/Example:me%40example.com?secret=GEZDGNBVGY3TQOJQ&algorithm=SHA256&digits=6&period=60"),
        );
        assert_eq!(uri(expected).as_deref(), Ok(expected));
        let counted = "otpauth://hotp/Example:me?secret=GEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=7&counter=41";
        assert_eq!(
            uri("otpauth://HOTP/me?counter=41&digits=7&secret=gezdgnbvgy3tqojq&issuer=Example&period=9").as_deref(),
            Ok(counted),
            "a period means nothing here"
        );
        assert_eq!((uri(counted).as_deref(), Seed::parse(counted).unwrap().counter()), (Ok(counted), Some(41)));
        assert_eq!(Seed::parse(expected).unwrap().counter(), None);
    }

    #[test]
    fn refuses_what_it_cannot_answer_and_says_why() {
        let long = "A".repeat(LABEL_LIMIT + 1);
        let label = format!("otpauth://totp/{long}?secret=GEZDGNBVGY3TQOJQ");
        let many = format!("otpauth://totp/x?secret={}", "A".repeat(8 * SECRET_MAX));
        for (typed, error) in [
            ("", SeedError::SecretLength),
            ("GEZDGNBV", SeedError::SecretLength),
            (&many, SeedError::SecretLength),
            ("not a seed!", SeedError::Secret),
            ("GEZDGNBVGY3TQOJ1", SeedError::Secret),
            ("https://example.com", SeedError::Secret),
            ("otpauth://totp/x?secret=%G0", SeedError::Secret),
            ("otpauth://totp/x", SeedError::NoSecret),
            ("otpauth://totp/x?digits=6", SeedError::NoSecret),
            ("otpauth://steam/x?secret=GEZDGNBVGY3TQOJQ", SeedError::Kind),
            ("otpauth://", SeedError::Kind),
            (&label, SeedError::Label),
            ("otpauth://totp/a/b?secret=GEZDGNBVGY3TQOJQ", SeedError::Label),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=5", SeedError::Digits),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=9", SeedError::Digits),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=six", SeedError::Digits),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=0", SeedError::Period),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=86401", SeedError::Period),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=-30", SeedError::Period),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5", SeedError::Algorithm),
            ("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ", SeedError::Counter),
            ("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=", SeedError::Counter),
            ("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=-1", SeedError::Counter),
            ("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=9223372036854775808", SeedError::Counter),
            ("otpauth://hotp/x?counter=1", SeedError::NoSecret),
        ] {
            assert_eq!(uri(typed), Err(error), "{typed}");
        }
        assert!(uri("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=9223372036854775807").is_ok());
    }

    #[test]
    fn a_counter_belongs_to_seeds_by_counter_alone() {
        let now = UnixMillis(1_700_000_000_000);
        let by_time = Seed::parse(RFC_SECRET).unwrap();
        assert!(matches!(by_time.codes(None, now), Some(Codes::Timed(_))));
        assert_eq!(by_time.codes(Some(0), now), None);
        let by_counter = Seed::parse(&format!("otpauth://hotp/x?secret={RFC_SECRET}&counter=3")).unwrap();
        assert_eq!(by_counter.codes(None, now), None);
        assert_eq!(by_counter.codes(Some(4), now), by_counter.codes(Some(4), UnixMillis(0)), "time means nothing");
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
        let [current, next] = seed.timed(UnixMillis(20_000));
        assert_eq!((&current.digits, current.remaining_millis), (&first, 10_000));
        assert_eq!((&next.digits, next.remaining_millis), (&second, 40_000));
        let chosen = |millis: u64| choose(seed.codes(None, UnixMillis(millis)).unwrap()).0;
        assert_eq!(chosen(27_000), first);
        assert_eq!(chosen(27_001), second);
    }

    proptest! {
        #[test]
        fn the_code_that_is_filled_is_the_sites_for_three_seconds(made in 1_700_000_000_000_u64..1_700_000_200_000, elapsed in 0_u64..90_000, period in 15_u64..=60) {
            let seed = Seed::parse(&format!("otpauth://totp/x?secret={RFC_SECRET}&period={period}")).unwrap();
            let at = |millis: u64| seed.code(UnixMillis(millis));
            let codes = || seed.codes(None, UnixMillis(made)).unwrap();
            let now = made + elapsed;
            let (first, next) = choose(codes());
            match choose_after(&first, next.as_ref(), elapsed).cloned() {
                Some(digits) => {
                    prop_assert!([at(now).digits, at(now + EXPIRING_MILLIS - 1).digits].contains(&digits));
                    let Codes::Timed([current, next]) = codes() else { unreachable!() };
                    let is_enough = current.remaining_millis >= elapsed + EXPIRING_MILLIS;
                    prop_assert_eq!(digits, if is_enough { current.digits } else { next.digits });
                }
                None => {
                    let (first, now) = (made / (1000 * period), now / (1000 * period));
                    prop_assert!(now >= first + 2);
                }
            }
            prop_assert_eq!(choose_after(&first, next.as_ref(), 0), Some(&first));
        }

        #[test]
        fn never_panics(typed in "(otpauth://[th]otp/)?\\PC{0,80}", seconds: u64, counter: u64) {
            if let Ok(seed) = Seed::parse(&typed) {
                let spelled = seed.to_uri();
                let again = uri(spelled.expose_str().unwrap());
                prop_assert_eq!(again.as_deref().ok(), spelled.expose_str().ok());
                let counter = seed.counter().map(|_| counter);
                prop_assert!(seed.codes(counter, UnixMillis(seconds)).is_some());
            }
        }
    }
}
