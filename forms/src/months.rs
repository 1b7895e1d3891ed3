//! The months' names, long and short, by how they begin.

use crate::text::fold;

/// A line a group of languages: their codes, then what each month's names begin with, as [`fold`] writes them (`_` for a space). After CLDR's wide and abbreviated names,
/// in the nominative and the genitive. Vietnamese, Japanese and Korean number their months.
const NAMES: &str = "\
en jan feb mar apr may jun jul aug sep oct nov dec
de jan feb mar/mrz apr mai jun jul aug sep okt nov dez
fr jan fev mar avr mai juin juil aou/aout sep oct nov dec
es ene feb mar abr may jun jul ago sep/set oct nov dic
pt jan fev mar abr mai jun jul ago set out nov dez
it gen feb mar apr mag giu lug ago set ott nov dic
nl jan feb maa/mrt apr mei jun jul aug sep okt nov dec
sv,da,sk jan feb mar apr maj jun jul aug sep okt nov dec
nb,no,nn jan feb mar apr mai jun jul aug sep okt nov des
pl sty lut mar kwi maj cze lip sie wrz paz lis gru
cs led uno bre dub kve cerven/cervn/cvn cervenec/cervenc/cvc srp zar rij lis pro
tr oca sub mar nis may haz tem agu eyl eki kas ara
ru янв фев мар апр май/мая июн июл авг сен окт ноя дек
uk січ лют бер кві тра чер лип сер вер жов лис гру
el ιαν φεβ μαρ απρ μαι ιουν ιουλ αυγ σεπ οκτ νοε δεκ
ar يناير/جانفي فبراير/فيفري مارس ابريل/افريل مايو/ماي يونيو/يونيه/جوان يوليو/يوليه/جويليه اغسطس/اوت/غشت سبتمبر/شتنبر اكتوبر نوفمبر/نونبر ديسمبر/دجنبر
ar كانون_الثاني شباط اذار نيسان ايار حزيران تموز اب ايلول تشرين_الاول تشرين_الثاني كانون_الاول
he ינו פבר מרץ/מרס אפר מאי יונ יול אוג ספט אוק נוב דצמ
hi जन फर मार अपर मई जून जुल अग सित अकट/अकतू नव दिस
th มกรา/ม_ค กุมภา/ก_พ มีนา/มี_ค เมษา/เม_ย พฤษภา/พ_ค มิถุนา/มิ_ย กรกฎา/ก_ค สิงหา/ส_ค กันยา/ก_ย ตุลา/ต_ค พฤศจิ/พ_ย ธันวา/ธ_ค
id,ms jan feb/peb mar apr mei jun jul agu/agt/ags/ogo sep okt nov des
fi tam hel maa huh tou kes hei elo syy lok mar jou
hu jan feb mar apr maj jun jul aug sze okt nov dec
ro ian feb mar apr mai iun iul aug sep oct noi dec
zh 一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月
";

/// The months of one group of languages.
#[derive(Clone, Copy)]
struct Calendar {
    languages: &'static str,
    names: &'static str,
}

fn calendars() -> impl Iterator<Item = Calendar> {
    NAMES.lines().filter_map(|line| line.split_once(' ')).map(|(languages, names)| Calendar { languages, names })
}

impl Calendar {
    fn speaks(self, lang: &str) -> bool {
        let primary = lang.split(['-', '_']).next().unwrap_or_default();
        self.languages.split(',').any(|language| language.eq_ignore_ascii_case(primary))
    }

    /// The months with what their names begin with.
    fn beginnings(self) -> impl Iterator<Item = (u32, String)> {
        let months = (1_u32..).zip(self.names.split(' '));
        months.flat_map(|(month, names)| names.split('/').map(move |name| (month, name.replace('_', " "))))
    }

    /// The month whose name a folded text, without the space before it, begins with.
    fn month_at_start(self, folded: &str) -> Option<u32> {
        let begins = |name: &str| {
            let mut words = name.split('_');
            let first = words.next().and_then(|word| folded.strip_prefix(word));
            words.try_fold(first?, |rest, word| rest.strip_prefix(' ')?.strip_prefix(word))
        };
        let months = (1_u32..).zip(self.names.split(' '));
        let names = months.flat_map(|(month, names)| names.split('/').map(move |name| (month, name)));
        // Nearly all names are another's by their first letter.
        let found = names.filter(|(_, name)| name.as_bytes().first() == folded.as_bytes().first());
        found.filter(|(_, name)| begins(name).is_some()).max_by_key(|(_, name)| name.len()).map(|(month, _)| month)
    }

