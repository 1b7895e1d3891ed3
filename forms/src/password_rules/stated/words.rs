//! A text as words that mean something for passwords, numbers, and lists of signs.

use crate::password_rules::Characters;
use crate::text::fold;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Number(u32),
    /// `8–20`, `8 to 20`, `between 8 and 20`.
    Range(u32, u32),
    Word(Word),
    /// Signs that are named: `!@#$%`.
    Listed(Characters),
    Comma,
    /// The end of a sentence or of a line.
    Break,
    /// Between a number and what it counts, or another.
    Dash,
    /// After a number: or more.
    Plus,
    Other,
}

impl Token {
    /// Whether what comes after it belongs to something else.
    pub(super) fn ends(self) -> bool {
        matches!(self, Self::Number(_) | Self::Range(..) | Self::Break | Self::Comma)
    }
}

/// What a word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Least,
    Most,
    More,
    Less,
    Than,
    Or,
    And,
    To,
    /// Before "to", a greatest.
    Up,
    /// Makes a superlative: `au moins`, `al menos`.
    At,
    Not,
    Only,
    Must,
    Contain,
    Allowed,
    Exactly,
    Long,
    Pin,
    Characters,
    Case,
    Letters,
    Upper,
    Lower,
    Digits,
    Special,
    Alphanumeric,
    Space,
    Repeat,
    Personal,
    One,
    Two,
    Three,
    Four,
}

impl Word {
    /// The characters that it names.
    pub(super) fn class(self) -> Option<Characters> {
        Some(match self {
            Self::Letters => Characters::LETTERS,
            Self::Upper => Characters::UPPER,
            Self::Lower => Characters::LOWER,
            Self::Digits => Characters::DIGITS,
            Self::Special => Characters::SPECIAL,
            Self::Alphanumeric => Characters::ALPHANUMERIC,
            Self::Space => Characters::SPACE,
            _ => return None,
        })
    }
}

