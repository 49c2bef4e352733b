// Bringing files: dropped, judged in the background, looked at, corrected, agreed to, taken in.

import { ask, element, link, page, send, showProblem, tell, whenMapReady, writeNumber } from "./page.js";
import { Agreement, describeOutcome } from "./import_agree.js";
import { Choices } from "./import_choices.js";
import { ImportMap } from "./import_map.js";
import { describeResult } from "./import_result.js";
import { Report } from "./import_report.js";
import { bringFiles, findUrl, listDropped, listPicked } from "./import_upload.js";

const find = (name) => document.getElementById(name);
const FIRST_POLL_MS = 150;
const LAST_POLL_MS = 1000;

let token = new URLSearchParams(location.search).get("job");
let bringing = null; // what stops the files on their way
let map = null;
let review = null;

const choices = new Choices({ changed: () => agreement.markDirty() });
const agreement = new Agreement({
  changed: () => agreement.markDirty(), ticked: (accepted) => report.offerRows(accepted), asked: take, again: judge,
});
const report = new Report({
  findToken: () => token,
  shown: (row) => map?.choose(row),
  forgotten: () => map?.forget(),
});

/** What the page shows: nothing yet, files on their way, something to look at. */
function show(...names) {
  for (const name of ["drop", "brought", "under-way", "fault", "result", "sums", "report"]) find(name).hidden = !names.includes(name);
  if (!names.includes("choices")) choices.hide();
  if (!names.includes("agree")) agreement.hide();
}

function keepState() {
  history.replaceState(null, "", link(location.pathname, { job: token }));
}

function listBrought(names) {
  find("brought-files").replaceChildren(...names.map((name) => element("li", {}, name)));
}

/** Begin anew, with an empty page; what was on its way is given up. */
function reset() {
  bringing?.abort();
  bringing = null;
  if (token) send(findUrl("drop", token), {});
  token = null;
  review = null;
  choices.clear();
  agreement.clear();
  map?.clear();
  report.clear();
  keepState();
  show("drop");
}

async function bring(files) {
  if (!files?.length) {
    showProblem(tell(files ? "import_no_files" : "import_unread"));
    return;
  }
  reset();
  bringing = new AbortController();
  const { signal } = bringing;
  // a folder is told by its own name
  listBrought([...new Set(files.map(({ name }) => name.split("/")[0]))]);
  show("brought", "under-way");
  tellProgress(tell("import_bringing", { done: 0 }), 0);
  const brought = await bringFiles(files, {
    signal,
    begun: (begun) => { token = begun; },
    moved: (done, total) => tellProgress(tell("import_bringing", { done: Math.floor((100 * done) / Math.max(total, 1)) }), done / Math.max(total, 1)),
  });
  if (signal.aborted) return;
  bringing = null;
  if (!brought) {
    show("drop");
    return;
  }
  keepState();
  await judge();
}

function tellProgress(text, part = null) {
  find("step").textContent = text;
  const bar = find("bar");
  if (part === null) bar.removeAttribute("value");
  else bar.value = part;
}

/** Judge the files with what the reader has said of them. */
async function judge() {
  show("brought", "under-way");
  tellProgress(tell("import_judging"));
  report.clear();
  map?.clear();
  const answer = await send(findUrl("judge", token), { mode: agreement.mode, wishes: choices.wishes });
  if (answer) await follow(answer);
  else await look();
}

/** Put what was judged into the project. */
async function take(accept) {
  show("brought", "under-way");
  tellProgress(tell("import_taking"));
  const answer = await send(findUrl("take", token), { accept });
  if (answer) await follow(answer);
  else await look();
}

/** See what has become of the import. */
async function look() {
  const status = await ask(findUrl("status", token));
  if (status) {
    await follow(status);
    return;
  }
  token = null;
  keepState();
  show("drop");
}

/** Wait until the job is over, telling its steps, and show what came of it. */
async function follow(status) {
  const followed = token;
  let pause = FIRST_POLL_MS;
  let seen = status;
  while (["waiting", "working"].includes(seen?.state)) {
    const step = seen.state === "waiting" ? tell("import_waiting") : seen.step || tell("import_judging");
    tellProgress(seen.file ? `${step} ${seen.file}` : step);
    await new Promise((wake) => { setTimeout(wake, pause); });
    pause = Math.min(pause * 1.3, LAST_POLL_MS);
    seen = await ask(findUrl("status", followed));
    if (token !== followed) return;
  }
  // an answer to judge or take does not tell what came in
  if (seen?.state === "taken" && !seen.result) seen = await ask(findUrl("status", followed));
  if (seen) await settle(seen);
  else show("drop");
}

async function settle(status) {
  listBrought(status.sources.map(({ name }) => name));
  if (status.state === "receiving") {
    reset();
    return;
  }
  if (status.state === "taken") {
    await showResult(status);
    return;
  }
  agreement.mode = status.mode;
  review = status.state === "judged" ? await ask(findUrl("review", token)) : null;
  const names = ["brought", "choices", "agree"];
  find("fault").replaceChildren(status.error);
  find("fault").classList.toggle("calm", Boolean(status.calm));
  if (status.error) names.push("fault");
  if (review) names.push("sums", "report");
  show(...names);
  choices.show(status, review);
  agreement.show(review);
  if (review) showReview();
  find(status.error ? "fault" : "import-heading").scrollIntoView({ block: "nearest" });
}

function showReview() {
  const { rows, outcome } = review;
  find("row-counts").textContent = tell("import_rows", {
    read: writeNumber(rows.read, 0), accepted: writeNumber(rows.accepted, 0), repair: writeNumber(rows.to_repair, 0), refused: writeNumber(rows.refused, 0),
  });
  find("outcome").replaceChildren(...(rows.accepted + rows.to_repair ? describeOutcome(outcome) : []));
  report.show(review);
  showRows();
}

function showRows() {
  if (!map || !review) return;
  const { accepted, to_repair: repair, refused } = review.rows;
  map.show(token, { bounds: review.bounds, unseen: review.unseen, counts: { accepted, repair, refused } });
}

async function showResult(status) {
  review = null;
  map?.clear();
  show("brought", "result");
  const { heading, body } = describeResult(status.result, { token });
  find("result-heading").textContent = heading;
  find("result-body").replaceChildren(...body);
  find("result-heading").focus();
  // the rows are in the town's layers now
  for (const { layer } of status.result.layers) {
    map?.view.setLayer(layer, true);
    map?.view.reloadLayer(layer);
  }
}

for (const picker of [find("files"), find("folder")]) {
  picker.addEventListener("change", () => {
    const picked = listPicked(picker.files);
    picker.value = "";
    bring(picked);
  });
}
find("again").addEventListener("click", () => {
  reset();
  find("files").focus();
});
find("cancel").addEventListener("click", () => {
  if (bringing) reset();
  else send(findUrl("cancel", token), {});
});

// the whole page takes files, so that one that misses the field does not replace the page
let inside = 0;
document.addEventListener("dragenter", () => { inside += 1; document.body.classList.add("dropping"); });
document.addEventListener("dragleave", () => { inside -= 1; document.body.classList.toggle("dropping", inside > 0); });
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  inside = 0;
  document.body.classList.remove("dropping");
  bring(await listDropped(event.dataTransfer));
});

whenMapReady((view) => {
  report.panel.view = view;
  map = new ImportMap(view, { chosen: (candidate, row) => report.choose(candidate, row) });
  showRows();
});
if (token) {
  show("brought", "under-way");
  look();
} else show("drop");
