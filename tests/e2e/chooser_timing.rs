//! Pages that count the chooser's items by a stopwatch.
//!
//! That they cannot is so by construction, and is proved without one: all that a page hears of a chooser has happened before the daemon is asked, so it hears the
//! same, in the same order, of a daemon that stands still; and nothing more when that one goes on and fifty items are drawn. The stopwatch is held against it all the
//! same, in the soak: whoever has learnt from half of the times which are whose guesses the other half no better than by chance. It wants a computer that does nothing
//! else: where all processors are busy, drawing fifty items may make any other program wait, pages among them.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Frame, Site,
    spine::{chooser_closes, open_chooser, settle},
};
use serde_json::Value;
use tokio::time::sleep;

use crate::rig::Rig;

const FIELD: &str = "[name=password]";
/// How many items the chooser shows.
const COUNT: &str = "document.querySelectorAll('main [data-key]').length";
/// How often each page presses.
const PRESSES: usize = 10;
/// How long a page listens after a press: longer than a chooser takes to show its items on a computer at rest.
const LISTENS: Duration = Duration::from_millis(200);
/// The share of right guesses that chance leaves far behind: of twenty guesses nineteen are right twice in a hundred thousand times.
const BY_CHANCE: f64 = 0.9;
/// How many rounds must tell the same items apart by the same reading.
const ROUNDS: usize = 3;

/// Makes a page note when it hears things, when it sees the press, and the longest that it was kept waiting since.
const STOPWATCH: &str = "void (() => {
    const now = () => performance.now();
    heard.push = (...what) => (times.push(now()), Array.prototype.push.apply(heard, what));
    for (const type of ['pointerdown', 'mousedown']) addEventListener(type, () => (pressed ??= now()), true);
    const tick = () => { const time = now(); longest = Math.max(longest, time - last); last = time; setTimeout(tick); };
    Object.assign(window, { times: [], pressed: undefined, longest: 0, last: now() });
    tick();
})()";
const RESET: &str = "void (times.length = 0, pressed = undefined, longest = 0, last = performance.now())";
/// From the press, or else from the first that is heard of it: until the first and the last is heard; and the longest wait.
const READ: &str = "((start = pressed ?? times[0]) => [times[0] - start, times.at(-1) - start, longest])()";
const READINGS: [&str; 3] = ["the first that is heard", "the last that is heard", "the longest wait"];

/// The place of the icon in the field.
const ICON: &str = "(() => { const box = document.querySelector('[name=password]').getBoundingClientRect(); return [box.right - 12, box.top + box.height / 2]; })()";

/// Opens a page with the icon in its field, quiet after loading.
async fn watcher(rig: &Rig, site: &Site) -> Result<Frame> {
    let page = rig.open(&site.url("/watcher")).await?;
    page.click(FIELD).await?;
    page.wait_for("document.hasFocus() && document.readyState === 'complete' && !!host()").await?;
    page.evaluate("new Promise(done => setTimeout(done, 100)).then(() => (heard.length = 0))").await?;
    Ok(page)
}

/// A page hears all that it ever hears while the daemon stands still.
pub(crate) async fn the_page_hears_nothing_of_items(rig: &Rig, crowded: &Site, items: usize) -> Result<()> {
    let page = watcher(rig, crowded).await?;
    rig.desk.daemon.pause()?;
    let chooser = open_chooser(&rig.browser, &page, FIELD).await?;
    // Nor does the user read that nothing is saved before that is known.
    chooser.wait_for("document.querySelector('main [aria-busy=true]')?.innerText === ''").await?;
    settle().await;
    let before = page.evaluate("known()").await?;
    let shown = chooser.evaluate(COUNT).await?;
    rig.desk.daemon.resume()?;
    ensure!(shown == 0, "{shown} items are shown without the daemon");
    ensure!(before["heard"].as_array().is_some_and(|heard| heard.len() > 3), "the page heard nothing: {before}");
    chooser.wait_for(&format!("{COUNT} === {items}")).await?;
    settle().await;
    let after = page.evaluate("known()").await?;
    ensure!(after == before, "of {items} items a page hears\n{after}\nand before them\n{before}");
    page.close().await?;
    chooser_closes(&rig.browser).await
}

/// A page with a stopwatch, how many items its site has, and its times: one list for each reading.
struct Timed {
    page: Frame,
    items: usize,
    times: [Vec<f64>; 3],
}

impl Timed {
    async fn open(rig: &Rig, site: &Site, items: usize) -> Result<Self> {
        let page = watcher(rig, site).await?;
        page.evaluate(STOPWATCH).await?;
        Ok(Self { page, items, times: Default::default() })
    }

