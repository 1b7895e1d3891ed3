//! The state machine. It does no I/O: [`App::handle`] takes an [`Input`] and returns [`Effect`]s; [`App::view`] says what is to be seen.
//!
//! | module | what |
//! |---|---|
//! | [`line`] | the connection to the relay: login, calls, back-off, mail in and out |
//! | [`join`] | joining an account by link |
//! | [`setup`] | the first run: PIN, approver key, recovery words |
//! | [`lock`] | unlocking, locking, changing the PIN |
//! | [`roster`] | the device log: keeping up, noticing forks |
//! | [`inbox`] | from a delivered envelope to a message |
//! | [`requests`] | the queue, the screen, the answer |
//! | [`follow_up`] | the code that was approved with its sign-in |

mod compare;
mod follow_up;
mod inbox;
mod join;
mod line;
mod lock;
mod requests;
mod roster;
mod setup;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use countersign_seal::{
    follow_up::FollowUp,
    id::{DeviceId, RequestId, UnixMillis},
    keys::DeviceKeys as _,
    log::{Log, State},
    pairing::Link,
    recovery::RecoveryWords,
    request::LIFETIME_MILLIS,
    secret::SecretBytes,
};
use countersign_wire::mail::ToDesktop;

use crate::{
    platform::{Platform, StoreFault},
    record::{self, Account, ApproverKey, Record, Records, Stop},
    screen::{DeviceRow, Home, Locked, News, PairingFault, Screen, View, Warning, Words, short_fingerprint},
};
use inbox::Delivery;
use line::Line;
use requests::{Current, Waiting};

/// Idle time after which the app locks, in milliseconds.
pub const AUTO_LOCK_MILLIS: u64 = 300_000;
/// Computers keep time by steps that are smaller than this; what is larger sets the clock back.
const SET_BACK_MILLIS: u64 = 1000;
/// How long a new approval screen takes no answer, in milliseconds: a tap meant for what was there before must not approve.
pub const GUARD_MILLIS: u64 = 700;

/// What happens to the app.
#[derive(Debug)]
pub enum Input {
    /// The app has started.
    Started,
    /// A link was opened or pasted: a whole URL or its fragment.
    LinkOpened(String),
    /// The user wants to join, and calls the phone this.
    Join {
        /// The phone's name.
        name: String,
    },
    /// The user does not want to join, or to try the link again.
    LeaveLink,
    /// The user chose a PIN.
    NewPin {
        /// The PIN.
        pin: SecretBytes,
        /// Its repetition.
        again: SecretBytes,
    },
    /// The user has written the words down.
    WordsSeen,
    /// The user wants to see the words again.
    WordsAgain,
    /// The user typed the two words back.
    WordsTyped([String; 2]),
    /// The user typed the PIN.
    Unlock(SecretBytes),
    /// The user locks the app.
    Lock,
    /// The user approves.
    Approve {
        /// Which request the screen showed.
        request: RequestId,
        /// What was typed.
        number: String,
        /// Whether a wider use was consented to.
        consent: bool,
        /// The PIN, where the item asks for it.
        pin: Option<SecretBytes>,
    },
    /// The user refuses.
    Refuse {
        /// Which request the screen showed.
        request: RequestId,
        /// Whether the user says that somebody else asked.
        not_me: bool,
    },
    /// The user allows requests again after a mute or back-off.
    AllowRequests,
    /// The user has read the news.
    NewsRead,
    /// The user changes the PIN.
    ChangePin {
        /// The PIN so far.
        present: SecretBytes,
        /// The new one.
        pin: SecretBytes,
        /// Its repetition.
        again: SecretBytes,
    },
    /// The user takes this phone out of use: everything on it is deleted.
    Forget,
    /// The user touched the app.
    Used,
    /// The page came into view, or went out of it.
    Visible(bool),
    /// The network is back.
    Resumed,
    /// Time passed; about twice a second.
    Tick,
    /// The connection of this number is open.
    Opened(u32),
    /// A message came over the connection of this number.
    Received(u32, Vec<u8>),
    /// The connection of this number is closed.
    Closed(u32),
}

impl Input {
    /// Whether it takes long enough that the screen should say so first.
    #[must_use]
    pub const fn is_slow(&self) -> bool {
        matches!(
            self,
            Self::NewPin { .. } | Self::Unlock(_) | Self::ChangePin { .. } | Self::Approve { pin: Some(_), .. }
        )
    }
}

