# The phone app. Computer: the user's desktop, where the daemon runs. Browser: a paired browser profile on it.

app-name = Countersign
reveal-show = Show
reveal-hide = Hide
working = One moment…

## Connection

online = Connected
connecting = Connecting…
offline = Not connected

## Welcome and pairing

welcome-title = Your phone has the last word
welcome-text = Countersign on your computer asks this phone before any password, code or card leaves the vault.
welcome-how-title = Pair this phone
welcome-how-1 = On your computer, run “countersign pair phone”, or open Devices in the vault.
welcome-how-2 = Scan the code it shows with this phone’s camera, or paste the link below.
welcome-link-label = Pairing link
welcome-link-hint = Good for two minutes, and only once.
welcome-link-button = Continue
pairing-invited-title = Pair with your computer?
pairing-invited-text = Go on only if you have just asked your own computer for this code.
pairing-name-label = Name of this phone
pairing-name-hint = Your other devices show it.
pairing-name-default = My phone
pairing-name-android = Android phone
pairing-name-iphone = iPhone
pairing-name-ipad = iPad
pairing-name-desktop = Phone app
pairing-join = Pair this phone
pairing-cancel = Cancel
pairing-joining-title = Pairing…
pairing-joining-text = Keep this page open. Your computer must be unlocked.
pairing-fault-link = This is not a pairing link.
pairing-fault-link-remedy = Copy the whole link from your computer, or scan the code again.
pairing-fault-newer = The link comes from a newer Countersign.
pairing-fault-newer-remedy = Reload this page to update the app, then ask your computer for a new link.
pairing-fault-insecure = The link names a relay that is not reached over HTTPS.
pairing-fault-insecure-remedy = Do not use it. Ask whoever runs your relay to serve it over HTTPS.
pairing-fault-late = The link was used already, or its two minutes are over.
pairing-fault-late-remedy = Ask your computer for a new one.
pairing-fault-proof = Your computer could not prove that the link is its own.
pairing-fault-proof-remedy = Nothing was paired. Ask your computer for a new link; if this happens again, someone may be in between.
pairing-fault-unreachable = The relay cannot be reached.
pairing-fault-unreachable-remedy = Check this phone’s network, then ask your computer for a new link.
pairing-fault-version = This app and the relay speak different versions.
pairing-fault-version-remedy = Reload this page to update the app.
pairing-fault-storage = This browser does not let the app keep anything.
pairing-fault-storage-remedy = Leave private browsing, or free some space, and try again.
pairing-fault-platform = This browser lacks the cryptography that the app needs.
pairing-fault-platform-remedy = Update the browser, or use another one.

## First run

step = Step { $step } of 3
pin-title = Choose a PIN
pin-text = The app asks for it each time it opens. The PIN is part of the key that guards your approvals: nobody can reset it.
pin-label = New PIN
pin-hint = At least 6 digits or characters. A longer one is harder to guess.
pin-again-label = The same PIN again
pin-button = Continue
pin-weaker = A PIN is weaker than your phone’s own screen lock; using that instead comes later.
pin-fault-short = Use at least 6 digits or characters.
pin-fault-long = Use at most 128 characters.
pin-fault-simple = Too easy to guess: not one character repeated, and no run such as 123456.
pin-fault-different = The two PINs differ. Type both again.
words-title = Write down these twelve words
words-text = If this phone is lost, only these words can bring your vault back, once restoring is part of this app. They are shown only now.
words-warning = On paper, not in a photo or a note on this phone.
words-list-label = Recovery words
words-button = I have written them down
check-title = Check your words
check-text = Type these two from your paper.
check-label = Word number { $position }
check-wrong = Not the words that were shown. Compare with your paper, spelling included.
check-button = Continue
check-again = Show the words again
confirming-title = Waiting for your computer
confirming-text = Your words are checked. Your computer now writes this phone’s key into the list of your devices. Keep it unlocked and online.

## Lock

locked-title = Locked
locked-text = Type your PIN to open Countersign.
locked-resume = The set-up is not complete. Type the PIN you chose to go on with it.
locked-waiting =
    { $count ->
        [one] A request waits for your answer.
       *[other] { $count } requests wait for your answer.
    }
locked-label = PIN
locked-button = Unlock
locked-wrong = Wrong PIN.
locked-blocked = Too many wrong PINs. Try again in { $left }.

## Home

