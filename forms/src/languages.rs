//! Whole forms in the languages that the lexicon covers. The labels are what sites of those languages commonly write.

use crate::*;

/// A language's labels: name to log in with, password, password again, button of a login, button of a sign-up, card number, expiry, security code, name on card,
/// one-time code, button of a code page.
#[rustfmt::skip]
const LANGUAGES: &[(&str, [&str; 11])] = &[
    ("en", ["Username or email", "Password", "Re-enter password", "Log in", "Create account", "Card number", "Expiration date", "Security code (CVV)", "Name on card", "Enter the 6-digit code", "Verify"]),
    ("de", ["Benutzername oder E-Mail-Adresse", "Passwort", "Passwort bestätigen", "Einloggen", "Jetzt registrieren", "Kartennummer", "Gültig bis", "Prüfnummer (CVC)", "Karteninhaber", "Bestätigungscode", "Bestätigen"]),
    ("fr", ["Identifiant", "Mot de passe", "Confirmez le mot de passe", "Se connecter", "Créer mon compte", "Numéro de carte", "Date d’expiration", "Cryptogramme visuel", "Titulaire de la carte", "Code de vérification", "Valider"]),
    ("es", ["Usuario", "Contraseña", "Repite la contraseña", "Iniciar sesión", "Crear cuenta", "Número de tarjeta", "Fecha de vencimiento", "Código de seguridad (CVV)", "Titular de la tarjeta", "Código de verificación", "Verificar"]),
    ("pt", ["Nome de usuário", "Senha", "Confirmar senha", "Entrar", "Cadastre-se", "Número do cartão", "Validade", "Código de segurança", "Nome impresso no cartão", "Código de verificação", "Confirmar"]),
    ("it", ["Nome utente", "Password", "Conferma password", "Accedi", "Registrati", "Numero della carta", "Data di scadenza", "Codice di sicurezza", "Titolare della carta", "Codice di verifica", "Conferma"]),
    ("nl", ["Gebruikersnaam", "Wachtwoord", "Herhaal wachtwoord", "Inloggen", "Account aanmaken", "Kaartnummer", "Vervaldatum", "Beveiligingscode", "Naam op kaart", "Verificatiecode", "Bevestigen"]),
    ("pl", ["Nazwa użytkownika", "Hasło", "Powtórz hasło", "Zaloguj się", "Zarejestruj się", "Numer karty", "Data ważności", "Kod CVV", "Imię i nazwisko na karcie", "Kod weryfikacyjny", "Potwierdź"]),
    ("cs", ["Uživatelské jméno", "Heslo", "Heslo znovu", "Přihlásit se", "Zaregistrovat se", "Číslo karty", "Platnost do", "CVC kód", "Jméno držitele karty", "Ověřovací kód", "Ověřit"]),
    ("tr", ["Kullanıcı adı", "Şifre", "Şifre tekrar", "Giriş yap", "Üye ol", "Kart numarası", "Son kullanma tarihi", "Güvenlik kodu", "Kart üzerindeki isim", "Doğrulama kodu", "Doğrula"]),
    ("ru", ["Логин или e-mail", "Пароль", "Повторите пароль", "Войти", "Зарегистрироваться", "Номер карты", "Срок действия", "CVC-код", "Имя владельца карты", "Код подтверждения", "Подтвердить"]),
    ("uk", ["Ім’я користувача", "Пароль", "Підтвердіть пароль", "Увійти", "Зареєструватися", "Номер картки", "Термін дії", "CVV-код", "Власник картки", "Код підтвердження", "Підтвердити"]),
    ("el", ["Όνομα χρήστη", "Κωδικός πρόσβασης", "Επιβεβαίωση κωδικού", "Σύνδεση", "Εγγραφή", "Αριθμός κάρτας", "Ημερομηνία λήξης", "Κωδικός ασφαλείας", "Όνομα κατόχου", "Κωδικός επαλήθευσης", "Επιβεβαίωση"]),
    ("ar", ["اسم المستخدم", "كلمة المرور", "تأكيد كلمة المرور", "تسجيل الدخول", "إنشاء حساب", "رقم البطاقة", "تاريخ الانتهاء", "رمز الأمان", "الاسم على البطاقة", "رمز التحقق", "تحقق"]),
    ("he", ["שם משתמש", "סיסמה", "אימות סיסמה", "התחברות", "הרשמה", "מספר כרטיס אשראי", "תוקף", "3 ספרות בגב הכרטיס", "שם בעל הכרטיס", "קוד אימות", "אישור"]),
    ("hi", ["उपयोगकर्ता नाम", "पासवर्ड", "पासवर्ड की पुष्टि करें", "लॉग इन करें", "खाता बनाएं", "कार्ड नंबर", "समाप्ति तिथि", "सीवीवी", "कार्ड पर नाम", "सत्यापन कोड", "सत्यापित करें"]),
    ("th", ["ชื่อผู้ใช้", "รหัสผ่าน", "ยืนยันรหัสผ่าน", "เข้าสู่ระบบ", "สมัครสมาชิก", "หมายเลขบัตร", "วันหมดอายุ", "รหัสความปลอดภัย", "ชื่อบนบัตร", "รหัสยืนยัน", "ยืนยัน"]),
    ("id", ["Nama pengguna", "Kata sandi", "Konfirmasi kata sandi", "Masuk", "Daftar", "Nomor kartu", "Masa berlaku", "Kode keamanan", "Nama di kartu", "Kode verifikasi", "Verifikasi"]),
    ("vi", ["Tên đăng nhập", "Mật khẩu", "Nhập lại mật khẩu", "Đăng nhập", "Đăng ký", "Số thẻ", "Ngày hết hạn", "Mã bảo mật", "Tên trên thẻ", "Mã xác nhận", "Xác nhận"]),
    ("zh-Hans", ["用户名", "密码", "确认密码", "登录", "注册", "卡号", "有效期", "安全码", "持卡人姓名", "短信验证码", "确定"]),
    ("zh-Hant", ["使用者名稱", "密碼", "確認密碼", "登入", "註冊", "信用卡號碼", "有效期限", "安全碼", "持卡人姓名", "驗證碼", "確認"]),
    ("ja", ["ユーザー名", "パスワード", "パスワード（確認用）", "ログイン", "新規会員登録", "カード番号", "有効期限", "セキュリティコード", "カード名義人", "認証コード", "認証する"]),
    ("ko", ["아이디", "비밀번호", "비밀번호 확인", "로그인", "회원가입", "카드번호", "유효기간", "보안코드", "카드 소유자 이름", "인증번호", "확인"]),
    ("sv", ["Användarnamn", "Lösenord", "Upprepa lösenord", "Logga in", "Skapa konto", "Kortnummer", "Utgångsdatum", "CVC", "Kortinnehavarens namn", "Engångskod", "Verifiera"]),
    ("fi", ["Käyttäjätunnus", "Salasana", "Salasana uudelleen", "Kirjaudu sisään", "Luo tili", "Kortin numero", "Voimassa", "CVC", "Kortinhaltijan nimi", "Vahvistuskoodi", "Vahvista"]),
    ("hu", ["Felhasználónév", "Jelszó", "Jelszó újra", "Bejelentkezés", "Regisztráció", "Kártyaszám", "Lejárati dátum", "CVC kód", "Kártyabirtokos neve", "Ellenőrző kód", "Megerősítés"]),
    ("ro", ["Nume de utilizator", "Parola", "Confirmă parola", "Autentificare", "Creează cont", "Număr card", "Data expirării", "CVV", "Numele de pe card", "Cod de verificare", "Confirmă"]),
    ("da", ["Brugernavn", "Adgangskode", "Gentag adgangskode", "Log ind", "Opret konto", "Kortnummer", "Udløbsdato", "Kontrolcifre", "Kortindehaver", "Engangskode", "Bekræft"]),
    ("nb", ["Brukernavn", "Passord", "Gjenta passord", "Logg inn", "Opprett konto", "Kortnummer", "Utløpsdato", "Kontrollsiffer", "Kortholder", "Engangskode", "Bekreft"]),
    ("sk", ["Prihlasovacie meno", "Heslo", "Zopakujte heslo", "Prihlásiť sa", "Zaregistrovať sa", "Číslo karty", "Platnosť karty", "CVC kód", "Držiteľ karty", "Overovací kód", "Overiť"]),
    ("hr", ["Korisničko ime", "Lozinka", "Ponovite lozinku", "Prijava", "Registracija", "Broj kartice", "Vrijedi do", "Kontrolni broj", "Ime vlasnika kartice", "Jednokratni kod", "Potvrdi"]),
    ("sr", ["Корисничко име", "Лозинка", "Поновите лозинку", "Пријавите се", "Региструјте се", "Број картице", "Датум истека", "Сигурносни код", "Име на картици", "Једнократни код", "Потврди"]),
    ("sl", ["Uporabniško ime", "Geslo", "Ponovite geslo", "Prijava", "Ustvari račun", "Številka kartice", "Datum poteka", "Varnostna koda", "Imetnik kartice", "Enkratna koda", "Potrdi"]),
    ("bg", ["Потребителско име", "Парола", "Повторете паролата", "Вход", "Регистрация", "Номер на карта", "Валидна до", "Код за сигурност", "Картодържател", "Код за потвърждение", "Потвърди"]),
    ("et", ["Kasutajanimi", "Parool", "Korda parooli", "Logi sisse", "Registreeru", "Kaardi number", "Kehtib kuni", "Turvakood", "Kaardi omanik", "Kinnituskood", "Kinnita"]),
    ("lv", ["Lietotājvārds", "Parole", "Atkārtojiet paroli", "Pieslēgties", "Reģistrēties", "Kartes numurs", "Derīga līdz", "Drošības kods", "Kartes īpašnieks", "Apstiprinājuma kods", "Apstiprināt"]),
    ("lt", ["Vartotojo vardas", "Slaptažodis", "Pakartokite slaptažodį", "Prisijungti", "Registruotis", "Kortelės numeris", "Galioja iki", "Saugos kodas", "Kortelės savininkas", "Patvirtinimo kodas", "Patvirtinti"]),
    ("ca", ["Nom d’usuari", "Contrasenya", "Confirma la contrasenya", "Inicia la sessió", "Crea un compte", "Número de targeta", "Data de caducitat", "Codi de seguretat", "Titular de la targeta", "Codi de verificació", "Verifica"]),
    ("fa", ["نام کاربری", "رمز عبور", "تکرار رمز عبور", "ورود", "ثبت نام", "شماره کارت", "تاریخ انقضا", "کد CVV2", "نام دارنده کارت", "کد تایید", "تایید"]),
    ("az", ["İstifadəçi adı", "Şifrə", "Şifrəni təkrarlayın", "Daxil ol", "Qeydiyyat", "Kart nömrəsi", "Bitmə tarixi", "CVV kodu", "Kart sahibi", "Təsdiq kodu", "Təsdiqlə"]),
    ("kk", ["Пайдаланушы аты", "Құпия сөз", "Құпия сөзді растаңыз", "Кіру", "Тіркелу", "Карта нөмірі", "Жарамдылық мерзімі", "Қауіпсіздік коды", "Карта иесі", "Растау коды", "Растау"]),
    ("ka", ["მომხმარებლის სახელი", "პაროლი", "გაიმეორეთ პაროლი", "შესვლა", "რეგისტრაცია", "ბარათის ნომერი", "მოქმედების ვადა", "უსაფრთხოების კოდი", "ბარათის მფლობელი", "ერთჯერადი კოდი", "დადასტურება"]),
    ("hy", ["Օգտանուն", "Գաղտնաբառ", "Կրկնեք գաղտնաբառը", "Մուտք", "Գրանցվել", "Քարտի համար", "Վավերականության ժամկետ", "Անվտանգության կոդ", "Քարտապան", "Հաստատման կոդ", "Հաստատել"]),
    ("bn", ["ব্যবহারকারীর নাম", "পাসওয়ার্ড", "পাসওয়ার্ড নিশ্চিত করুন", "লগ ইন", "নিবন্ধন করুন", "কার্ড নম্বর", "মেয়াদ শেষ", "নিরাপত্তা কোড", "কার্ডধারীর নাম", "যাচাইকরণ কোড", "যাচাই করুন"]),
    ("ur", ["صارف نام", "پاس ورڈ", "پاس ورڈ دوبارہ", "لاگ ان کریں", "رجسٹر کریں", "کارڈ نمبر", "میعاد ختم", "سیکیورٹی کوڈ", "کارڈ ہولڈر کا نام", "تصدیقی کوڈ", "تصدیق"]),
];