/// What the surroundings do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open a WebSocket; its events carry this number.
    Connect {
        /// The connection's number.
        connection: u32,
        /// The WebSocket URL.
        url: String,
    },
    /// Send one binary message.
    Transmit(Vec<u8>),
    /// Close the connection.
    Disconnect,
    /// A request waits: tell the user if the page is in the background.
    Alert,
    /// Everything was deleted: begin anew.
    Restart,
}

/// What is done after the screen is drawn.
enum Later {
    /// Tell the desktop that its request arrived.
    SayDelivered(DeviceId, RequestId),
    /// A calmer caution: should it be lost, the old one is the stricter.
    SaveCaution,
    /// A request that is answered is known as answered by the activity list.
    SaveWaiting,
}

/// What went wrong inside.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    Seal(countersign_seal::Error),
    Store,
}

impl From<countersign_seal::Error> for Fault {
    fn from(error: countersign_seal::Error) -> Self {
        Self::Seal(error)
    }
}

impl From<StoreFault> for Fault {
    fn from(_: StoreFault) -> Self {
        Self::Store
    }
}

impl Fault {
    const fn warning(&self) -> Warning {
        match self {
            Self::Seal(_) => Warning::Platform,
            Self::Store => Warning::Storage,
        }
    }
}

/// Where the user stands. Nothing of it is kept between visits.
enum Stage<A> {
    Welcome(Option<PairingFault>),
    Invited(Box<Link>),
    Joining(Box<join::Joining>),
    ChoosePin(Option<crate::pin::PinFault>),
    Words(Box<NewWords>),
    CheckWords {
        words: Box<NewWords>,
        positions: [usize; 2],
        wrong: bool,
    },
    /// Holds the approver key if it was made in this visit.
    Confirming(Option<A>),
    Locked {
        wrong: bool,
    },
    Open {
        approver: A,
        news: Option<News>,
    },
    OtherApprover,
    Dismissed(State),
    Stopped(Stop),
}

/// Recovery words that the user has not confirmed, and what they will recover.
struct NewWords {
    words: RecoveryWords,
    pkcs8: SecretBytes,
}

/// The phone app.
pub struct App<P: Platform> {
    platform: P,
    me: DeviceId,
    account: Option<Account>,
    log: Option<Log>,
    key: Option<ApproverKey>,
    attempts: crate::pin::Attempts,
    replay: crate::replay::Replay,
    activity: crate::activity::Activity,
    caution: crate::caution::Caution,
    stage: Stage<P::Approver>,
    warning: Option<Warning>,
    line: Line,
    inbox: VecDeque<Delivery>,
    queue: VecDeque<Waiting>,
    current: Option<Current>,
    /// Codes that were approved with their sign-in and have not been asked for: never kept.
    follow_ups: Vec<FollowUp>,
    is_visible: bool,
    used: UnixMillis,
    /// What the clock said last.
    seen: UnixMillis,
    effects: Vec<Effect>,
    later: Vec<Later>,
    /// Whether a request came in that is not kept for the next visit yet.
    has_new: bool,
}

impl<P: Platform> App<P> {
    /// Takes up where the last visit ended.
    ///
    /// # Errors
    /// If the kept log does not verify: somebody changed this device's storage.
    pub fn new(platform: P, records: Records, now: UnixMillis) -> countersign_seal::Result<Self> {
        let me = platform.device().public().fingerprint();
        let log = records.log.map(|log| Log::verify(log.entries)).transpose()?;
        let mut app = Self {
            platform,
            me,
            account: records.account,
            log,
            key: records.approver,
            attempts: records.attempts,
            replay: records.replay,
            activity: records.activity,
            caution: records.caution,
            stage: Stage::Welcome(None),
            warning: None,
            line: Line::default(),
            inbox: VecDeque::new(),
            queue: VecDeque::new(),
            current: None,
            follow_ups: Vec::new(),
            is_visible: true,
            used: now,
            seen: now,
            effects: Vec::new(),
            later: Vec::new(),
            has_new: false,
        };
        app.stage = app.first_stage();
        app.inbox = records.waiting.envelopes.into_iter().map(Delivery::kept).collect();
        Ok(app)
    }

