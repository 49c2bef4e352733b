// The history: times as this computer's clock has them, and undoing a batch.

import { tell } from "./page.js";
import { makeSure, undo } from "./import_undo.js";

const CLOCK = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false };

for (const time of document.querySelectorAll(".history time")) {
  const at = new Date(time.dateTime);
  // the form is the same in both languages: 2026-11-23 21:07
  if (!Number.isNaN(at.getTime())) time.textContent = new Intl.DateTimeFormat("sv-SE", CLOCK).format(at);
}

for (const button of document.querySelectorAll("[data-undo]")) {
  button.addEventListener("click", async () => {
    const batch = Number(button.dataset.undo);
    const layers = [...button.closest("tr").querySelectorAll(".change b")].map(({ textContent }) => textContent);
    if (!(await makeSure(batch, tell("history_sure_told", { layers: [...new Set(layers)].join(tell("import_list_joint")) })))) return;
    button.disabled = true;
    if (await undo(batch)) location.reload();
    else button.disabled = false;
  });
}
