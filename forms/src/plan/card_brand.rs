//! Whose card it is: by its number (ISO/IEC 7812-1 issuer identification numbers), and by what an option says.

use crate::text::fold;

/// A brand's name for us, what options call it (folded, `_` for a space; a value in capitals of two letters counts whole), and the ranges of its numbers' beginnings.
/// Where ranges overlap, the first brand counts.
struct Brand {
    name: &'static str,
    called: &'static str,
    numbers: &'static [(u32, u32)],
}

const fn brand(name: &'static str, called: &'static str, numbers: &'static [(u32, u32)]) -> Brand {
    Brand { name, called, numbers }
}

/// Six digits each, as the issuers' registries publish them.
#[rustfmt::skip]
const BRANDS: [Brand; 14] = [
    brand("elo", "elo", &[(401_178, 401_179), (438_935, 438_935), (451_416, 451_416), (457_631, 457_632), (504_175, 504_175), (506_699, 506_778), (509_000, 509_999), (627_780, 627_780), (636_297, 636_297), (636_368, 636_368), (650_031, 650_033), (650_035, 650_051), (651_652, 651_679)]),
    brand("hipercard", "hipercard", &[(606_282, 606_282), (384_100, 384_160)]),
    brand("visa", "visa vi", &[(400_000, 499_999)]),
    brand("mastercard", "mastercard master_card mc eurocard master", &[(510_000, 559_999), (222_100, 272_099)]),
    brand("amex", "amex american_express americanexpress ax ae", &[(340_000, 349_999), (370_000, 379_999)]),
    brand("jcb", "jcb", &[(352_800, 358_999)]),
    brand("diners", "diners dc dinersclub", &[(300_000, 305_999), (309_500, 309_599), (360_000, 369_999), (380_000, 399_999)]),
    brand("rupay", "rupay", &[(508_500, 508_999), (606_985, 607_984), (608_001, 608_500), (652_150, 653_149), (817_200, 820_199)]),
    brand("discover", "discover di", &[(601_100, 601_199), (644_000, 659_999)]),
    brand("unionpay", "unionpay union_pay cup 银联 銀聯", &[(620_000, 629_999), (810_000, 817_199)]),
    brand("mir", "mir мир", &[(220_000, 220_499)]),
    brand("troy", "troy", &[(979_200, 979_299)]),
    brand("dankort", "dankort", &[(501_900, 501_999)]),
    brand("maestro", "maestro", &[(500_000, 509_999), (560_000, 589_999), (630_000, 639_999), (670_000, 679_999)]),
];

/// The brand of a card with this number.
pub(super) fn of_number(number: &str) -> Option<&'static str> {
    let beginning: u32 = number.get(..6)?.parse().ok()?;
    let found =
        BRANDS.iter().find(|brand| brand.numbers.iter().any(|(from, to)| (*from..=*to).contains(&beginning)))?;
    Some(found.name)
}

/// The brand that a text names; none if it names several.
pub(super) fn of_text(text: &str) -> Option<&'static str> {
    let folded = fold(text);
    let whole = folded.trim();
    let is_called = |called: &str| {
        let name = called.replace('_', " ");
        // Two letters are a word of many languages: only where they are all that is said.
        if name.len() == 2 { whole == name } else { folded.contains(&format!(" {name}")) }
    };
    let mut named = BRANDS.iter().filter(|brand| brand.called.split(' ').any(is_called));
    named.next().filter(|_| named.next().is_none()).map(|brand| brand.name)
}

/// What a list may call a brand.
pub(super) fn names(brand: &str) -> impl Iterator<Item = String> + '_ {
    let called = BRANDS.iter().filter(move |known| known.name == brand).flat_map(|known| known.called.split(' '));
    called.map(|called| called.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_brands() {
        for (number, brand) in [
            ("4111111111111111", "visa"),
            ("5555555555554444", "mastercard"),
            ("2221000000000009", "mastercard"),
            ("2720990000000000", "mastercard"),
            ("378282246310005", "amex"),
            ("6011111111111117", "discover"),
            ("30569309025904", "diners"),
            ("3530111333300000", "jcb"),
            ("6200000000000005", "unionpay"),
            ("6759649826438453", "maestro"),
            ("2200770212727079", "mir"),
            ("9792000000000001", "troy"),
            ("5019717010103742", "dankort"),
            ("6521500000000000", "rupay"),
            ("5067310000000010", "elo"),
            ("6062826786276634", "hipercard"),
        ] {
            assert_eq!(of_number(number), Some(brand), "{number}");
        }
        assert_eq!(of_number("9999999999999999"), None);
        assert_eq!(of_number("41"), None);
    }

    #[test]
    fn texts_of_brands() {
        for (text, brand) in [
            ("Visa", Some("visa")),
            ("VISA Debit", Some("visa")),
            ("MasterCard", Some("mastercard")),
            ("Master Card", Some("mastercard")),
            ("MC", Some("mastercard")),
            ("American Express", Some("amex")),
            ("AX", Some("amex")),
            ("Pay with Diners Club", Some("diners")),
            ("中国银联 UnionPay", Some("unionpay")),
            ("Visa, Mastercard, Amex", None),
            ("Credit card", None),
            ("Please select", None),
            ("DC Comics", None),
        ] {
            assert_eq!(of_text(text), brand, "{text}");
        }
    }
}