    /// Takes an input at `now` and says what to do next. Inputs are handled one after the other, each with [`App::wind_up`] after it.
    pub async fn handle(&mut self, input: Input, now: UnixMillis) -> Vec<Effect> {
        self.pass_time(now);
        // Also before the first touch after a pause: a page in the background may not have been told that time passed.
        if now.0.saturating_sub(self.used.0) >= AUTO_LOCK_MILLIS {
            self.lock();
        }
        if is_use(&input) {
            self.used = now;
        }
        if let Err(fault) = self.dispatch(input, now).await {
            self.warning = Some(fault.warning());
        }
        core::mem::take(&mut self.effects)
    }

    /// Lets no clock that is set back give more time than there was: it revives no right to a code, and the app has been idle for as long as before.
    fn pass_time(&mut self, now: UnixMillis) {
        let back = self.seen.0.saturating_sub(now.0);
        if back >= SET_BACK_MILLIS {
            self.follow_ups.clear();
            self.used = UnixMillis(self.used.0.saturating_sub(back));
        }
        self.seen = now;
    }

    /// Does what an input left to be done and nobody waits for: it comes after the screen, and after what was sent.
    pub async fn wind_up(&mut self, now: UnixMillis) -> Vec<Effect> {
        for later in core::mem::take(&mut self.later) {
            if let Err(fault) = self.do_later(later, now).await {
                self.warning = Some(fault.warning());
            }
        }
        core::mem::take(&mut self.effects)
    }

    async fn do_later(&mut self, later: Later, now: UnixMillis) -> Result<(), Fault> {
        match later {
            Later::SayDelivered(to, request) => {
                self.post(to, &ToDesktop::Delivered { request }, LIFETIME_MILLIS, now).await
            }
            Later::SaveCaution => self.save(Record::Caution, &self.caution).await,
            Later::SaveWaiting => self.save_waiting().await,
        }
    }

    async fn dispatch(&mut self, input: Input, now: UnixMillis) -> Result<(), Fault> {
        match input {
            Input::Started => self.start(now).await,
            Input::LinkOpened(text) => {
                self.open_link(&text);
                Ok(())
            }
            Input::Join { name } => self.join(name, now),
            Input::LeaveLink => {
                self.leave_link();
                Ok(())
            }
            Input::NewPin { pin, again } => self.choose_pin(&pin, &again).await,
            Input::WordsSeen => self.ask_words(),
            Input::WordsAgain => {
                self.show_words_again();
                Ok(())
            }
            Input::WordsTyped(typed) => self.check_words(typed, now).await,
            Input::Unlock(pin) => self.unlock(&pin, now).await,
            Input::Lock => {
                self.lock();
                Ok(())
            }
            Input::Approve { request, number, consent, pin } => {
                self.approve(request, &number, consent, pin.as_ref(), now).await
            }
            Input::Refuse { request, not_me } => self.refuse(request, not_me, now).await,
            Input::AllowRequests => self.allow_requests(now).await,
            Input::NewsRead => {
                self.tell(None);
                Ok(())
            }
            Input::ChangePin { present, pin, again } => self.change_pin(&present, &pin, &again, now).await,
            Input::Forget => self.forget().await,
            Input::Used => Ok(()),
            Input::Visible(is_visible) => {
                self.is_visible = is_visible;
                if is_visible { self.resume_line(now) } else { Ok(()) }
            }
            Input::Resumed => self.resume_line(now),
            Input::Tick => self.tick(now).await,
            Input::Opened(number) => {
                self.line_opened(number, now);
                Ok(())
            }
            Input::Received(number, bytes) => self.line_received(number, &bytes, now).await,
            Input::Closed(number) => {
                self.line_closed(number, now);
                Ok(())
            }
        }
    }

    async fn start(&mut self, now: UnixMillis) -> Result<(), Fault> {
        if self.wants_line() {
            self.connect(now);
        }
        self.work(now).await
    }

    async fn tick(&mut self, now: UnixMillis) -> Result<(), Fault> {
        // What was over once stays over, also if the clock is set back later.
        self.follow_ups.retain(|granted| !granted.is_over(now));
        self.expire_requests(now).await?;
        self.expire_join(now);
        self.tick_line(now)?;
        self.repeat_proposal(now).await
    }

    async fn forget(&mut self) -> Result<(), Fault> {
        self.platform.erase().await?;
        self.effects.extend([Effect::Disconnect, Effect::Restart]);
        Ok(())
    }

