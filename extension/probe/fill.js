// What fills, and what looks whether anything is covered: loaded when a chooser opens or a request is made. Most fields that get focus are never filled.

/* global commit, inPlainSight */
/* exported fieldByNumber */

const probe = globalThis.countersign;
const { fieldByNumber } = probe;

// A worker that has restarted loads this script again.
if (!probe.fill) {
  probe.fill = { fill, inPlainSight };
}

function fill(asked) {
  probe.parts.settle(asked, isWritten(asked) ? "filled" : "target-changed");
}

function isWritten(asked) {
  try {
    return commit(asked);
  } catch {
    // Whatever a page does to its fields, the worker waits for an answer.
    return false;
  }
}