    /// The month that a folded text names: of several beginnings the longest counts.
    fn month(self, folded: &str) -> Option<u32> {
        let begins = |name: &String| folded.contains(&format!(" {name}"));
        let found = self.beginnings().filter(|(_, name)| begins(name));
        found.max_by_key(|(_, name)| name.len()).map(|(month, _)| month)
    }
}

/// Which month each of a list of texts names, in the language in which most of them name one; that of the page where two languages are as good.
pub(crate) fn read(texts: &[&str], lang: &str) -> Vec<Option<u32>> {
    let folded: Vec<String> = texts.iter().map(|text| fold(text)).collect();
    let best = calendars()
        .map(|calendar| {
            let months: Vec<Option<u32>> = folded.iter().map(|text| calendar.month(text)).collect();
            (distinct(&months), calendar.speaks(lang), months)
        })
        .reduce(|best, next| if (next.0, next.1) > (best.0, best.1) { next } else { best });
    best.map_or_else(|| vec![None; texts.len()], |(_, _, months)| months)
}

/// How many different months folded texts name, in the language in which they name most.
pub(crate) fn named(folded: &[String]) -> u32 {
    calendars()
        .map(|calendar| distinct(&folded.iter().map(|text| calendar.month_at_start(text)).collect::<Vec<_>>()))
        .max()
        .unwrap_or_default()
}

fn distinct(months: &[Option<u32>]) -> u32 {
    months.iter().flatten().fold(0_u32, |set, month| set | (1 << month)).count_ones()
}

/// What a month's names begin with in a page's language, and in English.
pub(crate) fn beginnings(month: u32, lang: &str) -> Vec<String> {
    let own = calendars().filter(|calendar| calendar.speaks(lang));
    let english = calendars().filter(|calendar| calendar.languages == "en" && !calendar.speaks(lang));
    let of_month = |calendar: Calendar| calendar.beginnings().filter(move |(number, _)| *number == month);
    own.chain(english).flat_map(of_month).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::written_months::WRITTEN;

    #[test]
    fn names_are_read_in_every_language_in_any_order_on_any_page() {
        let all: Vec<Option<u32>> = (1..=12).map(Some).collect();
        for (lang, names) in WRITTEN {
            let names: Vec<&str> = names.split(' ').collect();
            for page in [lang, "", "xx", "en"] {
                assert_eq!(read(&names, page), all, "{lang}");
                let backwards: Vec<&str> = names.iter().rev().copied().collect();
                assert_eq!(read(&backwards, page), all.iter().rev().copied().collect::<Vec<_>>(), "{lang}");
            }
        }
    }

    #[test]
    fn the_months_left_of_a_year_are_read() {
        for (lang, names) in WRITTEN {
            for first in 1..12 {
                let left: Vec<&str> = names.split(' ').skip(first).collect();
                let months: Vec<u32> = read(&left, lang).into_iter().flatten().collect();
                let expected: Vec<u32> = (1..=12).skip(first).collect();
                assert_eq!(months, expected, "{lang}: {left:?}");
            }
        }
    }

    #[test]
    fn levantine_months() {
        let names = [
            "كانون الثاني",
            "شباط",
            "آذار",
            "نيسان",
            "أيار",
            "حزيران",
            "تموز",
            "آب",
            "أيلول",
            "تشرين الأول",
            "تشرين الثاني",
            "كانون الأول",
        ];
        assert_eq!(read(&names, "ar"), (1..=12).map(Some).collect::<Vec<_>>());
    }

    #[test]
    fn beginnings_are_folded_and_lines_are_whole() {
        for calendar in calendars() {
            assert_eq!(calendar.names.split(' ').count(), 12, "{}", calendar.languages);
            for (_, name) in calendar.beginnings() {
                assert_eq!(fold(&name).trim(), name, "{}", calendar.languages);
            }
        }
    }

    #[test]
    fn beginnings_of_a_language() {
        assert_eq!(beginnings(3, "de-CH"), ["mar", "mrz", "mar"]);
        assert_eq!(beginnings(5, "ja"), ["may"]);
        assert_eq!(beginnings(12, "en"), ["dec"]);
    }
}
