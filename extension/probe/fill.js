// What writes when it is asked to: loaded when a request is made. Most fields that get focus are never filled.

/* global commit, isReady, submit */
/* exported fieldByNumber */

const probe = globalThis.countersign;
const { fieldByNumber } = probe;

// A worker that has restarted loads this script again.
probe.fill ??= fill;

async function fill(asked) {
  const going = new AbortController();
  if (asked.submit) heed(going);
  const wasReady = asked.submit && isReady(asked);
  // Whatever a page does to its fields, the worker waits for an answer.
  const isWritten = await commit(asked).catch(() => false);
  // What is in the way is shown before it is asked for again.
  if (!isWritten) probe.look();
  // First what came of it: a document that is submitted goes.
  probe.parts.settle(asked, isWritten ? "filled" : "target-changed");
  if (isWritten && asked.submit) await submit(asked, wasReady, going.signal).catch(() => {});
  going.abort();
}

/** Some pages submit what is complete by themselves: it must not go twice. */
function heed(going) {
  const until = { signal: going.signal, capture: true };
  addEventListener("submit", () => going.abort(), until);
  globalThis.navigation?.addEventListener("navigate", () => going.abort(), until);
}
