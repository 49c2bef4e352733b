// What came of an import: the rows of each file, what it did to each layer, and how it is undone.

import { element, link, page, showProblem, tell, writeNumber } from "./page.js";
import { findUrl } from "./import_upload.js";
import { makeSure, undo } from "./import_undo.js";

const count = (number) => ({ count: writeNumber(number, 0) });

/** The heading and the elements that tell `result`, of the import `token`. */
export function describeResult(result, { token }) {
  const { batch, files, layers, rows, accepted, left } = result;
  const changes = layers.map(({ layer_title: layer, ...numbers }) => element("li", {}, element("b", {}, layer), " ",
    ["added", "changed", "removed"].filter((name) => numbers[name]).map((name) => tell(`import_outcome_${name}`, count(numbers[name]))).join(tell("import_joint"))));
  const lines = files.map(({ file, layer_title: layer, rows: taken }) => element("li", { class: "quiet" }, tell("import_result_file", { file, layer, ...count(taken) })));
  const body = [
    element("ul", { class: "changes-made" }, ...changes),
    batch === null ? element("p", {}, tell("import_unchanged")) : null,
    element("ul", { class: "changes-made" }, ...lines),
    element("p", { class: "tools" },
      element("a", { class: "button strong", href: page.urls.map }, tell("import_to_map")),
      left ? element("a", { class: "button", download: true, href: link(findUrl("refused", token), { accept: accepted.includes("repairs") ? "repairs" : null }) }, tell("import_refused", count(left))) : null,
      batch === null ? null : makeUndo(batch, layers),
      element("a", { class: "button", href: page.urls.history }, tell("import_to_history"))),
  ];
  return { heading: tell("import_done", count(rows)), body: body.filter(Boolean) };
}

/** The button that takes the whole import back. */
function makeUndo(batch, layers) {
  const button = element("button", { type: "button", id: "undo" }, tell("import_undo"));
  button.addEventListener("click", async () => {
    const titles = layers.map(({ layer_title: title }) => title).join(tell("import_list_joint"));
    if (!(await makeSure(batch, tell("history_sure_told", { layers: titles })))) return;
    button.disabled = true;
    if (!(await undo(batch))) {
      button.disabled = false;
      return;
    }
    showProblem("");
    button.remove();
    document.getElementById("result-heading").textContent = tell("import_undone", { batch });
    document.getElementById("result-heading").focus();
    for (const { layer } of layers) window.geoRv?.view?.reloadLayer(layer);
  });
  return button;
}
