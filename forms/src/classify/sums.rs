//! Sums to work out, asked of people to keep programs out.

/// Whether a text asks for a sum: "What is 3 + 4?", "12 × 2 =".
pub(super) fn is_sum(text: &str) -> bool {
    let asks = |sign: char| matches!(sign, '?' | '=' | '？' | '＝');
    text.contains(asks)
        && {
            let signs: Vec<char> = text.chars().filter(|sign| !sign.is_whitespace()).collect();
            signs.windows(3).any(
            |three| matches!(three, [one, sign, other] if one.is_ascii_digit() && is_operator(*sign) && other.is_ascii_digit()),
        )
        }
}

fn is_operator(sign: char) -> bool {
    matches!(sign, '+' | '-' | '−' | '–' | '*' | '×' | 'x' | '·' | '＋')
}

#[cfg(test)]
mod tests {
    use super::is_sum;

    #[test]
    fn sums_are_told_from_numbers() {
        for sum in ["What is 3 + 4?", "12×2 =", "Kuinka paljon on 10 − 7?", "5 + 3 = ?"] {
            assert!(is_sum(sum), "{sum}");
        }
        for other in ["+49 40 123456", "Are you 18+?", "2026-12", "Phone (555-0100)", "3 + 4", "Which of 3 or 4?", ""] {
            assert!(!is_sum(other), "{other}");
        }
    }
}
