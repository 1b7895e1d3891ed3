//! The words that say what fields and forms are for, and a quick way to find them in a text.

/// Patterns as one text, a line each: as a list of texts each would take eight bytes more, in a module whose size counts.
macro_rules! patterns {
    ($($pattern:literal),* $(,)?) => { concat!($($pattern, "\n"),*) };
}

mod fields;
mod forms;
mod known;
mod trie;

pub(crate) use known::known_words;
use std::sync::OnceLock;
use trie::Trie;

/// What a word or phrase about a field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Concept {
    Email,
    Username,
    Account,
    CustomerId,
    NationalId,
    Password,
    Pin,
    New,
    Current,
    Confirm,
    Hint,
    OneTimeCode,
    Code,
    InviteCode,
    CardNumber,
    CardWord,
    Csc,
    Expiry,
    Month,
    Year,
    Cardholder,
    CardType,
    GiftCard,
    BankAccount,
    Captcha,
    Answer,
    Name,
    GivenName,
    AdditionalName,
    FamilyName,
    HonorificPrefix,
    Organization,
    Address,
    Street,
    HouseNumber,
    AddressLine2,
    City,
    State,
    PostalCode,
    Country,
    Phone,
    AreaCode,
    PhoneExtension,
    Fax,
    Birth,
    Day,
    Gender,
    Website,
    Search,
    Quantity,
    Message,
    Date,
    Recipient,
    Order,
    Choice,
    Remember,
    Terms,
    Number,
    Nickname,
    SecurityCode,
    Newsletter,
    IssueDate,
    Digits,
    Network,
    /// Somebody else than the user, who is asked for or invited: a colleague, whom to call in an emergency.
    OtherPerson,
    Nothing,
}

impl Concept {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::Nothing as usize + 1;

    /// The place in a table by concept.
    pub(crate) fn index(self) -> usize {
        usize::from(self as u8)
    }
}

/// What a word or phrase around a form means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum FormConcept {
    LogIn,
    SignUp,
    Recover,
    ChangePassword,
    TwoFactor,
    Checkout,
    Search,
    Newsletter,
    Contact,
    Continue,
    SendCode,
    OtherCode,
    Server,
    /// An account that somebody makes or keeps for somebody else.
    OthersAccount,
    Profile,
}

impl FormConcept {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::Profile as usize + 1;

    /// The place in a table by concept.
    pub(crate) fn index(self) -> usize {
        usize::from(self as u8)
    }
}

/// A set of concepts, as bits by [`Concept::index`] or [`FormConcept::index`].
pub(crate) type Bits = u128;

/// The concepts found in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hits {
    /// Concepts whose words are all of the text.
    pub(crate) whole: Bits,
    /// Concepts whose words make up much of the text.
    pub(crate) strong: Bits,
    /// All concepts.
    pub(crate) all: Bits,
}

impl Hits {
    /// The concepts of two texts together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { whole: self.whole | other.whole, strong: self.strong | other.strong, all: self.all | other.all }
    }

    /// Whether a form concept is among them.
    pub(crate) fn has_form(self, concept: FormConcept) -> bool {
        self.all & (1 << concept.index()) != 0
    }

    /// Whether a field concept is among them.
    pub(crate) fn has(self, concept: Concept) -> bool {
        self.all & (1 << concept.index()) != 0
    }
}

/// The field concepts in a folded text.
pub(crate) fn field_concepts(folded: &str, identifier: bool) -> Hits {
    static TRIE: OnceLock<Trie> = OnceLock::new();
    TRIE.get_or_init(|| Trie::new(fields::FIELDS.iter().map(|(concept, patterns)| (concept.index(), *patterns))))
        .find(folded, identifier)
}

