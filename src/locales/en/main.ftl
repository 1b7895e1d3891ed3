# Texts of the countersign command. What happened first, then what to do.

error-remedy = error: { $what }
    { $remedy }

fault-no-daemon = The daemon is not running.
    .remedy = Start it with: countersign up
fault-not-set-up = Countersign is not set up for this user yet.
    .remedy = Set it up with: countersign unlock
fault-locked = The vault is locked.
    .remedy = Unlock it with: countersign unlock
fault-wrong-pin = That is not the right PIN or passphrase.
    .remedy = Try again. Nobody can recover it for you.
fault-too-short = That is too short.
    .remedy = A PIN has at least 6 characters; a passphrase, where there is no keystore, at least 12.
fault-try-later = There were too many wrong tries.
    .remedy = Wait until "countersign status" says that you may try again.
fault-keystore = The system's keystore does not answer.
    .remedy = Log in to your desktop session, or unlock its keyring, and try again.
fault-not-paired = That device is not paired.
    .remedy = Pair it with: countersign pair
fault-no-code = No pairing code is waiting, or its two minutes are over.
    .remedy = Show a new one with: countersign pair
fault-wrong-code = The code that was typed is wrong, and now used up.
    .remedy = Show a new one with: countersign pair
fault-busy = Another request waits for the phone.
    .remedy = Answer or cancel it first.
fault-muted = Requests are muted for a while, after refusals or "this wasn't me".
    .remedy = Find out who asked. "Allow requests again" in the phone app ends it at once; so does waiting.
fault-not-found = There is no such item.
    .remedy = List them with: countersign item list
fault-other-site = The item may not be used there.
    .remedy = Add the site to the item with: countersign item edit
fault-invalid-draft = An item cannot be like that.
    .remedy = A title has 1 to 200 characters, a user name at most 200, an item at most 32 sites; a card's number has its check digit.
fault-malformed = The daemon did not understand.
    .remedy = Restart it with: countersign down, countersign up
fault-version = The daemon speaks another version of the protocol.
    .remedy = Update Countersign, then: countersign down, countersign up
fault-forked = Two histories of your devices exist. The account is stopped, to be safe.
    .remedy = Do not approve anything. Look at "countersign devices" on each of your computers.
fault-store = The vault's file cannot be read or written.
    .remedy = Look at daemon.log in the data directory for what the system says, and check the disk.
fault-disk-full = The disk is full: nothing can be saved. What was saved before is kept.
    .remedy = Make room and try again; nothing needs a restart.
fault-read-only = The vault can be read, but not written: its directory or disk is read-only. What was saved before is kept.
    .remedy = Make it writable for you and try again; nothing needs a restart.
fault-damaged = The vault's file is damaged. It was left as it is.
    .remedy = Put back the newest backup with: countersign restore
fault-newer-store = A newer version of Countersign wrote the vault. It was left as it is.
    .remedy = Update Countersign on this computer, then: countersign down, countersign up
fault-lost-writes = The vault's write-ahead log was lost: what was saved last may be missing.
    .remedy = Look at the items that you changed last. This note goes away when the daemon is next stopped and started.
fault-clock = This computer's clock and the relay's are too far apart.
    .remedy = Set this computer's date and time. If they are right, the relay's are wrong.
fault-too-many-corrections = As much is remembered of fields as can be: 500 sites, and 64 fields of a site.
    .remedy = Forget some: countersign corrections lists them, countersign corrections --forget SITE forgets.
fault-too-many-captures = As many logins wait to be saved as can be, 200, or as many sites are never asked about: 500.
    .remedy = Save or forget some of them, in the extension.
fault-invalid-recipe = No password can be made by these rules: they contradict each other, or ask for too much.
    .remedy = Change the rules: allow more characters, or another length.
fault-page-changed = The page has changed since this was shown, so nothing was done.
    .remedy = Look at it again, then try once more.
fault-internal = Countersign has a fault of its own.
    .remedy = Look at daemon.log in the data directory, and report it.
fault-not-allowed = That is not allowed as things stand.
    .remedy = See how they stand with: countersign status, countersign devices
fault-no-relay = No relay is set or it cannot be reached.
    .remedy = Start one with: countersign up --with-relay

error-daemon-missing = The program { $program } is not beside this one.
    .remedy = Install Countersign again, or build it with: npm run build
error-daemon-ended = { $program } ended at once.
    .remedy = It said why in { $log }
error-relay-ended = Your own relay did not start: { $reason }
    .remedy = Mend that, then run this again. To have it listen elsewhere: countersign up --with-relay --relay-listen ADDRESS --phone-listen ADDRESS. To do without it: countersign up --without-relay. Its log is { $log }
error-address = { $address } is no address of a relay or a phone app.
    .remedy = Write it without a path, such as https://relay.example:7780
