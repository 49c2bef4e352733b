// Undoing a batch, after asking whether that is meant.

import { page, send, tell } from "./page.js";

/** Undo `batch`; what the server answers, or null where it refuses. */
export function undo(batch) {
  return send(page.urls.undo, { batch });
}

/** Whether the reader is sure, as the dialog of the page asks. */
export function makeSure(batch, told) {
  const dialog = document.getElementById("sure");
  document.getElementById("sure-heading").textContent = tell("history_sure", { batch });
  document.getElementById("sure-told").textContent = told;
  return new Promise((answer) => {
    const close = (yes) => () => { dialog.close(); answer(yes); };
    document.getElementById("sure-yes").onclick = close(true);
    document.getElementById("sure-no").onclick = close(false);
    dialog.oncancel = () => answer(false);
    dialog.showModal();
  });
}
