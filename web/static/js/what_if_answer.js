// What a what-if question is answered with: counts, the planned cemetery's own findings, what changes.

import { element, page, tell, writeNumber } from "./page.js";
import { findChange } from "./marks.js";

const VERDICTS = ["violation", "marginal", "not_checked", "exempt", "pass"];
const badge = (verdict, title = page.verdicts[verdict]) => element("span", { class: `badge ${verdict}` }, title);
const count = (value, css = "") => element("td", { class: `number ${css}` }, writeNumber(value, 0));

/** How many findings there are of each verdict, before and after. */
function describeCounts({ before, after }) {
  return element("ul", { class: "changes" }, ...VERDICTS.map((verdict) => {
    const grown = after[verdict] - before[verdict];
    const told = grown ? `${grown > 0 ? "+" : "−"}${writeNumber(Math.abs(grown), 0)}` : tell("what_if_same");
    return element("li", { class: grown ? "" : "same" }, badge(verdict), " ",
      element("span", {}, `${writeNumber(before[verdict], 0)} → `), element("b", {}, writeNumber(after[verdict], 0)),
      element("span", { class: "grown" }, told));
  }));
}

/** What the planned cemeteries would break themselves; what they keep is folded away. */
function describePlanned(planned) {
  const rank = ({ verdict }) => VERDICTS.indexOf(verdict);
  const told = [...planned.findings].sort((one, other) => rank(one) - rank(other));
  const kept = told.filter(({ verdict }) => verdict === "pass" || verdict === "exempt");
  const open = told.filter((finding) => !kept.includes(finding));
  const describe = (finding) => element("li", {}, badge(finding.verdict, finding.verdict_title), " ", finding.sentence);
  return element("section", { class: "planned" },
    element("h3", {}, tell("what_if_planned", { sites: planned.sites, mu: writeNumber(planned.area_mu, 2) })),
    ...planned.notes.map((note) => element("p", { class: "quiet" }, note)),
    open.length ? element("ul", { class: "sentences" }, ...open.map(describe)) : element("p", {}, tell("what_if_planned_clear")),
    kept.length ? element("details", {},
      element("summary", {}, tell("what_if_kept", { count: kept.length })),
      element("ul", { class: "sentences" }, ...kept.map(describe))) : null);
}

/** One table of violations, of the rules or villages where any go or come. */
function makeCounts(title, rows, name) {
  const changed = rows.filter(({ gone, come }) => gone || come);
  if (!changed.length) return null;
  const heads = ["before", "gone", "come", "after"].map((key) => element("th", { scope: "col", class: "number" }, tell(`what_if_${key}`)));
  return element("table", { class: "counted" },
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, title), ...heads)),
    element("tbody", {}, ...changed.map((row) => element("tr", {}, element("th", { scope: "row" }, name(row)),
      count(row.before), count(row.gone, row.gone ? "gone" : ""), count(row.come, row.come ? "come" : ""), count(row.after)))));
}

/** How far the site is, and how far it should be, before and after. */
function writeDistance({ distance_m, limit_before, limit_after }) {
  const limits = [...new Set([limit_before, limit_after].filter((limit) => limit > 0))];
  if (distance_m === null || !limits.length) return "";
  return tell("what_if_distance", { distance: writeNumber(distance_m, 2, 2), limits: limits.map((limit) => writeNumber(limit)).join(" → ") });
}

/** One finding whose verdict changes; choosing it looks at its place. */
function makeRow(row, go) {
  const made = element("tr", { onclick: () => go(row, made) },
    element("td", { class: "mark-cell" }, element("i", { class: `mark ${findChange(row)}`, "aria-hidden": "true" })),
    element("td", {}, element("button", { type: "button", class: "choose" }, row.site_name || row.site),
      element("span", { class: "quiet below" }, row.village_name || row.layer_title)),
    element("td", {}, element("b", {}, row.rule), " ", row.rule_title,
      element("span", { class: "quiet below" }, writeDistance(row))),
    element("td", { class: "verdicts-changed" },
      row.verdict_before ? badge(row.verdict_before, row.verdict_before_title) : "–", " → ",
      row.verdict_after ? badge(row.verdict_after, row.verdict_after_title) : "–"));
  return made;
}

function makeRows(answer, go) {
  if (!answer.rows.length) return null;
  const shown = answer.rows.length < answer.rows_total
    ? tell("what_if_first", { shown: writeNumber(answer.rows.length, 0), total: writeNumber(answer.rows_total, 0) })
    : tell("what_if_all", { total: writeNumber(answer.rows_total, 0) });
  const heads = ["site", "rule", "verdicts"].map((key) => element("th", { scope: "col" }, tell(`what_if_${key}`)));
  return element("section", {},
    element("h3", {}, tell("what_if_rows"), " ", element("span", { class: "quiet" }, shown)),
    element("table", { class: "changed" },
      element("thead", {}, element("tr", {}, element("td", {}), ...heads)),
      element("tbody", {}, ...answer.rows.map((row) => makeRow(row, go)))));
}

/** What the marks on the map mean. */
function makeLegend(answer) {
  const kinds = { gone: answer.gone, come: answer.come, other: answer.changed - answer.gone - answer.come };
  return element("p", { class: "marks-legend" }, ...Object.entries(kinds).filter(([, number]) => number).map(([kind, number]) =>
    element("span", {}, element("i", { class: `mark ${kind}`, "aria-hidden": "true" }), ` ${tell(`what_if_mark_${kind}`)} ${writeNumber(number, 0)}`)));
}

/** The elements that tell the answer; `go` is called with a row that was chosen, and its element. */
export function describeAnswer(answer, go) {
  return [
    describeCounts(answer),
    makeLegend(answer),
    answer.cemetery ? describePlanned(answer.cemetery) : null,
    makeCounts(tell("what_if_by_rule"), answer.by_rule, (row) => `${row.rule} ${row.rule_title}`),
    makeCounts(tell("what_if_by_village"), answer.by_village, (row) => row.village_name),
    makeRows(answer, go),
  ].filter(Boolean);
}
