//! No rule, token list or weight names a site or what only one page calls a thing.

use std::path::Path;

/// Sites that people write rules for. Their names have no place in the engine.
const SITES: &[&str] = &[
    "google",
    "gmail",
    "facebook",
    "instagram",
    "amazon",
    "apple",
    "icloud",
    "microsoft",
    "outlook",
    "github",
    "gitlab",
    "twitter",
    "linkedin",
    "netflix",
    "spotify",
    "paypal",
    "stripe",
    "adyen",
    "shopify",
    "ebay",
    "etsy",
    "walmart",
    "reddit",
    "wikipedia",
    "yahoo",
    "yandex",
    "vkontakte",
    "mailru",
    "baidu",
    "alibaba",
    "taobao",
    "wechat",
    "alipay",
    "rakuten",
    "naver",
    "kakao",
    "dropbox",
    "slack",
    "steam",
    "salesforce",
    "wordpress",
    "joomla",
    "magento",
    "okta",
    "citibank",
    "chase",
    "barclays",
    "hsbc",
    "revolut",
    "klarna",
    "booking com",
    "airbnb",
    "uber",
    "zalando",
    "otto",
    "allegro",
];

/// What a host ends in.
const ENDS: &[&str] = &[
    "com", "net", "org", "info", "io", "app", "dev", "eu", "de", "at", "ch", "fr", "be", "co", "uk", "us", "ca", "au",
    "ru", "ua", "jp", "kr", "cn", "tw", "in", "br", "mx", "it", "es", "pt", "pl", "cz", "nl", "se", "dk", "fi", "gr",
    "tr", "il",
];

/// The string literals of the engine's code, with their files. Unit tests may name what they like.
fn literals() -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("forms/src");
    let mut waiting = vec![source];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if matches!(name.as_str(), "tests.rs" | "languages.rs" | "properties.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            found.extend(line.split('"').skip(1).step_by(2).map(|literal| (name.clone(), literal.to_lowercase())));
        }
    }
    found
}

/// What is wrong with a word or phrase.
fn fault(literal: &str) -> Option<&'static str> {
    let words: Vec<&str> = literal.split(|letter: char| !letter.is_alphanumeric()).collect();
    let sites = |site: &&str| words.contains(site) || (site.len() > 5 && literal.contains(*site));
    let host = literal.split_whitespace().any(|word| {
        let labels: Vec<&str> = word.split('.').collect();
        labels.len() > 1 && labels.last().is_some_and(|end| ENDS.contains(end))
    });
    let digits = literal.split(|letter: char| !letter.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    let letters_in_digits = words.iter().any(|word| {
        let kinds: Vec<bool> = word.chars().map(|letter| letter.is_ascii_digit()).collect();
        kinds.windows(2).filter(|pair| pair.first() != pair.last()).count() > 2
    });
    if SITES.iter().any(sites) {
        Some("names a site")
    } else if host {
        Some("looks like a host")
    } else if digits > 4 || letters_in_digits {
        Some("looks like what one page calls a thing")
    } else {
        None
    }
}

#[test]
fn nothing_in_the_engine_names_a_site() {
    let literals = literals();
    assert!(literals.len() > 3_000, "{}", literals.len());
    let faults: Vec<String> = literals
        .iter()
        .filter_map(|(file, literal)| Some(format!("{file}: {literal:?} {}", fault(literal)?)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_rule_for_a_site_is_noticed() {
    assert_eq!(fault("login for facebook"), Some("names a site"));
    assert_eq!(fault("accounts.example.com"), Some("looks like a host"));
    assert_eq!(fault("field_a1b2c3d4"), Some("looks like what one page calls a thing"));
    assert_eq!(fault("6 digit*"), None);
    assert_eq!(fault("e mail"), None);
}