home-title = Nothing to approve
home-text = When your computer asks, the request appears here.
home-keep-open = Requests reach this phone only while the app is open. Keep it open, or open it when your computer says that it asks.
home-muted = Requests are muted, because you said one wasn’t yours.
home-muted-remedy = If you suspect someone else, check your computer first: remove browsers and devices that you do not know.
home-paused = After several refusals, requests are turned away for { $left }.
home-allow = Allow requests again
news-dismiss = Dismiss
news-ready = All set: this phone now countersigns.
news-approved = Approved: { $title }
news-follow-up = One-time code for { $title } given to { $computer }, as you approved with the sign-in.
news-approved-sent = Sending to { $computer }…
news-approved-received = { $computer } has received it.
news-refused = Refused.
news-not-me = Refused, and requests are muted.
news-not-me-remedy = Your computer locks itself as soon as it hears of it.
news-wrong-number = The number was wrong, so the request has ended.
news-wrong-number-remedy = If you still need it, ask again on your computer.
news-automatic = A request was refused by this app.
news-withdrawn-cancelled = The request was cancelled on your computer.
news-withdrawn-gone = The page or browser that asked was closed.
news-withdrawn-restarted = Your computer restarted Countersign. Ask again there.
news-withdrawn-expired = The request ran out of time.
news-withdrawn-locked = Your computer was locked.
news-expired = The request ran out of time. If you still need it, ask again on your computer.
news-paired = This phone is paired already.
news-paired-remedy = To pair it with another account, take it out of use first, under Settings.
news-pin-changed = The PIN was changed.
news-pin-wrong = The present PIN was wrong. The PIN was not changed.
news-pin-refused = The PIN was not changed.

## Request

request-announce = A request from { $computer } needs your answer.
request-fill = Fill { $what }?
request-fill-code-next = Fill { $what }, and the one-time code asked for next?
request-code-next = Included
request-code-next-value = One code, if the same tab asks within 5 minutes. The app, open and unlocked, gives it without asking again.
request-submit = Afterwards
request-submit-value = Submits the form.
request-copy = Show a one-time code to copy?
request-copy-where = The code appears
request-copy-where-value = On { $computer }, in { $browser }, to be copied. Other programs there can read what is copied.
request-reseal = Change this item?
request-add = Add this device?
request-item = Item
request-sites = This item is for
request-asker = Asked by
request-asker-value = { $browser } on { $computer }
request-asked = Asked
request-time-left = { $left } left
request-more =
    { $count ->
        [one] 1 more request waits.
       *[other] { $count } more requests wait.
    }
request-page = Page
request-frame = Frame inside it, which gets the data
request-caution-frame = Two sites are involved.
request-caution-frame-remedy = The page { $top } shows a frame of { $frame }. The frame gets the data.
request-caution-punycode = This address imitates other letters.
request-caution-punycode-remedy = { $origin } is written with letters that can look like those of another site. Approve only if you know it.
request-caution-insecure = The connection is not encrypted.
request-caution-insecure-remedy = Whoever is on the same network as { $origin } can read what is filled.
request-number-label = Number shown on your computer
request-number-hint = Two digits. A wrong number ends the request.
request-number-missing = Type the two digits that your computer shows.
request-pin-label = Your PIN
request-pin-hint = This item asks for it each time.
request-pin-wrong = Wrong PIN.
request-pin-blocked = Too many wrong PINs. Refuse, or wait.
request-consent = Yes, this item may be used there
request-consent-policy = Yes, this item may be used more easily
request-consent-hint = What is marked “Wider” above lets it be used where, or more easily than, it could not be before.
request-consent-missing = Tick the box above to agree to the wider use, or refuse.
request-failed = This phone could not make the answer. Try again, or refuse.
request-approve = Approve
request-refuse = Refuse
request-not-me = This wasn’t me
site-exact = exactly this address
site-domain = and every address under { $domain }
kind-password = password
kind-one-time-code = one-time code
kind-card-number = card number
kind-card-holder = card holder
kind-card-expiry = card expiry
kind-card-security-code = card security code
kind-note = note
kind-hidden = hidden field
kinds-list-two = { $first } and { $last }
kinds-list-more = { $first }, { $last }
reseal-item = Item
reseal-changes = Changes
reseal-none = Nothing that you would notice: the item is sealed again.
reseal-title = New title: { $title }
reseal-site-added = New site
reseal-rule-loosened = Reaches further
reseal-rule-tightened = Reaches less far
reseal-site-removed = No longer used there
reseal-any-site = A card without a site may be used in every shop
reseal-policy-loosened = The phone no longer asks for your PIN before each use
reseal-policy-tightened = The phone asks for your PIN before each use
reseal-submit-on = Forms are submitted by themselves once they are filled
reseal-submit-off = Forms are no longer submitted by themselves
reseal-wider = Wider
add-name = Name
add-kind = Kind
add-fingerprint = Fingerprint
add-fingerprint-hint = It stands in the list of your devices, too.

## Devices, activity, settings

