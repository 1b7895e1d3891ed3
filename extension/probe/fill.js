// What writes when it is asked to: loaded when a request is made. Most fields that get focus are never filled.

/* global commit */
/* exported fieldByNumber */

const probe = globalThis.countersign;
const { fieldByNumber } = probe;

// A worker that has restarted loads this script again.
probe.fill ??= fill;

async function fill(asked) {
  // Whatever a page does to its fields, the worker waits for an answer.
  const isWritten = await commit(asked).catch(() => false);
  probe.parts.settle(asked, isWritten ? "filled" : "target-changed");
}