/// The words by what they mean, folded; `*` at the end matches the beginning of a word. The first that matches counts.
#[rustfmt::skip]
const WORDS: &[(Word, &str)] = &[
    (Word::One, "one ein eine einen einem einer un une una uno um uma een jeden jedna jedno"),
    (Word::Two, "two zwei deux dos due dois duas twee dwa dwie"),
    (Word::Three, "three drei trois tres tre drie trzy"),
    (Word::Four, "four vier quatre cuatro quattro quatro cztery"),
    (Word::Least, "least min mind minim* mindest* wenigstens minst* almeno najmniej minst* vahintaan legalabb минимум"),
    (Word::Most, "most max maxim* massim* hochst* maks* hooguit hoogstens jusqu hasta najwyzej enintaan legfeljebb максимум"),
    (Word::More, "more longer mehr langer plus mas piu mais meer exceed* superior*"),
    (Word::Less, "less fewer shorter weniger kurzer moins menos meno minder korter"),
    (Word::Than, "than als de di dan que"),
    (Word::Or, "or oder ou o of u lub"),
    (Word::And, "and und et y e en og och oraz"),
    (Word::To, "to bis a tot till do"),
    (Word::Up, "up"),
    (Word::At, "au al ao lo pelo"),
    (Word::Not, "no not non never without don mustn doesn aren isn shouldn cannot kein* nicht ohne pas sans aucun* ne sin senza nessun* sem nao geen niet zonder nie bez не без"),
    (Word::Only, "only nur ausschliesslich uniquement seulement solo solamente unicamente soltanto somente apenas alleen uitsluitend exclusiv* tylko"),
    (Word::Must, "must should need* muss mussen sollte* doit doivent debe* deve* moet* musi"),
    (Word::Contain, "contain* includ* inclu* use enthalt* conten* contien* contene* bevat* require* zawier*"),
    (Word::Allowed, "allow* permit* permis* permes* permett* may can kann konnen erlaubt zulassig* gestattet autoris* ammess* consentit* toegestaan accept* optional* peut peuvent puede* pode podem puo possono kan kunnen"),
    (Word::Exactly, "exact* genau esattamente exatamente precies dokladnie"),
    (Word::Long, "length long lang longueur longitud lunghezza comprimento tamanho lengte largo dlugosc"),
    (Word::Pin, "pin"),
    (Word::Alphanumeric, "alphanum* alfanum*"),
    (Word::Characters, "character* char chars zeichen caracter* caratter* teken* tecken tegn znak* karakter* merkki* символ* знак* 文字* 字符* 位* 자* 글자*"),
    (Word::Case, "case"),
    (Word::Letters, "letter* lettr* letra* buchstab* alphabet* liter* bokstav* букв* 字母* 英字*"),
    (Word::Upper, "upper* capital* caps gross* majuscul* mayuscul* maiusc* hoofdletter* wielk* versal* заглавн* прописн* 大文字* 大写*"),
    (Word::Lower, "lower* small klein* minuscul* minusc* gemen* mala malych строчн* 小文字* 小写*"),
    (Word::Digits, "digit* number numbers numer* nummer* ziffer* zahl* stellig* chiffre* cifr* cijfer* algarism* siffr* cyfr* цифр* 数字* 숫자*"),
    (Word::Special, "special* specia* symbol* simbol* sonderz* punctuation especia* leesteken* nonalphanum* specjaln* спец* 記号* 符号* 特殊*"),
    (Word::Space, "space* whitespace* blank* leerz* leersch* espace* espacio* spazi* espaco* spatie* spacj* пробел*"),
    (Word::Repeat, "identic* identiq* identisch* same repeated repeating repetid* repetes ripetut* consecut* gleich* hintereinander aufeinander* successi* igual* iguais ugual* opeenvolg* zelfde dezelfde row wiederholt* wiederholung* herhaalde* herhalende"),
    (Word::Personal, "your name names namen nom prenom nombre nome naam user* mail* email* phone* birth* geburt* previous* old recent* sequen* dictionary common* guess* benutzer* usuario* utente* utilis* gebruik* telefon* telephon* naissance anterior* letzten ancien* last words word wort* share* site* websit* login*"),
];

/// The pieces of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = vec![];
    let mut rest = text;
    let mut abbreviated = false;
    while let Some(first) = rest.chars().next() {
        if let Some((class, after)) = span(rest) {
            found.push(Token::Word(class));
            rest = after;
            continue;
        }
        let part = Part::of(first);
        let end = rest
            .char_indices()
            .find(|(at, next)| Part::of(*next) != part || (*at > 0 && span(rest.split_at(*at).1).is_some()));
        let end = end.map_or(rest.len(), |(at, _)| at);
        let (run, after) = rest.split_at(end);
        rest = after;
        let spaced = rest.chars().next().is_none_or(char::is_whitespace);
        match part {
            Part::Gap => {}
            Part::Digits => found.push(fold(run).trim().parse().map_or(Token::Other, Token::Number)),
            Part::Letters => found.push(word(fold(run).trim())),
            // "Z. B.", "e.g.", "p. ej.": no sentence ends there.
            Part::Signs if run == "." && abbreviated => {}
            Part::Signs => {
                if let Some(token) = signs(run, spaced, found.last().copied()) {
                    found.push(token);
                }
            }
        }
        abbreviated = part == Part::Letters && run.chars().count() <= 2;
    }
    ranges(&listed(found))
}

/// "A-Z", which says what it means in every language.
fn span(text: &str) -> Option<(Word, &str)> {
    let (first, rest) = text.split_at_checked(1)?;
    let (class, last) = match first {
        "A" => (Word::Upper, 'Z'),
        "a" => (Word::Lower, 'z'),
        "0" => (Word::Digits, '9'),
        _ => return None,
    };
    let rest = rest.strip_prefix(['-', '–'])?.strip_prefix(last)?;
    Some((class, rest))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Gap,
    Digits,
    Letters,
    Signs,
}