/// The form concepts in a folded text.
pub(crate) fn form_concepts(folded: &str, identifier: bool) -> Hits {
    static TRIE: OnceLock<Trie> = OnceLock::new();
    TRIE.get_or_init(|| Trie::new(forms::FORMS.iter().map(|(concept, patterns)| (concept.index(), *patterns))))
        .find(folded, identifier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{fold, fold_identifier};

    fn concepts(text: &str) -> Vec<Concept> {
        listed(field_concepts(&fold(text), false))
    }

    fn listed(hits: Hits) -> Vec<Concept> {
        use Concept::*;
        let all = [
            Email,
            Username,
            Password,
            New,
            Current,
            Confirm,
            OneTimeCode,
            CardNumber,
            Csc,
            Expiry,
            GiftCard,
            Captcha,
            Name,
            GivenName,
            FamilyName,
            PostalCode,
            Search,
        ];
        all.into_iter().filter(|concept| hits.has(*concept)).collect()
    }

    #[test]
    fn labels_in_many_languages_are_understood() {
        use Concept::*;
        for (label, expected) in [
            ("E-mail address", vec![Email]),
            ("Benutzername", vec![Username]),
            ("Confirm new password", vec![Password, New, Confirm]),
            ("Adresse e-mail", vec![Email]),
            ("Contraseña actual", vec![Password, Current]),
            ("Código de verificación", vec![OneTimeCode]),
            ("Número do cartão", vec![CardNumber]),
            ("Codice CVV", vec![Csc]),
            ("Vervaldatum", vec![Expiry]),
            ("Hasło", vec![Password]),
            ("Heslo znovu", vec![Password, Confirm]),
            ("Şifre", vec![Password]),
            ("Имя пользователя", vec![Username]),
            ("Пароль", vec![Password]),
            ("Κωδικός πρόσβασης", vec![Password]),
            ("كلمة المرور", vec![Password]),
            ("סיסמה", vec![Password]),
            ("पासवर्ड", vec![Password]),
            ("รหัสผ่าน", vec![Password]),
            ("Kata sandi", vec![Password]),
            ("Mật khẩu", vec![Password]),
            ("密码", vec![Password]),
            ("信用卡號碼", vec![CardNumber]),
            ("パスワード", vec![Password]),
            ("비밀번호 확인", vec![Password, Confirm]),
            ("Gift card number", vec![GiftCard]),
        ] {
            let found = concepts(label);
            assert!(expected.iter().all(|concept| found.contains(concept)), "{label}: {found:?}");
        }
    }

    /// Words of languages only: no host names, no identifiers of single pages.
    #[test]
    fn no_pattern_names_a_site() {
        let fields = fields::FIELDS.iter().flat_map(|(_, patterns)| patterns.lines());
        let forms = forms::FORMS.iter().flat_map(|(_, patterns)| patterns.lines());
        for pattern in fields.chain(forms) {
            let word = pattern.trim_matches('*');
            let is_words = word.chars().all(|letter| letter.is_alphanumeric() || letter == ' ' || !letter.is_ascii());
            assert!(is_words && !word.is_empty(), "{pattern}");
            let digits = word.chars().filter(char::is_ascii_digit).count();
            assert!(digits <= 2, "{pattern} looks like an identifier of one page");
            let host =
                [" com", " net", " org", "www "].iter().any(|part| word.ends_with(part) || word.starts_with(part));
            assert!(!host, "{pattern} looks like a host name");
        }
    }

    #[test]
    fn the_longest_pattern_wins() {
        assert_eq!(concepts("User name"), [Concept::Username]);
        assert_eq!(concepts("Email address"), [Concept::Email]);
    }

    #[test]
    fn identifiers_written_as_one_word_are_understood() {
        let found = |identifier| listed(field_concepts(&fold_identifier(identifier), true));
        assert_eq!(found("loginemail"), [Concept::Email, Concept::Username]);
        assert_eq!(found("ctl00_txtUserName"), [Concept::Username]);
        assert_eq!(found("newpassword"), [Concept::Password, Concept::New]);
        assert_eq!(found("update"), []);
    }
}