error-address-insecure = { $address } is neither encrypted nor on this computer.
    .remedy = Write an address that begins with https://; http is for relays on this computer alone, such as http://localhost:7780
error-in-use = Another daemon has this vault open.
    .remedy = It may listen at another socket: see COUNTERSIGN_SOCKET, or end it, then run this again.
error-no-backup = The vault is damaged, and there is no backup that can be read. Nothing was changed.
    .remedy = Without a copy of your own, set up anew: countersign down; move the files whose names begin with vault.db out of { $directory }; countersign up, countersign unlock
error-nothing-to-restore = The vault is not damaged, and there is no backup that can be read. Nothing was changed.
    .remedy = Go on with it. A backup is made once a day while the vault is open, once a phone has sealed it.
error-no-vault = There is no vault in { $directory }, and no backup of one.
    .remedy = Set one up: countersign up, countersign unlock
error-still-running = { $program } has not ended within { $seconds } seconds.
    .remedy = End it yourself, then run this again.
error-daemon-slow = { $program } did not get ready within { $seconds } seconds.
    .remedy = Look at { $log }
error-differs = The two are not the same.
    .remedy = Type it again.
error-no-input = Nothing was typed.
    .remedy = Type the secret at the prompt, or give it on standard input.
error-site = { $site } is no site.
    .remedy = Write an address such as https://example.com
error-seed-secret = This is no one-time code key: it has only letters, and digits from 2 to 7, or begins with otpauth://.
    .remedy = Copy what the site shows beside its QR code, or the otpauth: address inside the QR code.
error-seed-kind = This otpauth: address is of another kind than totp and hotp.
    .remedy = Ask the site for a key of an ordinary authenticator app.
error-seed-label = The label of this otpauth: address is too long, or holds characters that it must not.
    .remedy = Shorten what stands between otpauth://totp/ and the question mark, or give the key alone.
error-seed-no-secret = This otpauth: address holds no secret.
    .remedy = Copy all of it, with what stands after secret=.
error-seed-length = This one-time code key is too short, or too long, to be one.
    .remedy = Copy all of it: sites show at least 13 letters and digits.
error-seed-algorithm = This otpauth: address asks for an algorithm other than SHA1, SHA256 and SHA512.
    .remedy = Ask the site for a key of an ordinary authenticator app.
error-seed-digits = This otpauth: address asks for codes with other than 6 to 8 digits.
    .remedy = Ask the site for a key of an ordinary authenticator app.
error-seed-period = This otpauth: address asks for a period other than 1 to 86400 seconds.
    .remedy = Ask the site for a key of an ordinary authenticator app.
error-seed-counter = This otpauth: address of kind hotp does not say at which counter to begin.
    .remedy = Copy all of it, with what stands after counter=.
error-card-number = Check the number: a digit is wrong or missing.
    .remedy = Compare it with the card, digit by digit.
error-identity-name = No identity says { $name }.
    .remedy = Write --set NAME=VALUE with --kind identity; the names are { $names }
error-identity-value = The value of { $name } cannot be.
    .remedy = Countries have two letters, such as DE; birthdays are written 1992-02-29; phone numbers have 5 to 15 digits.
error-no-identity = This says nothing of anybody.
    .remedy = Say something, such as --set given-name=Jane
error-card-expiry = This is not when a card expires.
    .remedy = Type year and month, such as 2029-08, or as it stands on the card, such as 08/29.
error-card-code = The security code has three or four digits.
    .remedy = Type the digits on the back of the card; on some cards they are on the front.
error-nothing-to-change = Nothing was said that is to change in "{ $item }".
    .remedy = Say what: --title, --username, --site, --password or --one-time-code.
error-no-item = No item fits "{ $query }".
    .remedy = List them with: countersign item list
error-many-items = Several items fit "{ $query }".
    .remedy = Name one by the id that "countersign item list" shows.
error-no-browser = No Chrome, Chromium, Edge, Brave, Firefox or LibreWolf was found for this user.
    .remedy = Start the browser once, then run this again.
error-no-home = Nothing says where your home directory is.
    .remedy = Log in as yourself, or set HOME.
error-program-path = { $program } stands at a path that no manifest can hold.
    .remedy = Install Countersign at a path of plain letters.
error-io = { $error }
    .remedy = Check the data directory and the permissions of your home.
error-no-package = The packaged extension is not there.
    .remedy = Build it with: npm run build
error-browser-missing = No Chromium was found to look at pages with.
    .remedy = Install Chromium or Chrome, or name its program in COUNTERSIGN_CHROMIUM.
error-browser-ended = The browser does not start, or ended at once.
    .remedy = Start it yourself and see what it says, or name another in COUNTERSIGN_CHROMIUM.
error-browser-slow = The browser did not answer within { $seconds } seconds.
    .remedy = Run this again, with fewer programs beside it.
