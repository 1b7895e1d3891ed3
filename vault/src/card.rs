//! The spellings of a payment card's fields, and the one that is stored.

/// The number without spaces and hyphens: 12 to 19 digits (ISO/IEC 7812-1). Its check digit is another question: [`has_check_digit`].
#[must_use]
pub fn number(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '-')).collect();
    (is_digits(&digits) && (12..=19).contains(&digits.len())).then_some(digits)
}

/// Whether the number's last digit is right by Luhn's formula (ISO/IEC 7812-1, annex B). Nobody can type a wrong one; what is stored already is not asked.
#[must_use]
pub fn has_check_digit(number: &str) -> bool {
    let double = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let digits: Option<Vec<u32>> = number.chars().rev().map(|c| c.to_digit(10)).collect();
    digits.is_some_and(|digits| {
        let sum: u32 =
            digits.iter().enumerate().map(|(place, digit)| if place % 2 == 1 { double(*digit) } else { *digit }).sum();
        sum.is_multiple_of(10)
    })
}

/// The expiry as `YYYY-MM`, from `2029-07`, `07/29`, `7.2029`, `07-29`, `07 29`, `0729` or `072029`.
#[must_use]
pub fn expiry(typed: &str) -> Option<String> {
    let is_between = |c: char| matches!(c, '/' | '-' | '.') || c.is_whitespace();
    let parts: Vec<&str> = typed.split(is_between).filter(|part| !part.is_empty()).collect();
    let (month, year) = match *parts.as_slice() {
        [year, month] if year.len() == 4 => (month, year),
        [month, year] => (month, year),
        [both] if matches!(both.len(), 4 | 6) => both.split_at_checked(2)?,
        _ => return None,
    };
    if !is_digits(month) || !is_digits(year) || month.len() > 2 {
        return None;
    }
    let month: u32 = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    let year: u32 = match year.len() {
        2 => 2000 + year.parse::<u32>().ok()?,
        4 => year.parse().ok().filter(|year| (2000..=2099).contains(year))?,
        _ => return None,
    };
    Some(format!("{year:04}-{month:02}"))
}

/// The security code: 3 or 4 digits.
#[must_use]
pub fn security_code(typed: &str) -> Option<String> {
    let code = typed.trim();
    (is_digits(code) && matches!(code.len(), 3 | 4)).then(|| code.to_owned())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number("4111 1111-1111 1111").as_deref(), Some("4111111111111111"));
        assert_eq!(number("378282246310005").as_deref(), Some("378282246310005"));
        for wrong in ["", "4111", "4111x11111111111", "41111111111111111111", "４１１１１１１１１１１１１１１１"]
        {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn check_digits() {
        for right in ["4111111111111111", "378282246310005", "5555555555554444", "6011111111111117"] {
            assert!(has_check_digit(right), "{right}");
        }
        assert!(!has_check_digit("4111111111111112") && !has_check_digit("4111x"));
    }

    #[test]
    fn expiries() {
        for typed in
            ["2029-07", "07/29", "7/29", "7/2029", "07 / 2029", "0729", "072029", "07-29", "2029/7", "7.29", "07 29"]
        {
            assert_eq!(expiry(typed).as_deref(), Some("2029-07"), "{typed}");
        }
        for wrong in ["", "13/29", "00/29", "07/1929", "07/2", "7", "07/029", "07/29/01", "2029", "ab/cd", "+7/29"] {
            assert_eq!(expiry(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn security_codes() {
        assert_eq!(security_code(" 123 ").as_deref(), Some("123"));
        assert_eq!(security_code("1234").as_deref(), Some("1234"));
        assert!(security_code("12").is_none() && security_code("12345").is_none() && security_code("12a").is_none());
    }
}
