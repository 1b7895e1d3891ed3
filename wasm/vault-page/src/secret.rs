//! What people type for a secret, read into what is stored.

use countersign_seal::secret::SecretBytes;
use countersign_wire::card;
use zeroize::Zeroizing;

/// What is wrong with what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// No `otpauth:` URI and no Base32.
    Seed,
    /// Not a card number: wrong length or check digit.
    CardNumber,
    /// Not a month and year.
    CardExpiry,
    /// Not three or four digits.
    CardCode,
}

/// The shortest seed in Base32 digits: 80 bits, which services still use.
const SEED_DIGITS: usize = 16;

/// An `otpauth:` URI (Key URI Format), typed as such or as the Base32 seed (RFC 4648) that sites show beside their QR code.
pub(crate) fn seed(typed: &str, title: &str, username: &str) -> Result<SecretBytes, Wrong> {
    let typed = typed.trim();
    if typed.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("otpauth:")) {
        return is_uri(typed).then(|| SecretBytes::new(typed.as_bytes().to_vec())).ok_or(Wrong::Seed);
    }
    let digits = base32(typed).ok_or(Wrong::Seed)?;
    let mut uri = String::with_capacity(64 + 3 * (title.len() + username.len()) + digits.len());
    uri.push_str("otpauth://totp/");
    push_encoded(&mut uri, title);
    if !username.is_empty() {
        uri.push(':');
        push_encoded(&mut uri, username);
    }
    uri.push_str("?secret=");
    uri.push_str(&digits);
    Ok(SecretBytes::from(uri))
}

fn is_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else { return false };
    let Some((kind, rest)) = rest.split_once('/') else { return false };
    let Some((_, query)) = rest.split_once('?') else { return false };
    let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    // Where a counter begins nobody can guess.
    let moves = match kind {
        "totp" => true,
        "hotp" => parameter("counter").is_some_and(|counter| counter.parse::<u64>().is_ok()),
        _ => false,
    };
    scheme.eq_ignore_ascii_case("otpauth")
        && moves
        && parameter("secret").is_some_and(|secret| base32(secret).is_some())
}

/// Base32 digits without the spaces, dashes and padding that they are shown with.
fn base32(typed: &str) -> Option<Zeroizing<String>> {
    let mut digits = Zeroizing::new(String::with_capacity(typed.len()));
    for character in typed.trim_end_matches('=').chars() {
        match character.to_ascii_uppercase() {
            ' ' | '-' => {}
            digit @ ('A'..='Z' | '2'..='7') => digits.push(digit),
            _ => return None,
        }
    }
    // These lengths are no whole number of bytes.
    let whole = !matches!(digits.len() % 8, 1 | 3 | 6);
    (digits.len() >= SEED_DIGITS && whole).then_some(digits)
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn push_encoded(uri: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            uri.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).map_or('0', |digit| char::from(*digit));
            uri.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// A card number (ISO/IEC 7812): 12 to 19 digits, the last a Luhn check digit; spaces and dashes are left out.
pub(crate) fn card_number(typed: &str) -> Result<SecretBytes, Wrong> {
    let number = card::number(typed).filter(|number| card::has_check_digit(number));
    number.map(SecretBytes::from).ok_or(Wrong::CardNumber)
}

/// A card's security code: three or four digits.
pub(crate) fn card_code(typed: &str) -> Result<SecretBytes, Wrong> {
    card::security_code(typed).map(SecretBytes::from).ok_or(Wrong::CardCode)
}

/// `08/29`, `8/2029`, `2029-08` as `2029-08`.
pub(crate) fn card_expiry(typed: &str) -> Result<SecretBytes, Wrong> {
    card::expiry(typed).map(SecretBytes::from).ok_or(Wrong::CardExpiry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(secret: Result<SecretBytes, Wrong>) -> Result<String, Wrong> {
        secret.map(|secret| secret.expose_str().unwrap().to_owned())
    }

    #[test]
    fn a_seed_becomes_an_uri() {
        assert_eq!(
            text(seed("jbsw y3dp-ehpk 3pxp", "Bank & Co", "ada@bank.example")),
            Ok("otpauth://totp/Bank%20%26%20Co:ada%40bank.example?secret=JBSWY3DPEHPK3PXP".into())
        );
        assert_eq!(text(seed("JBSWY3DPEHPK3PXP====", "B", "")), Ok("otpauth://totp/B?secret=JBSWY3DPEHPK3PXP".into()));
    }

    #[test]
    fn an_uri_stays_as_it_is() {
        let uri = "otpauth://totp/Bank:ada?secret=JBSWY3DPEHPK3PXP&issuer=Bank&digits=8";
        assert_eq!(text(seed(&format!(" {uri} "), "x", "y")), Ok(uri.into()));
        for bad in [
            "otpauth://totp/Bank:ada",
            "otpauth://totp/Bank?secret=1890",
            "otpauth://steam/Bank?secret=JBSWY3DPEHPK3PXP",
            "otpauth://hotp/Bank?secret=JBSWY3DPEHPK3PXP",
            "otpauth://hotp/Bank?secret=JBSWY3DPEHPK3PXP&counter=one",
            "otpauth:",
        ] {
            assert_eq!(text(seed(bad, "x", "y")), Err(Wrong::Seed), "{bad}");
        }
    }

    #[test]
    fn what_is_no_base32_is_no_seed() {
        for bad in ["", "short", "JBSWY3DPEHPK3PX1", "JBSWY3DPEHPK3PXPA", "123456", "ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄ"]
        {
            assert_eq!(text(seed(bad, "x", "y")), Err(Wrong::Seed), "{bad}");
        }
    }

    #[test]
    fn card_numbers_have_their_check_digit() {
        assert_eq!(text(card_number("4111 1111-1111 1111")), Ok("4111111111111111".into()));
        for bad in ["4111111111111112", "0", "", "41111111111x1111", "4111111111111111111111"] {
            assert_eq!(text(card_number(bad)), Err(Wrong::CardNumber), "{bad}");
        }
    }

    #[test]
    fn expiries_are_read_as_people_write_them() {
        for typed in ["08/29", "8/29", "08/2029", "2029-08", "08 / 29", "8.29"] {
            assert_eq!(text(card_expiry(typed)), Ok("2029-08".into()), "{typed}");
        }
        for bad in ["", "13/29", "0/29", "08", "08/1999", "08/29/01", "aa/bb"] {
            assert_eq!(text(card_expiry(bad)), Err(Wrong::CardExpiry), "{bad}");
        }
    }

    #[test]
    fn security_codes_have_three_or_four_digits() {
        assert_eq!(text(card_code(" 123 ")), Ok("123".into()));
        assert_eq!(text(card_code("12345")), Err(Wrong::CardCode));
        assert_eq!(text(card_code("12a")), Err(Wrong::CardCode));
    }
}