/// A field that says nothing but in its label.
fn field(id: u32, input_type: &str, label: &str) -> Field {
    let texts = FieldTexts { label: label.into(), ..FieldTexts::default() };
    Field {
        id,
        input_type: input_type.into(),
        html_id: format!("f{id}"),
        visible: true,
        form: Some(0),
        texts,
        ..Field::default()
    }
}

fn decided(lang: &str, button: &str, fields: Vec<Field>) -> (FormKind, Vec<FieldType>) {
    headed(lang, "", button, fields)
}

/// Runs a form in every language and lists the languages that it fails in.
fn in_every<const N: usize>(all: &[(&str, [&str; N])], form: impl Fn(&str, &[&str; N]) -> Result<(), String>) {
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|(lang, labels)| form(lang, labels).err().map(|what| format!("{lang}: {what}")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn expect(found: (FormKind, Vec<FieldType>), kind: FormKind, types: &[FieldType]) -> Result<(), String> {
    if found == (kind, types.to_vec()) { Ok(()) } else { Err(format!("{found:?}")) }
}

#[test]
fn logins() {
    in_every(LANGUAGES, |lang, labels| {
        let (kind, types) =
            decided(lang, labels[3], vec![field(1, "text", labels[0]), field(2, "password", labels[1])]);
        let login = kind == FormKind::Login && types[0].is_login_id() && types[1] == FieldType::CurrentPassword;
        if login { Ok(()) } else { Err(format!("{kind:?} {types:?}")) }
    });
}

#[test]
fn first_pages_of_logins() {
    in_every(LANGUAGES, |lang, labels| {
        let (kind, types) = decided(lang, labels[3], vec![field(1, "text", labels[0])]);
        if kind == FormKind::LoginUsername && types[0].is_login_id() {
            Ok(())
        } else {
            Err(format!("{kind:?} {types:?}"))
        }
    });
}

#[test]
fn sign_ups() {
    in_every(LANGUAGES, |lang, labels| {
        let fields =
            vec![field(1, "email", "E-mail"), field(2, "password", labels[1]), field(3, "password", labels[2])];
        expect(
            decided(lang, labels[4], fields),
            FormKind::SignUp,
            &[FieldType::Email, FieldType::NewPassword, FieldType::NewPassword],
        )
    });
}

#[test]
fn sign_ups_with_one_password() {
    in_every(LANGUAGES, |lang, labels| {
        let fields = vec![field(1, "email", "E-mail"), field(2, "password", labels[1])];
        expect(decided(lang, labels[4], fields), FormKind::SignUp, &[FieldType::Email, FieldType::NewPassword])
    });
}

#[test]
fn cards() {
    use FieldType::*;
    in_every(LANGUAGES, |lang, labels| {
        let fields = vec![
            field(1, "text", labels[8]),
            field(2, "text", labels[5]),
            field(3, "text", labels[6]),
            field(4, "text", labels[7]),
        ];
        expect(decided(lang, "OK", fields), FormKind::Checkout, &[CcName, CcNumber, CcExp, CcCsc])
    });
}

#[test]
fn codes() {
    in_every(LANGUAGES, |lang, labels| {
        expect(
            decided(lang, labels[10], vec![field(1, "text", labels[9])]),
            FormKind::TwoFactor,
            &[FieldType::OneTimeCode],
        )
    });
}

/// What the languages of most users write on pages that change a password, send a forgotten one, and ask for a birthday: present password, new password, new
/// password again, heading of the change, heading of the recovery, its button; day, month, year, date of birth.
#[rustfmt::skip]
const ACCOUNTS: &[(&str, [&str; 10])] = &[
    ("en", ["Current password", "New password", "Confirm new password", "Change password", "Forgot your password?", "Send reset link", "Day", "Month", "Year", "Date of birth"]),
    ("de", ["Aktuelles Passwort", "Neues Passwort", "Neues Passwort bestätigen", "Passwort ändern", "Passwort vergessen?", "Link anfordern", "Tag", "Monat", "Jahr", "Geburtsdatum"]),
    ("fr", ["Mot de passe actuel", "Nouveau mot de passe", "Confirmez le nouveau mot de passe", "Modifier mon mot de passe", "Mot de passe oublié ?", "Envoyer le lien", "Jour", "Mois", "Année", "Date de naissance"]),
    ("es", ["Contraseña actual", "Nueva contraseña", "Repetir nueva contraseña", "Cambiar contraseña", "¿Olvidaste tu contraseña?", "Enviar enlace", "Día", "Mes", "Año", "Fecha de nacimiento"]),
    ("pt", ["Senha atual", "Nova senha", "Confirme a nova senha", "Alterar senha", "Esqueceu a senha?", "Enviar link", "Dia", "Mês", "Ano", "Data de nascimento"]),
    ("it", ["Password attuale", "Nuova password", "Ripeti nuova password", "Modifica password", "Password dimenticata?", "Invia link", "Giorno", "Mese", "Anno", "Data di nascita"]),
    ("nl", ["Huidig wachtwoord", "Nieuw wachtwoord", "Herhaal nieuw wachtwoord", "Wachtwoord wijzigen", "Wachtwoord vergeten?", "Link versturen", "Dag", "Maand", "Jaar", "Geboortedatum"]),
    ("pl", ["Obecne hasło", "Nowe hasło", "Powtórz nowe hasło", "Zmiana hasła", "Nie pamiętasz hasła?", "Wyślij link", "Dzień", "Miesiąc", "Rok", "Data urodzenia"]),
    ("cs", ["Současné heslo", "Nové heslo", "Nové heslo znovu", "Změna hesla", "Zapomněli jste heslo?", "Odeslat odkaz", "Den", "Měsíc", "Rok", "Datum narození"]),
    ("tr", ["Mevcut şifre", "Yeni şifre", "Yeni şifre (tekrar)", "Şifre değiştir", "Şifremi unuttum", "Bağlantı gönder", "Gün", "Ay", "Yıl", "Doğum tarihi"]),
    ("ru", ["Текущий пароль", "Новый пароль", "Повторите новый пароль", "Смена пароля", "Забыли пароль?", "Отправить ссылку", "День", "Месяц", "Год", "Дата рождения"]),
    ("uk", ["Поточний пароль", "Новий пароль", "Повторіть новий пароль", "Зміна пароля", "Забули пароль?", "Надіслати посилання", "День", "Місяць", "Рік", "Дата народження"]),
    ("el", ["Τρέχων κωδικός", "Νέος κωδικός", "Επανάληψη νέου κωδικού", "Αλλαγή κωδικού", "Ξεχάσατε τον κωδικό σας;", "Αποστολή συνδέσμου", "Ημέρα", "Μήνας", "Έτος", "Ημερομηνία γέννησης"]),
    ("ar", ["كلمة المرور الحالية", "كلمة المرور الجديدة", "تأكيد كلمة المرور الجديدة", "تغيير كلمة المرور", "هل نسيت كلمة المرور؟", "إرسال الرابط", "اليوم", "الشهر", "السنة", "تاريخ الميلاد"]),
    ("he", ["סיסמה נוכחית", "סיסמה חדשה", "אימות סיסמה חדשה", "שינוי סיסמה", "שכחת סיסמה?", "שליחת קישור", "יום", "חודש", "שנה", "תאריך לידה"]),
    ("hi", ["वर्तमान पासवर्ड", "नया पासवर्ड", "नए पासवर्ड की पुष्टि करें", "पासवर्ड बदलें", "पासवर्ड भूल गए?", "लिंक भेजें", "दिन", "महीना", "वर्ष", "जन्म तिथि"]),
    ("th", ["รหัสผ่านปัจจุบัน", "รหัสผ่านใหม่", "ยืนยันรหัสผ่านใหม่", "เปลี่ยนรหัสผ่าน", "ลืมรหัสผ่าน?", "ส่งลิงก์", "วัน", "เดือน", "ปี", "วันเกิด"]),
    ("id", ["Kata sandi saat ini", "Kata sandi baru", "Ulangi kata sandi baru", "Ubah kata sandi", "Lupa kata sandi?", "Kirim tautan", "Tanggal", "Bulan", "Tahun", "Tanggal lahir"]),
    ("vi", ["Mật khẩu hiện tại", "Mật khẩu mới", "Nhập lại mật khẩu mới", "Đổi mật khẩu", "Quên mật khẩu?", "Gửi liên kết", "Ngày", "Tháng", "Năm", "Ngày sinh"]),
    ("zh-Hans", ["当前密码", "新密码", "再次输入新密码", "修改密码", "忘记密码？", "发送链接", "日", "月", "年", "出生日期"]),
    ("zh-Hant", ["目前密碼", "新密碼", "再次輸入新密碼", "變更密碼", "忘記密碼？", "傳送連結", "日", "月", "年", "出生日期"]),
    ("ja", ["現在のパスワード", "新しいパスワード", "新しいパスワード（確認）", "パスワード変更", "パスワードをお忘れですか？", "リンクを送信", "日", "月", "年", "生年月日"]),
    ("ko", ["현재 비밀번호", "새 비밀번호", "새 비밀번호 확인", "비밀번호 변경", "비밀번호를 잊으셨나요?", "링크 보내기", "일", "월", "년", "생년월일"]),
];

/// A form under a heading.
fn headed(lang: &str, heading: &str, button: &str, fields: Vec<Field>) -> (FormKind, Vec<FieldType>) {
    let after = u32::try_from(fields.len()).unwrap();
    let form = Form { heading: heading.into(), text: heading.into(), ..Form::default() };
    let button = Button { text: button.into(), form: Some(0), after, submit: true };
    let raw =
        RawSnapshot { lang: lang.into(), forms: vec![form], fields, buttons: vec![button], ..RawSnapshot::default() };
    let classification = classify(&FormSnapshot::parse(raw).unwrap());
    let form = &classification.forms[0];
    (form.kind, form.fields.iter().map(|field| field.field_type).collect())
}

/// Three passwords, with the new ones hidden or revealed.
#[test]
fn changes_of_passwords() {
    use FieldType::{CurrentPassword, NewPassword};
    for shown in ["password", "text"] {
        in_every(ACCOUNTS, |lang, labels| {
            let fields = vec![field(1, "password", labels[0]), field(2, shown, labels[1]), field(3, shown, labels[2])];
            let types = [CurrentPassword, NewPassword, NewPassword];
            expect(headed(lang, labels[3], "OK", fields), FormKind::ChangePassword, &types)
        });
    }
}

#[test]
fn recoveries() {
    in_every(ACCOUNTS, |lang, labels| {
        let fields = vec![field(1, "email", "E-mail")];
        expect(headed(lang, labels[4], labels[5], fields), FormKind::Recovery, &[FieldType::Email])
    });
}

#[test]
fn birthdays_in_three_boxes() {
    use FieldType::{BdayDay, BdayMonth, BdayYear};
    in_every(ACCOUNTS, |lang, labels| {
        let part = |id: u32, placeholder: &str| {
            let texts =
                FieldTexts { placeholder: placeholder.into(), section: labels[9].into(), ..FieldTexts::default() };
            Field { texts, ..field(id, "text", "") }
        };
        let fields = vec![part(1, labels[6]), part(2, labels[7]), part(3, labels[8])];
        let (_, types) = headed(lang, "", "OK", fields);
        if types == [BdayDay, BdayMonth, BdayYear] { Ok(()) } else { Err(format!("{types:?}")) }
    });
}
