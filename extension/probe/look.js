// What looks at a document's forms: loaded when a field of it gets the focus for the first time, as most documents have none that does.

/* global takeSnapshot, fieldNumber, fieldByNumber, buttons, isEntered, noteWritten */

const probe = globalThis.countersign;

// A worker that has restarted loads this script again; and a document may be gone before it comes.
if (probe && !probe.takeSnapshot) {
  const own = { look, summon, fieldNumber, fieldByNumber, buttons, isEntered, noteWritten };
  Object.assign(probe, { takeSnapshot: lookAt, ...own });
  if (probe.owed) look();
}

function look() {
  const snapshot = lookAt();
  if (!snapshot.fields.length) return;
  const field = probe.focusedField();
  probe.post({ looked: { snapshot, focused: field ? fieldNumber(field) : undefined } });
}

/** Whoever looks, the next look by itself waits: what moves the focus while it writes has just looked. */
function lookAt() {
  probe.lastLook = performance.now();
  return takeSnapshot();
}

/** A trusted event asked for the chooser. */
function summon(field, keyboard) {
  probe.post({ summoned: { snapshot: lookAt(), field: fieldNumber(field), keyboard } });
}