impl Part {
    fn of(character: char) -> Self {
        match character {
            '0'..='9' | '\u{ff10}'..='\u{ff19}' => Self::Digits,
            other if other.is_whitespace() && other != '\n' => Self::Gap,
            other if other.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&other) => Self::Letters,
            _ => Self::Signs,
        }
    }
}

fn word(word: &str) -> Token {
    let matches = |pattern: &str| match pattern.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == pattern,
    };
    let meaning = WORDS.iter().find(|(_, patterns)| patterns.split(' ').any(matches)).map(|(meaning, _)| *meaning);
    match meaning {
        None => Token::Other,
        Some(Word::One) => Token::Number(1),
        Some(Word::Two) => Token::Number(2),
        Some(Word::Three) => Token::Number(3),
        Some(Word::Four) => Token::Number(4),
        Some(meaning) => Token::Word(meaning),
    }
}

/// What a run of signs is: punctuation, a dash, or some of a list.
fn signs(run: &str, spaced: bool, before: Option<Token>) -> Option<Token> {
    let after_number = matches!(before, Some(Token::Number(_)));
    match run {
        "-" | "–" | "—" | "‐" | "‑" | "~" | "〜" | "～" | "…" if after_number => return Some(Token::Dash),
        "+" if after_number => return Some(Token::Plus),
        "," | "、" => return Some(Token::Comma),
        // "Min. 8".
        "." if matches!(before, Some(Token::Word(Word::Least | Word::Most))) => return None,
        "." | ";" | "。" if spaced => return Some(Token::Break),
        "≥" | ">=" => return Some(Token::Word(Word::Least)),
        "≤" | "<=" => return Some(Token::Word(Word::Most)),
        "&" if !matches!(before, Some(Token::Listed(_))) => return Some(Token::Word(Word::And)),
        "'" | "’" | "-" | "–" | "—" | "/" | ":" | "(" | ")" | "." | "\"" => return None,
        _ => {}
    }
    if run.contains(['•', '·', '✓', '✔', '✗', '\n', '|']) && Characters::of(run).len() < 2 {
        return Some(Token::Break);
    }
    // A list in brackets is the list; so is one before the end of a sentence.
    let mut list = run.trim_matches(['"', '“', '”', '„', '‘', '’', '«', '»']);
    if list.len() > 2 {
        list = list.strip_suffix(['.', ',']).unwrap_or(list);
        let (opened, closed) = (list.matches('(').count(), list.matches(')').count());
        list = list.strip_suffix(')').filter(|_| closed > opened || list.starts_with('(')).unwrap_or(list);
        list = list.strip_prefix(['(', ':']).unwrap_or(list);
    }
    let signs = Characters::of(list);
    (!signs.is_empty()).then_some(Token::Listed(signs))
}

/// Signs that stand apart make one list. Punctuation alone is none: it needs two signs, and one that ends no sentence.
fn listed(tokens: Vec<Token>) -> Vec<Token> {
    let plain = Characters::of(".,;:()'\"-!?/ ");
    let mut joined: Vec<Token> = vec![];
    for token in tokens {
        match (joined.last_mut(), token) {
            (Some(Token::Listed(list)), Token::Listed(more)) => *list = list.or(more),
            _ => joined.push(token),
        }
    }
    let is_list = |list: Characters| list.len() > 1 && !list.without(plain).is_empty();
    joined
        .into_iter()
        .map(|token| if matches!(token, Token::Listed(list) if !is_list(list)) { Token::Other } else { token })
        .collect()
}

fn ranges(tokens: &[Token]) -> Vec<Token> {
    let mut found = vec![];
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let token = match rest {
            [Token::Dash | Token::Word(Word::To | Word::At | Word::And), Token::Number(most), after @ ..] => {
                match first {
                    Token::Number(least) if least < most => {
                        rest = after;
                        Token::Range(*least, *most)
                    }
                    other => *other,
                }
            }
            _ => *first,
        };
        found.push(token);
    }
    found
}
