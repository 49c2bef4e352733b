// What was understood of each file, and the reader's corrections: layer, system, datum, columns.

import { element, page, tell, writeNumber } from "./page.js";

const OTHER = "other";
const MOST_NOTES = 6;
const SURE = 1;

export class Choices {
  /** `changed` is called when the reader corrects something. */
  constructor({ changed }) {
    this.form = document.getElementById("choices");
    this.wishes = [];
    this.form.addEventListener("change", ({ target }) => {
      if (target.dataset.of) this.take(target);
      changed();
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Show the sources of an import; `review` is null where they could not be judged. */
  show(status, review) {
    this.wishes = status.sources.map(({ wish }) => ({ ...wish, columns: { ...wish.columns } }));
    const several = status.sources.length > 1;
    this.form.replaceChildren(...status.sources.map((source, at) => {
      const candidates = (review?.candidates ?? []).filter((candidate) => candidate.source === at);
      const failure = !review && status.source === at ? status : null;
      if (failure?.help === "columns") this.forgetHeadings(at, failure.headings);
      return this.describeSource({ ...source, wish: this.wishes[at] }, at, { candidates, failure, several });
    }));
    this.form.hidden = !status.sources.length;
    this.pointOut(status);
  }

  hide() {
    this.form.hidden = true;
  }

  /** Other files are brought: what was said of these does not hold for them. */
  clear() {
    this.wishes = [];
  }

  /** Columns that were named and that the file does not have cannot be named again. */
  forgetHeadings(at, headings) {
    const named = Object.entries(this.wishes[at].columns);
    this.wishes[at].columns = Object.fromEntries(named.filter(([, heading]) => !heading || headings.includes(heading)));
  }

  /** Lead the reader to the choice that mends what is wrong. */
  pointOut({ help, source }) {
    if (!help || source === null || source === undefined) return;
    const asked = this.form.querySelector(`[data-source="${source}"][data-of="${help}"], [data-source="${source}"] details[data-of="${help}"]`);
    if (!asked) return;
    const details = asked.closest("details");
    if (details) details.open = true;
    (asked.closest("label") ?? asked).classList.add("asked");
    (asked.matches("select, input") ? asked : asked.querySelector("select, summary"))?.focus({ preventScroll: true });
  }

  /** Note what the reader has chosen. */
  take(field) {
    const wish = this.wishes[field.dataset.source];
    const { of } = field.dataset;
    if (of === "column") wish.columns[field.dataset.field] = field.value;
    else if (of === "parameters") wish.parameters = field.value.split(/[\s,，;；]+/).filter(Boolean).map(Number).filter(Number.isFinite);
    else if (of === "crs" && field.matches("select")) this.takeSystem(field, wish);
    else wish[of] = field.type === "checkbox" ? field.checked : field.value.trim();
    // another layer has other fields, another sheet or encoding other headings
    if (["kind", "layer", "encoding"].includes(of)) wish.columns = {};
  }

  takeSystem(select, wish) {
    const other = select.closest("label").nextElementSibling;
    other.hidden = select.value !== OTHER;
    wish.crs = select.value === OTHER ? other.querySelector("input").value.trim() : select.value;
    if (select.value === OTHER) other.querySelector("input").focus();
  }

  describeSource({ name, wish, proposed }, at, { candidates, failure, several }) {
    const single = candidates.length === 1 ? candidates[0] : null;
    const isProposed = proposed && single?.layer === proposed;
    return element("fieldset", { class: "source", "data-source": at },
      element("legend", { class: several ? "" : "unseen" }, name),
      ...candidates.map((candidate) => describeCandidate(candidate)),
      isProposed ? element("p", { class: "caution" }, tell("import_proposed", { layer: single.layer_title })) : null,
      element("div", { class: "choice-grid" },
        this.choose(at, "kind", [["", tell("import_auto_kind")], ...page.choices.kind], wish.kind || single?.layer || ""),
        this.chooseLayer(at, wish, candidates, failure),
        ...this.chooseSystem(at, wish, single ?? candidates[0]),
        this.choose(at, "datum", [["", tellDatum(single ?? candidates[0])], ...page.choices.datum], wish.datum)),
      describeNotes(candidates),
      single ? this.chooseColumns(at, wish, single) : null,
      failure?.help === "columns" ? this.chooseAxes(at, wish, failure.headings) : null,
      this.chooseMore(at, wish));
  }

  choose(at, of, options, chosen, attributes = {}) {
    const select = element("select", { "data-source": at, "data-of": of, ...attributes },
      ...options.map(([value, title]) => element("option", { value, selected: value === chosen }, title)));
    return element("label", {}, element("span", {}, tell(`import_choice_${of}`)), select);
  }

  /** Which one of the file's layers is meant, where there are several. */
  chooseLayer(at, wish, candidates, failure) {
    const known = [...(failure?.layers ?? []), ...candidates.map(({ layer_in_source: layer }) => layer), wish.layer];
    const names = [...new Set(known.filter(Boolean))];
    if (names.length < 2 && !wish.layer) return null;
    return this.choose(at, "layer", [["", tell("import_auto_layer")], ...names.map((name) => [name, name])], wish.layer);
  }

  chooseSystem(at, wish, candidate) {
    const known = page.choices.crs.some(([code]) => code === wish.crs);
    const auto = candidate?.crs ? tell("import_auto_crs", { crs: candidate.crs_title }) : tell("import_auto_crs_unknown");
    const options = [["", auto], ...page.choices.crs, [OTHER, tell("import_other_crs")]];
    const input = element("input", { "data-source": at, "data-of": "crs", placeholder: "EPSG:4547", maxlength: 12, value: known ? "" : wish.crs });
    const isOther = Boolean(wish.crs) && !known;
    return [
      this.choose(at, "crs", options, isOther ? OTHER : wish.crs),
      element("label", { hidden: !isOther }, element("span", {}, tell("import_crs_code")), input),
    ];
  }

  /** Which column each field was taken from, and how alike they are. */
  chooseColumns(at, wish, candidate) {
    const { fields, headings, axes } = candidate;
    if (!headings.length) return null;
    const taken = fields.filter(({ heading }) => heading).length;
    const isSure = ({ likeness }) => likeness === null || likeness === undefined || likeness >= SURE;
    const doubtful = fields.filter((field) => !isSure(field)).length;
    const told = tell("import_columns_told", { taken, left: candidate.left_out.length });
    // what somebody has to look at comes first
    const rows = [...fields].sort((one, other) => isSure(one) - isSure(other)).map((field) => this.makeColumnRow(at, field, headings));
    return element("details", { class: "columns", "data-of": "columns", open: Object.keys(wish.columns).length > 0 },
      element("summary", {}, tell("import_columns"), " ", element("span", { class: "quiet" }, told),
        doubtful ? element("span", { class: "badge marginal" }, tell("import_doubtful", { count: doubtful })) : null),
      element("div", { class: "column-room", tabindex: 0, role: "region", "aria-label": tell("import_columns") },
        element("table", { class: "column-table" },
          element("thead", {}, element("tr", {},
            ...["field", "column", "likeness"].map((key) => element("th", { scope: "col" }, tell(`import_column_${key}`))))),
          element("tbody", {}, ...rows))),
      candidate.coordinate_columns.length
        ? element("p", { class: "quiet" }, tell("import_coordinates", { columns: candidate.coordinate_columns.join(tell("import_list_joint")) })) : null,
      axes.length ? this.chooseAxes(at, wish, headings) : null);
  }

  makeColumnRow(at, { name, title, required, heading, likeness }, headings) {
    const options = [["", tell("import_no_column")], ...headings.map((each) => [each, each])];
    const select = element("select", { "data-source": at, "data-of": "column", "data-field": name, "aria-label": title },
      ...options.map(([value, told]) => element("option", { value, selected: value === heading }, told)));
    const alike = heading && likeness !== null && likeness !== undefined;
    return element("tr", { class: alike && likeness < SURE ? "doubtful" : "" },
      element("th", { scope: "row" }, title, required ? element("span", { class: "must", title: tell("import_required") }, " *") : null),
      element("td", {}, select),
      element("td", { class: "number" }, alike ? `${Math.round(likeness * 100)}%` : ""));
  }

  /** Which columns the coordinates stand in, where they were not found or are others. */
  chooseAxes(at, wish, headings) {
    const options = [["", tell("import_auto_axis")], ...headings.map((each) => [each, each])];
    const labels = page.choices.axis.map(([axis, title]) => {
      const select = element("select", { "data-source": at, "data-of": "column", "data-field": axis },
        ...options.map(([value, told]) => element("option", { value, selected: value === (wish.columns[axis] ?? "") }, told)));
      return element("label", {}, element("span", {}, title), select);
    });
    return element("details", { class: "axes", "data-of": "columns", open: page.choices.axis.some(([axis]) => wish.columns[axis]) },
      element("summary", {}, tell("import_axes")), element("div", { class: "choice-grid" }, ...labels));
  }

  /** What seldom has to be said. */
  chooseMore(at, wish) {
    const parameters = element("input", {
      "data-source": at, "data-of": "parameters", placeholder: "dX, dY, dZ, rX, rY, rZ, m", value: wish.parameters.join(", "), autocomplete: "off",
    });
    const gaps = element("input", { type: "checkbox", "data-source": at, "data-of": "gaps", checked: wish.gaps });
    const isSaid = wish.encoding || wish.gaps || wish.parameters.length || wish.angles !== page.choices.angles[0][0];
    return element("details", { class: "more", open: Boolean(isSaid) },
      element("summary", {}, tell("import_more")),
      element("div", { class: "choice-grid" },
        this.choose(at, "angles", page.choices.angles, wish.angles),
        this.choose(at, "encoding", [["", tell("import_auto_encoding")], ...page.choices.encoding], wish.encoding),
        element("label", { class: "broad" }, element("span", {}, tell("import_choice_parameters")), parameters),
        element("label", { class: "broad tick" }, gaps, " ", element("span", {}, tell("import_choice_gaps")))));
  }
}

function tellDatum(candidate) {
  if (!candidate) return tell("import_auto_datum");
  return candidate.datum_title ? tell("import_auto_datum_is", { datum: candidate.datum_title }) : tell("import_datum_by_crs");
}

/** One layer of a file in a line: what it is, and how many rows. */
function describeCandidate({ file, layer_in_source: layer, layer_title: title, format_title: format, rows, made_identity: made }) {
  return element("p", { class: "candidate" },
    element("b", {}, title), " ",
    tell("import_candidate", { file, format, count: writeNumber(rows.read, 0) }),
    layer && !file.startsWith(layer) ? element("span", { class: "quiet" }, ` ${tell("import_candidate_layer", { layer })}`) : null,
    made ? element("span", { class: "quiet" }, ` ${tell("import_made_identity")}`) : null);
}

/** What is said of whole files: their system, their datum and why, their encoding. */
function describeNotes(candidates) {
  const notes = candidates.flatMap(({ totals }) => totals).filter(({ rows, key }) => !rows.length && key !== "column_likened");
  if (!notes.length) return null;
  return element("ul", { class: "file-notes" }, ...notes.slice(0, MOST_NOTES).map(({ severity, severity_title: title, problem, remedy }) =>
    element("li", {}, element("span", { class: `badge ${severity}` }, title), " ", problem, " ", element("span", { class: "quiet" }, remedy))));
}