error-browser-refused = The browser refused: { $error }
    .remedy = It may be too old: Chromium 148 or newer is needed. Leave out --browser to look without one.
error-browser-system = A browser can look at pages on Linux and macOS only.
    .remedy = Leave out --browser.
error-page-unreadable = { $file } cannot be read: { $error }
    .remedy = Check that it is a saved page, and that you may read it.
error-page-bytes = { $file } has more than { $most } MiB.
    .remedy = Save the page again without its pictures, or cut it down to its forms.
error-page-nodes = { $file } has more than { $most } elements and texts.
    .remedy = Cut it down to its forms.
error-page-depth = The elements of { $file } are nested more than { $most } deep.
    .remedy = Close what it leaves open, or cut it down to its forms.
error-page-snapshot = { $file } was not described as the form engine wants it: { $error }
    .remedy = Countersign has a fault of its own: report it, with the page.
error-no-corrections = Nothing is remembered of the fields of { $site }.
    .remedy = List the sites of which something is with: countersign corrections
error-ended = The daemon closed the connection.
    .remedy = Look at daemon.log in the data directory.

restore-age = { $hours ->
    [0] less than an hour ago
    [one] an hour ago
   *[other] { $hours } hours ago
}
confirm-restore = The vault is not damaged. Put the backup of { restore-age } in its place? What was saved since is not in it, and one-time codes by counter count from where they were then. [y/N]
restore-done = The backup of { restore-age } is the vault now. What was saved after it is not in it.
restore-kept = What was there before is kept in { $file }
restore-next = Go on with: countersign up, countersign unlock

up-starting = Starting { $program } …
up-running = The daemon is running.
up-relay = The relay is running: { $api }
up-relay-kept = From now on "countersign up" starts the relay, too. To end that: countersign up --without-relay
up-relay-forgotten = The relay was ended, and is started no more.
up-phone = The phone app is at { $phone }
up-no-phone-app = The phone app's files were not found: host them elsewhere and name them with --phone.
up-next-set-up = Next: countersign unlock
up-next-unlock = Next: countersign unlock
up-next-pair = Next: countersign pair
down-done = Stopped.
down-nothing = Nothing was running.

status-daemon = Daemon    { $version }, process { $pid }
status-not-set-up = Vault     not set up: countersign unlock
status-locked = Vault     locked: countersign unlock
status-locked-wait = Vault     locked; wait { $seconds } s before the next try
status-unlocked = Vault     unlocked, { $items ->
    [one] 1 item
   *[other] { $items } items
}
status-phone = Phone     paired: nothing leaves the vault without it
status-no-phone = Phone     none: { $fields ->
    [0] no field is sealed
    [one] 1 field is not sealed
   *[other] { $fields } fields are not sealed
} (countersign pair phone)
status-relay-up = Relay     { $relay }
status-relay-down = Relay     { $relay }, cannot be reached
status-relay-locked = Relay     { $relay }, not connected while locked
status-no-relay = Relay     none: countersign up --with-relay
status-old-backups = Backups   from before your phone sealed the vault: they hold readable values, delete them
status-fault = Trouble   { $what }
status-browsers = Browsers  { $browsers ->
    [0] none connected
    [one] 1 connected
   *[other] { $browsers } connected
}

prompt-new-pin = Choose a PIN (at least 6 characters):
prompt-new-passphrase = There is no keystore here. Choose a passphrase (at least 12 characters):
prompt-again = The same again:
prompt-pin = PIN:
prompt-passphrase = Passphrase:
prompt-password = Password:
prompt-one-time-code = One-time code (otpauth: URI or Base32 seed):
prompt-card-number = Card number:
prompt-card-holder = Card holder:
prompt-card-expiry = Expiry (YYYY-MM):
prompt-card-security-code = Security code:

set-up-done = Your vault is set up and unlocked.
    Nobody can recover the { $pin ->
        [yes] PIN
       *[no] passphrase
    } for you.
unlock-done = Unlocked.
unlock-already = It is unlocked already.
lock-done = Locked.

pair-code = Type this code into the Countersign popup of your browser, within two minutes:
pair-link = Open this link on your phone, or scan the code, within two minutes:
pair-number = Type this number on your phone: { $number }
pair-done = Paired: { $name }
progress-asked = The phone is being asked …
progress-delivered = The phone shows the request.
progress-approved = Approved.
progress-refused = The phone refused.
progress-expired = Nobody answered in time.
progress-unreachable = The phone cannot be reached.
progress-no-relay = The relay cannot be reached, so the phone was not asked.
progress-cancelled = Cancelled.
progress-confirm = Confirm it in the browser.

