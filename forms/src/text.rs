//! Text made comparable: one case, no accents, one space between words.

/// A text folded for comparison, with a space at both ends.
///
/// Lower case; Latin, Greek, Cyrillic, Arabic and Hebrew letters without their marks; full-width letters as ASCII; everything that is no letter and no
/// digit is a space.
pub(crate) fn fold(text: &str) -> String {
    let folded = fold_into(text, false);
    // Some component libraries part the two characters of a button for looks.
    match folded.chars().collect::<Vec<_>>().as_slice() {
        [' ', one, ' ', other, ' ']
            if [one, other].into_iter().all(|letter| ('\u{4E00}'..='\u{9FFF}').contains(letter)) =>
        {
            format!(" {one}{other} ")
        }
        _ => folded,
    }
}

/// As [`fold`], for `name`s and `id`s: also parts `camelCase`, and a word from the number after it.
pub(crate) fn fold_identifier(text: &str) -> String {
    fold_into(text, true)
}

fn fold_into(text: &str, identifier: bool) -> String {
    let whole: String;
    // Their bytes begin with one of two, which hardly any text has.
    let maybe = text.bytes().any(|byte| byte == 0xE1 || byte == 0xEF);
    let text = if maybe && text.chars().any(is_in_pieces) {
        whole = composed(text);
        &whole
    } else {
        text
    };
    let mut folded = String::with_capacity(text.len() + 4);
    folded.push(' ');
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if identifier && parts(before, letter, letters.peek().copied()) {
            space(&mut folded);
        }
        before = letter;
        push_folded(&mut folded, letter);
    }
    space(&mut folded);
    folded
}

/// Whether a letter is half of a width, or a part of a syllable, that is else written as one: half-width katakana, the letters of Hangul.
fn is_in_pieces(letter: char) -> bool {
    matches!(letter, '\u{FF66}'..='\u{FF9F}' | '\u{1100}'..='\u{11C2}')
}

/// Half-width katakana from U+FF66 on, in full width.
const KATAKANA: &str =
    "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";

/// A text with half-width katakana and the letters of Hangul syllables as they are usually written: the composition of Unicode for these two.
fn composed(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for letter in text.chars() {
        let before = whole.chars().next_back().map_or(0, u32::from);
        let code = u32::from(letter);
        let joined = match code {
            // The marks that voice the letter before, which stands before its voiced twin.
            0xFF9E if (0x30A6..=0x30DB).contains(&before) => Some(if before == 0x30A6 { 0x30F4 } else { before + 1 }),
            0xFF9F if (0x30CF..=0x30DB).contains(&before) => Some(before + 2),
            0x1161..=0x1175 if (0x1100..=0x1112).contains(&before) => {
                Some(0xAC00 + ((before - 0x1100) * 21 + code - 0x1161) * 28)
            }
            0x11A8..=0x11C2 if (0xAC00..=0xD7A3).contains(&before) && (before - 0xAC00).is_multiple_of(28) => {
                Some(before + code - 0x11A7)
            }
            _ => None,
        };
        if let Some(joined) = joined.and_then(char::from_u32) {
            whole.pop();
            whole.push(joined);
            continue;
        }
        let wide = code.checked_sub(0xFF66).and_then(|place| KATAKANA.chars().nth(usize::try_from(place).ok()?));
        whole.push(wide.unwrap_or(letter));
    }
    whole
}

/// Whether a new word begins between two characters of an identifier: `userName`, `CCNumber`, `address2`.
fn parts(before: char, letter: char, after: Option<char>) -> bool {
    let camel = letter.is_uppercase()
        && (before.is_lowercase() || (before.is_uppercase() && after.is_some_and(char::is_lowercase)));
    camel || (letter.is_ascii_digit() && before.is_alphabetic())
}

fn space(folded: &mut String) {
    if !folded.ends_with(' ') {
        folded.push(' ');
    }
}

