//! Looking an item up from an extension page: page → worker → native host → daemon, and back.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Kind, Options,
    spine::{Desk, Unlock},
};
use serde_json::Value;

use crate::report::{Bound, Report, Row};

/// Items in the vault.
const ITEMS: usize = 50;

pub(crate) async fn measure(samples: usize, report: &mut Report) -> Result<()> {
    let desk = Desk::start(Unlock::Passphrase).await?;
    report.progress(&format!("{ITEMS} items are added"));
    for item in 0..ITEMS {
        let site = format!("https://site-{item}.example");
        desk.add_login(&format!("Account {item}"), "ada@example.com", "a password", &site).await?;
    }
    for kind in Kind::ALL {
        let browser = desk.browser(kind, Options::default().profile(&format!("{kind:?}")), None).await?;
        let place = browser.version().await?;
        let page = browser.open(&browser.extension_url("vault.html")).await?;
        page.activate().await?;
        let found = page.evaluate(&lookups(samples)).await?;
        let times: Vec<f64> = found.as_array().context("no times")?.iter().filter_map(Value::as_f64).collect();
        ensure!(times.len() == samples, "{} of {samples} samples", times.len());
        report.add(
            Row::timed("item lookup, worker → daemon → worker", &place, times, Bound::Median(3.0))
                .note("measured in an extension page, so the way from it to the worker and back is in it"),
        );
        browser.close().await?;
    }
    Ok(())
}

/// Searches, each for another item than the one before, on a panel's port of its own.
fn lookups(samples: usize) -> String {
    format!(
        "(async () => {{
          const api = globalThis.browser ?? globalThis.chrome;
          const port = api.runtime.connect({{ name: 'panel' }});
          let heard;
          port.onMessage.addListener(view => heard?.(view));
          const until = fits => new Promise(done => {{ heard = view => fits(view) && done(view); }});
          const up = until(view => view.link === 'up' && view.total === {ITEMS});
          port.postMessage({{ type: 'open', kind: 'vault' }});
          await up;
          const times = [];
          for (let n = 0; n < {samples}; n++) {{
            const query = `site-${{n % {ITEMS}}}.`;
            const answered = until(view => view.query === query && view.items.length === 1);
            const begun = performance.now();
            port.postMessage({{ type: 'list', query, offset: 0 }});
            await answered;
            times.push(performance.now() - begun);
          }}
          port.disconnect();
          return times;
        }})()"
    )
}