item-added = Added { $title } ({ $id })
item-changed = Changed { $title }
item-waiting = Changed { $title }. The title or sites in force stay as they were until your phone re-seals the item.
item-removed = Removed { $title }. The browser's vault page can restore it for 30 days.
item-none = There are no items.
item-not-sealed = not sealed
item-waiting-mark = waits for the phone
confirm-remove = Remove { $title }? [y/N]
answer-yes = y
left-alone = Nothing was changed.

device-desktop = computer
device-browser = browser
device-phone = phone
device-approver = phone, countersigns
device-suspended = suspended
device-removed = removed

install-done = Registered with { $browser }
install-portal = { $browser } is a { $kind } here: your desktop asks once whether the extension may start a program. Say yes.
install-sandboxed = { $browser } is a { $kind } here, which starts no program outside of itself: Countersign cannot work in it. Install { $browser } as a package of
    your system, or from its maker.
install-removed = Unregistered from { $browser }
install-hint = Now load the extension in your browser: { $chromium } in Chrome, Chromium, Edge and Brave, { $firefox } in Firefox and LibreWolf. Then: countersign up
confirm-delete-data = Delete the vault in { $directory } as well? It cannot be undone. Type "delete" to do so, anything else to keep it:
answer-delete = delete
data-deleted = Deleted { $directory }
data-kept = Kept the vault in { $directory }

inspect-field = Field
inspect-label = Label
inspect-confidence = Confidence
inspect-form = Form
inspect-evidence = Evidence
inspect-no-sandbox = As root, Chromium runs without its sandbox: a page that was made to attack it could take over this computer. Run this as another user, unless you trust the pages.
inspect-nothing = No field was found.
inspect-cut = The page has more than the form engine looks at; the rest was left out.

diagnose-works = ok
diagnose-incomplete = todo
diagnose-fails = FAIL
diagnose-bundle = A text for your bug report is in { $file }. Read it before you send it.
diagnose-programs = The programs are all here.
diagnose-program-missing = The program { $program } is not beside this one.
    .remedy = Install Countersign again, or build it with: npm run build
diagnose-registered = { $browser } knows the native messaging host.
diagnose-not-registered = { $browser } does not know the native messaging host, or knows another one.
    .remedy = Tell it with: countersign install
diagnose-no-browser = No browser was found for this user.
    .remedy = Start Chrome, Chromium, Edge, Brave, Firefox or LibreWolf once, then: countersign install
diagnose-directory = The data directory is private.
diagnose-no-directory = There is no data directory yet.
    .remedy = Make it with: countersign up
diagnose-directory-open = Others may enter the data directory { $directory }.
    .remedy = Restart the daemon, which closes it: countersign down, countersign up
diagnose-no-room = The disk is almost full: { $megabytes } MB are left.
    .remedy = Make room: without it nothing can be saved.
diagnose-no-daemon = The daemon is not running.
    .remedy = Start it with: countersign up
diagnose-unusable = The daemon runs, but cannot open the vault. { $what }
    .remedy = { $remedy }
diagnose-fault = { $what }
    .remedy = { $remedy }
diagnose-daemon = The daemon runs, version { $version }.
diagnose-daemon-version = The daemon has version { $version }, this command { $own }.
    .remedy = Restart it with: countersign down, countersign up
diagnose-not-set-up = Countersign is not set up for this user yet.
    .remedy = Set it up with: countersign unlock
diagnose-locked = The vault is locked.
    .remedy = Unlock it in the browser's popup, or with: countersign unlock
diagnose-unlocked = The vault is open and holds { $items ->
    [one] 1 item
   *[other] { $items } items
}.
diagnose-browsers = { $browsers ->
    [one] A paired browser is connected
   *[other] { $browsers } paired browsers are connected
}.
diagnose-no-browsers = No paired browser is connected.
    .remedy = Open the browser with the extension; pair a new one with: countersign pair
diagnose-relay = The relay is connected.
diagnose-no-relay = No relay is set: a phone cannot be asked.
    .remedy = Start one with: countersign up --with-relay
diagnose-relay-locked = The relay is not connected while the vault is locked.
    .remedy = Unlock it with: countersign unlock
diagnose-relay-down = The relay cannot be reached: your phone cannot be asked.
    .remedy = Check this computer's network and clock, and that the relay runs: countersign up --with-relay
diagnose-phone = A phone countersigns.
diagnose-no-phone = No phone is paired: nothing is sealed.
    .remedy = Pair one with: countersign pair phone
diagnose-old-backups = { $count ->
    [one] A backup from before the sealing holds
   *[other] { $count } backups from before the sealing hold
} readable values.
    .remedy = Delete them; countersign status lists them.

corrections-none = Nothing is remembered of any site's fields.
corrections-line = {"  "}{ $field }: taken for { $guessed }, said to be { $said }
corrections-unnamed = (a field without a name)
corrections-exported = Wrote the report into { $file }.
corrections-forgotten = Forgot what you said of the fields of { $site }.
