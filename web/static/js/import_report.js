// What is wrong with the rows: in groups, page by page, each with its remedy; and one row in full.

import { ask, element, link, tell, writeNumber } from "./page.js";
import { Listing } from "./listing.js";
import { Panel } from "./panel.js";
import { findUrl } from "./import_upload.js";

const find = (name) => document.getElementById(name);

export class Report {
  /** `shown` is called with the row that was chosen, as the server tells it; `forgotten` when none is. */
  constructor({ findToken, shown, forgotten }) {
    Object.assign(this, { findToken, shown });
    this.filters = find("filters");
    this.review = null;
    this.chosen = null;
    this.panel = new Panel({ closed: () => { this.mark(null); forgotten(); } });
    this.listing = null;
    this.filters.addEventListener("change", () => this.listing.turnTo(1));
    this.filters.addEventListener("submit", (event) => event.preventDefault());
  }

  clear() {
    this.review = null;
    if (!this.panel.element.hidden) this.panel.close();
  }

  show(review) {
    this.review = review;
    this.showCounts();
    this.showGroups();
    this.offerRows([]);
    this.listing ??= new Listing({
      url: "", readQuery: () => this.readQuery(), makeRow: (problem) => this.makeRow(problem), changed: () => {},
      shown: ({ total }) => { find("count").textContent = tell("import_problem_count", { total: writeNumber(total, 0) }); },
      sort: null,
    });
    this.listing.url = findUrl("problems", this.findToken());
    this.listing.turnTo(1);
  }

  /** Offer the rows that stay out by what is agreed to. */
  offerRows(accepted) {
    const refused = find("refused");
    const { refused: out = 0, to_repair: repairable = 0 } = this.review?.rows ?? {};
    const isRepaired = accepted.includes("repairs");
    refused.hidden = !out && (isRepaired || !repairable);
    refused.href = link(findUrl("refused", this.findToken()), { accept: isRepaired ? "repairs" : null });
  }

  get totals() {
    return this.review.candidates.flatMap((candidate, at) => candidate.totals.map((total) => ({ ...total, candidate: at, layer: candidate.layer_title })));
  }

  showCounts() {
    const counts = {};
    for (const { severity, count } of this.totals) counts[severity] = (counts[severity] ?? 0) + count;
    for (const place of this.filters.querySelectorAll("[data-count]")) {
      place.textContent = writeNumber(counts[place.dataset.count] ?? 0, 0);
      const box = place.closest("label").querySelector("input");
      box.checked = true;
    }
  }

  /** The kinds of problems, each with its number, to choose one from. */
  showGroups() {
    const several = this.review.candidates.length > 1;
    const describe = ({ count, severity_title: severity, field_title: field, problem, layer }) =>
      `${several ? `${layer} · ` : ""}${severity} ${writeNumber(count, 0)} · ${field ? `${field}: ` : ""}${problem}`;
    this.groups = this.totals;
    find("group").replaceChildren(element("option", { value: "" }, tell("import_all_kinds")),
      ...this.groups.map((group, place) => element("option", { value: place }, describe(group))));
  }

  readQuery() {
    const form = new FormData(this.filters);
    const group = this.groups[form.get("group")];
    const severities = form.getAll("severity");
    const all = this.filters.querySelectorAll("[name=severity]").length;
    return {
      severity: severities.length && severities.length < all ? severities.join(",") : null,
      ...(group ? { candidate: group.candidate, key: group.key, field: group.field, severity: group.severity } : {}),
    };
  }

  makeRow(problem) {
    const { row, feature, severity, severity_title: title, field_title: field, problem: wrong, remedy } = problem;
    const place = row === null ? element("span", { class: "quiet" }, tell("import_whole_file"))
      : element("button", { type: "button", class: "choose" }, feature ? `${row} (${feature})` : String(row));
    const choose = row === null ? {} : { onclick: () => this.choose(problem.candidate, row) };
    return element("tr", { class: row === null ? "of-file" : "", ...choose },
      element("td", { class: "row-number" }, place),
      element("td", {}, element("span", { class: `badge ${severity}` }, title)),
      element("td", {}, field),
      element("td", {}, wrong, element("span", { class: "quiet below" }, remedy)));
  }

  mark(chosen) {
    this.chosen = chosen;
    this.listing?.mark(({ candidate, row }) => chosen !== null && candidate === chosen.candidate && row === chosen.row);
  }

  /** Choose a row: in full in the panel, its place on the map, as it is and as it was. */
  async choose(candidate, row) {
    this.mark({ candidate, row });
    const answer = await ask(link(findUrl("row", this.findToken()), { candidate, row }));
    if (!answer || this.chosen?.row !== row || this.chosen.candidate !== candidate) return;
    this.panel.show(tell("import_row_heading", { layer: this.review.candidates[candidate].layer_title, row }), describeRow(answer));
    this.shown(answer);
  }
}

function describeRow({ state, problems, values, after }) {
  return [
    problems.length ? null : element("p", {}, element("span", { class: `badge ${state}` }, tell(`import_row_${state}`))),
    after ? null : element("p", { class: "quiet" }, tell("import_row_nowhere")),
    problems.length ? element("ul", { class: "sentences" }, ...problems.map(({ severity, severity_title: title, problem, remedy }) =>
      element("li", {}, element("span", { class: `badge ${severity}` }, title), " ", problem, " ", element("span", { class: "quiet" }, remedy)))) : null,
    element("dl", { class: "facts" }, ...values.map(([title, value]) =>
      element("div", {}, element("dt", {}, title), element("dd", {}, value)))),
  ].filter(Boolean);
}