    /// Opens the chooser, listens, and closes it: by the icon, both. Nobody looks into the browser meanwhile.
    async fn press(&mut self, rig: &Rig) -> Result<()> {
        self.page.activate().await?;
        self.page.click(FIELD).await?;
        self.page.wait_for("document.hasFocus() && !!host()").await?;
        let place = self.page.evaluate(ICON).await?;
        let [Some(x), Some(y)] = [place[0].as_f64(), place[1].as_f64()] else { anyhow::bail!("no icon") };
        self.page.evaluate(RESET).await?;
        self.page.click_at(x, y).await?;
        sleep(LISTENS).await;
        self.page.wait_for("times.length").await?;
        let read: Value = self.page.evaluate(READ).await?;
        for (times, reading) in self.times.iter_mut().zip(0..) {
            let time: &Value = &read[reading];
            times.push(time.as_f64().with_context(|| format!("no time: {read}"))?);
        }
        let chooser = rig.browser.wait_for_frame("chooser.html").await?;
        chooser.wait_for(&format!("!document.querySelector('.connecting') && {COUNT} === {}", self.items)).await?;
        self.page.click_at(x, y).await?;
        chooser_closes(&rig.browser).await
    }
}

/// The share of times that are told apart rightly by the threshold that does best on the others: one half judges the other.
fn told_apart(ones: &[f64], others: &[f64]) -> f64 {
    let sample = |half: usize| {
        let of = |times: &[f64], is_other: bool| {
            times.iter().skip(half).step_by(2).map(|time| (*time, is_other)).collect::<Vec<_>>()
        };
        [of(ones, false), of(others, true)].concat()
    };
    let right = |(threshold, above): (f64, bool), sample: &[(f64, bool)]| {
        sample.iter().filter(|(time, is_other)| (*time > threshold) == (*is_other == above)).count()
    };
    let halves = [sample(0), sample(1)];
    let guess = |learnt: &[(f64, bool)], judged: &[(f64, bool)]| {
        let mut times: Vec<f64> = learnt.iter().map(|(time, _)| *time).collect();
        times.sort_by(f64::total_cmp);
        let middles = times.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
        middles
            .flat_map(|middle| [(middle, true), (middle, false)])
            .max_by_key(|threshold| right(*threshold, learnt))
            .map_or(0, |best| right(best, judged))
    };
    let [one, other] = &halves;
    let total = u32::try_from(one.len() + other.len()).unwrap();
    f64::from(u32::try_from(guess(one, other) + guess(other, one)).unwrap()) / f64::from(total)
}

/// Sites without items, with one, and with many, in turns. What else a computer does may tell them apart once, but not the same way [`ROUNDS`] times.
pub(crate) async fn a_stopwatch_tells_nothing(rig: &Rig, empty: &Site, crowded: &Site, items: usize) -> Result<()> {
    let mut told = told_in_a_round(rig, empty, crowded, items).await?;
    for _ in 1..ROUNDS {
        if told.is_empty() {
            return Ok(());
        }
        println!("told apart: {told:?}");
        let again = told_in_a_round(rig, empty, crowded, items).await?;
        told.retain(|one| again.iter().any(|other| (other.reading, other.counts) == (one.reading, one.counts)));
    }
    ensure!(told.is_empty(), "told apart {ROUNDS} times: {told:?}");
    Ok(())
}

/// What told which counts of items apart, and how often.
#[derive(Debug)]
struct Told {
    reading: &'static str,
    counts: [usize; 2],
    #[expect(dead_code, reason = "printed")]
    share: f64,
}

async fn told_in_a_round(rig: &Rig, empty: &Site, crowded: &Site, items: usize) -> Result<Vec<Told>> {
    let mut pages = [
        Timed::open(rig, empty, 0).await?,
        Timed::open(rig, &rig.site, 1).await?,
        Timed::open(rig, crowded, items).await?,
    ];
    for _ in 0..PRESSES {
        for page in &mut pages {
            page.press(rig).await?;
        }
    }
    let mut told = vec![];
    for (reading, name) in READINGS.into_iter().enumerate() {
        let times = pages.each_ref().map(|page| page.times[reading].as_slice());
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let share = told_apart(times[one], times[other]);
            let counts = [pages[one].items, pages[other].items];
            if share > BY_CHANCE {
                told.push(Told { reading: name, counts, share });
            }
        }
        // The same eyes do see a difference that is twice as wide as the times are spread.
        let [least, most] =
            [times[0].iter().copied().fold(f64::MAX, f64::min), times[0].iter().copied().fold(f64::MIN, f64::max)];
        let delay = 2.0 * (most - least) + 1.0;
        let later: Vec<f64> = times[0].iter().map(|time| time + delay).collect();
        let share = told_apart(times[0], &later);
        ensure!(share > BY_CHANCE, "{delay} ms later is told apart {share} of the times only");
    }
    for page in pages {
        page.page.close().await?;
    }
    Ok(told)
}