nav-label = Sections
nav-home = Requests
nav-devices = Devices
nav-activity = Activity
nav-settings = Settings
devices-title = Devices
devices-text = Everything that belongs to your account. Only this list decides who may ask and who may answer.
device-desktop = Computer
device-browser = Browser
device-phone = Phone
device-this = this phone
device-approver = approves
device-suspended = suspended
device-removed = removed
activity-title = Activity
activity-text = The last 50 answers. The list stays on this phone.
activity-empty = Nothing yet.
activity-fill = Fill
activity-follow-up = One-time code
activity-copy = One-time code to copy
activity-reseal = Change of an item
activity-add-device = New device
activity-compare = “Is this the same password?”
activity-unknown = Unreadable request
activity-approved = Approved
activity-answered = Answered yes or no
activity-refused = Refused
activity-not-me = “This wasn’t me”
activity-wrong-number = Wrong number
activity-other-site = Refused by the app: asked for a site that is not among the item’s own
activity-invalid = Refused by the app: not in order
activity-expired = Refused by the app: too late, or a clock is wrong
activity-unsupported = Refused by the app: not possible with this version
activity-busy = Refused by the app: too many requests
activity-logs-differ = Refused by the app: the device lists differed
settings-title = Settings
settings-pin-title = Change PIN
settings-pin-present = Present PIN
settings-pin-button = Change PIN
settings-words-title = Recovery words
settings-words-text = Set. They cannot be shown again.
settings-notify-title = Notifications
settings-notify-text = Tell me about a request while the app is in the background.
settings-notify-button = Allow notifications
settings-notify-on = Allowed.
settings-notify-off = Blocked in this browser’s settings.
settings-about-title = About
settings-about-version = Countersign { $version }
settings-about-relay = Relay: { $relay }
settings-lock = Lock now
settings-forget-title = Take this phone out of use
settings-forget-text = Deletes everything on this phone, its keys included. If no other phone approves, nothing opens what is sealed.
settings-forget-button = Delete everything on this phone…
settings-forget-confirm = Delete everything now
settings-forget-cancel = Keep

## Ends

other-title = Another phone approves already
other-text = Your account has an approving phone. A second one comes later; until then this phone can do nothing.
dismissed-removed-title = This phone was removed
dismissed-removed-text = It no longer belongs to your account and can approve nothing.
dismissed-suspended-title = This phone is suspended
dismissed-suspended-text = It can approve nothing until one of your devices resumes it.
stopped-forked-title = Stopped: two histories of your devices
stopped-forked-text = Someone showed this phone a different list of your devices than the one it knows. Both cannot be true, so it approves nothing any more.
stopped-foreign-title = Stopped: not the key this phone made
stopped-foreign-text = The list of your devices names an approver or recovery key that this phone did not make. It approves nothing any more.
stopped-remedy = Compare the devices below with those on your computer. If you do not know one of them, your computer may be in foreign hands.
elsewhere-title = Open in another tab
elsewhere-text = Countersign runs in another tab or window of this browser. Go on there, or close it and reload this page.
elsewhere-button = Reload
broken-title = The app cannot start
broken-storage = This browser does not let the app keep anything. Leave private browsing, or free some space, and reload.
broken-platform = This browser lacks the cryptography that the app needs. Update the browser, or use another one.
broken-newer = What is stored on this phone comes from a newer version of the app. Reload the page to update.
broken-records = What is stored on this phone is damaged. Reload the page. If that does not help, this phone can approve nothing any more.

## Warnings

warning-storage = This phone’s storage is full or refused: nothing is answered until it works again. Free some space, then reload.
warning-platform = This phone’s cryptography failed. Reload the page; if it happens again, restart the phone.
warning-login-refused = The relay does not accept this phone. Check the date and time of this phone; else it may have been removed.
warning-relay-version = This app and the relay speak different versions. Reload the page to update.
warning-relay-behind = The relay shows an older list of your devices than this phone knows. Ask whoever runs it whether it was restored from a backup.
warning-relay-garbled = The relay sent something unreadable, and was disconnected.
warning-clock = The clocks of this phone and of the relay differ. Set this phone’s date and time to automatic.
warning-undelivered = An answer could not be delivered: the computer that asked is gone, or its mailbox is full.

## Time

seconds =
    { $count ->
        [one] 1 second
       *[other] { $count } seconds
    }
minutes =
    { $count ->
        [one] 1 minute
       *[other] { $count } minutes
    }
hours =
    { $count ->
        [one] 1 hour
       *[other] { $count } hours
    }
days =
    { $count ->
        [one] 1 day
       *[other] { $count } days
    }
ago-now = just now
ago = { $time } ago
notification-title = Countersign asks
notification-body = A request waits for your answer.