    /// Where the records say the user stands.
    fn first_stage(&self) -> Stage<P::Approver> {
        let (Some(account), Some(log)) = (&self.account, &self.log) else { return Stage::Welcome(None) };
        if let Some(stop) = account.stop {
            return Stage::Stopped(stop);
        }
        match log.listed(self.me).map(|listed| listed.state) {
            Some(State::Active) => {}
            Some(state) => return Stage::Dismissed(state),
            None => return Stage::Dismissed(State::Removed),
        }
        match (self.standing(), &self.key) {
            (Standing::Other, _) => Stage::OtherApprover,
            (Standing::Foreign, _) => Stage::Stopped(Stop::ForeignApprover),
            (Standing::NoneYet, None) => Stage::ChoosePin(None),
            (Standing::NoneYet, Some(ApproverKey { proposal: Some(_), .. })) => Stage::Confirming(None),
            (Standing::Ours | Standing::NoneYet, _) => Stage::Locked { wrong: false },
        }
    }

    /// What is to be seen now.
    #[must_use]
    pub fn view(&self, now: UnixMillis) -> View {
        View {
            screen: self.screen(now),
            connection: self.connection(),
            warning: self.warning,
            relay: self.account.as_ref().map_or_else(String::new, |account| account.relay.clone()),
            devices: self.device_rows(),
            activity: self.activity.iter().cloned().collect(),
            muted: self.caution.muted(),
            paused_until: self.caution.waits_until(now),
        }
    }

    fn screen(&self, now: UnixMillis) -> Screen {
        match &self.stage {
            Stage::Welcome(fault) => Screen::Welcome(*fault),
            Stage::Invited(_) => Screen::Invited,
            Stage::Joining(_) => Screen::Joining,
            Stage::ChoosePin(fault) => Screen::ChoosePin(*fault),
            Stage::Words(new) => Screen::Words(Words(new.words.words().unwrap_or_default())),
            Stage::CheckWords { positions, wrong, .. } => {
                Screen::CheckWords { positions: positions.map(|position| position + 1), wrong: *wrong }
            }
            Stage::Confirming(_) => Screen::Confirming,
            Stage::Locked { wrong } => Screen::Locked(Locked {
                waiting: self.queue.len() + usize::from(self.current.is_some()),
                wrong: *wrong,
                blocked_until: self.attempts.blocked_until(now),
                resumes_setup: self.key.as_ref().is_some_and(|key| key.proposal.is_none()),
            }),
            Stage::Open { news, .. } => match &self.current {
                Some(current) => Screen::Approval(Box::new(self.approval(current))),
                None => Screen::Home(Home { news: news.clone() }),
            },
            Stage::OtherApprover => Screen::OtherApprover,
            Stage::Dismissed(state) => Screen::Dismissed(*state),
            Stage::Stopped(stop) => Screen::Stopped(*stop),
        }
    }

    fn device_rows(&self) -> Vec<DeviceRow> {
        let devices = self.log.as_ref().map_or(&[] as &[_], Log::devices);
        devices
            .iter()
            .map(|listed| {
                let id = listed.device.id();
                DeviceRow {
                    name: listed.device.name.clone(),
                    kind: listed.device.kind,
                    state: listed.state,
                    approver: listed.approver,
                    this: id == self.me,
                    fingerprint: short_fingerprint(id.as_bytes()),
                }
            })
            .collect()
    }

    /// A listed device's name.
    fn name_of(&self, device: DeviceId) -> String {
        self.log
            .as_ref()
            .and_then(|log| log.listed(device))
            .map_or_else(String::new, |listed| listed.device.name.clone())
    }

    /// Puts news on the home screen.
    fn tell(&mut self, told: Option<News>) {
        if let Stage::Open { news, .. } = &mut self.stage {
            *news = told;
        }
    }

    async fn save_account(&self) -> Result<(), Fault> {
        self.save(Record::Account, &self.account).await
    }

    async fn save<T: serde::Serialize>(&self, name: Record, value: &T) -> Result<(), Fault> {
        Ok(self.platform.save(name, record::encode(value)?).await?)
    }
}

/// Whether a person did this.
const fn is_use(input: &Input) -> bool {
    !matches!(
        input,
        Input::Started
            | Input::Visible(_)
            | Input::Resumed
            | Input::Tick
            | Input::Opened(_)
            | Input::Received(..)
            | Input::Closed(_)
    )
}

/// How this phone stands to the account's approver key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The account has none.
    NoneYet,
    /// It is ours.
    Ours,
    /// Another phone made it.
    Other,
    /// It stands for ours and is not what we proposed: whoever wrote the log entry changed it.
    Foreign,
}