fn push_folded(folded: &mut String, letter: char) {
    if letter.is_ascii() {
        match letter.to_ascii_lowercase() {
            plain @ ('a'..='z' | '0'..='9') => folded.push(plain),
            _ => space(folded),
        }
        return;
    }
    for lower in letter.to_lowercase() {
        match strip(lower) {
            Stripped::Letter(plain) => folded.push(plain),
            Stripped::Letters(plain) => folded.push_str(plain),
            Stripped::Mark => {}
            Stripped::Gap => space(folded),
        }
    }
}

enum Stripped {
    Letter(char),
    Letters(&'static str),
    /// A mark on the letter before, which goes.
    Mark,
    Gap,
}

fn strip(letter: char) -> Stripped {
    let plain = match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' | 'ð' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ĥ' | 'ħ' => 'h',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ỉ'..='ị' => 'i',
        'ĵ' => 'j',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ọ'..='ợ' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => 's',
        'ţ' | 'ť' | 'ŧ' | 'ț' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ụ'..='ự' => 'u',
        'ŵ' => 'w',
        'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ς' => 'σ',
        'ё' => 'е',
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ة' => 'ه',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        '\u{FF10}'..='\u{FF19}' | '\u{FF41}'..='\u{FF5A}' => return full_width(letter),
        other => return strip_rare(other),
    };
    Stripped::Letter(plain)
}

fn strip_rare(letter: char) -> Stripped {
    match letter {
        'ß' => Stripped::Letters("ss"),
        'æ' => Stripped::Letters("ae"),
        'œ' => Stripped::Letters("oe"),
        'þ' => Stripped::Letters("th"),
        // Combining accents, Hebrew points, Arabic vowel signs and tatweel, Devanagari nukta and virama, Thai tone marks, joiners.
        '\u{300}'..='\u{36F}'
        | '\u{591}'..='\u{5C7}'
        | '\u{610}'..='\u{61A}'
        | '\u{640}'
        | '\u{64B}'..='\u{65F}'
        | '\u{670}'
        | '\u{93C}'
        | '\u{94D}'
        | '\u{E47}'..='\u{E4E}'
        | '\u{AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{FEFF}' => Stripped::Mark,
        // Vowel signs belong to their words.
        '\u{900}'..='\u{963}' | '\u{E31}'..='\u{E3A}' => Stripped::Letter(letter),
        '〒' => Stripped::Letter(letter),
        other if other.is_alphanumeric() => Stripped::Letter(other),
        _ => Stripped::Gap,
    }
}

/// Full-width digits and small letters lie 0xFEE0 above their ASCII twins.
fn full_width(letter: char) -> Stripped {
    char::from_u32(u32::from(letter).saturating_sub(0xFEE0)).map_or(Stripped::Gap, Stripped::Letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lose_case_accents_and_signs() {
        for (text, folded) in [
            ("E-Mail:", " e mail "),
            ("  Contraseña *", " contrasena "),
            ("Straße", " strasse "),
            ("ΚΩΔΙΚΌΣ", " κωδικοσ "),
            ("Mật khẩu", " mat khau "),
            ("Ｅメール", " eメール "),
            ("ﾊﾟｽﾜｰﾄﾞ", " パスワード "),
            ("\u{1107}\u{1175}\u{1106}\u{1175}\u{11AF}\u{1107}\u{1165}\u{11AB}\u{1112}\u{1169}", " 비밀번호 "),
            ("كلمة المُرور", " كلمه المرور "),
            ("รหัสผ่าน", " รหัสผาน "),
            ("", " "),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn identifiers_come_apart_at_their_humps() {
        for (identifier, folded) in [
            ("userName", " user name "),
            ("CCNumber", " cc number "),
            ("ctl00$main_txtEmail", " ctl 00 main txt email "),
            ("address2", " address 2 "),
            ("2fa", " 2fa "),
        ] {
            assert_eq!(fold_identifier(identifier), folded);
        }
    }
}
