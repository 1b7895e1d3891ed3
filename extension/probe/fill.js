// What fills, and what looks whether anything is covered: loaded when a chooser opens or a request is made. Most fields that get focus are never filled.

/* global commit, guard, inPlainSight */
/* exported fieldByNumber */

const probe = globalThis.countersign;
const { fieldByNumber } = probe;

// A worker that has restarted loads this script again.
if (!probe.fill) {
  probe.fill = { receive, guard, inPlainSight };
  if (probe.parts) for (const message of probe.waiting.splice(0)) probe.parts.receive(message);
}

function receive(message) {
  if (message.watch) guard(message.watch.fields);
  else if (message.commit) fill(message.commit);
}

function fill(asked) {
  probe.parts.settle(asked, isWritten(asked.steps) ? "filled" : "target-changed");
}

function isWritten(steps) {
  try {
    return commit(steps);
  } catch {
    // Whatever a page does to its fields, the worker waits for an answer.
    return false;
  }
}
