// Supposing: limits moved, a cemetery planned, and what the check would then find. Nothing is kept.

import { ask, element, keepFile, link, page, send, sendForFile, tell, writeNumber } from "./page.js";
import { Marks } from "./marks.js";
import { expandPlan, shortenPlan, writePlan } from "./plan.js";
import { Sketch } from "./sketch.js";
import { describeAnswer } from "./what_if_answer.js";

const MU_M2 = 2000 / 3;
const find = (name) => document.getElementById(name);

export class WhatIf {
  /** `readDay` tells the day of the check, null for today; `changed` is called when the address should follow. */
  constructor({ readDay, changed }) {
    Object.assign(this, { readDay, changed });
    this.section = find("what-if");
    this.form = find("what-if-form");
    this.plan = find("plan-text");
    this.result = find("what-if-result");
    this.sentence = find("what-if-sentence");
    this.sketch = null;
    this.answer = null;
    this.day = undefined;
    const start = new URLSearchParams(location.search);
    this.asked = start.get("what_if");
    this.plan.value = expandPlan(start.get("plan"));
    // a patch of eligible land, and the question that it answers
    const patch = ["patch", "within", "certain"].map((name) => [name, start.get(name)]);
    this.patch = start.get("patch") ? Object.fromEntries(patch) : null;
    this.listen();
  }

  get isOpen() {
    return !this.section.hidden;
  }

  get sketching() {
    return Boolean(this.sketch?.on);
  }

  listen() {
    find("what-if-open").addEventListener("click", () => this.open(true));
    find("what-if-close").addEventListener("click", () => this.open(false));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
    // an answer stands beside its own question only
    this.form.addEventListener("input", () => this.showAnswer(null));
    find("what-if-clear").addEventListener("click", () => this.clear());
    find("what-if-keep").addEventListener("click", () => this.keep());
    find("sketch-start").addEventListener("click", () => {
      this.takePlan("");
      this.sketch?.start();
    });
    find("sketch-undo").addEventListener("click", () => this.sketch?.undo());
    find("sketch-finish").addEventListener("click", () => this.sketch?.finish());
    find("sketch-clear").addEventListener("click", () => this.takePlan(""));
    this.plan.addEventListener("change", () => this.takePlan(this.plan.value));
    find("plan-file").addEventListener("change", async ({ target }) => {
      if (target.files.length) this.takePlan(await target.files[0].text());
      target.value = "";
    });
  }

  /** There is a map: draw on it, and open what the address asks for. */
  async useMap(view) {
    this.view = view;
    this.marks = new Marks(view);
    this.sketch = new Sketch(view, {
      changed: (corners) => this.showSketch(corners),
      finished: (corners) => this.takePlan(writePlan(corners), { draw: false }),
    });
    this.showSketch([]);
    if (this.asked === null && !this.plan.value && !this.patch) return;
    await this.open(true, { focus: false });
    if (this.patch) await this.takePatch();
    else if (this.plan.value) this.takePlan(this.plan.value);
    if (Object.keys(this.readLimits()).length || this.plan.value) this.run();
  }

  /** What the address says of what is supposed. */
  describe() {
    if (!this.isOpen) return {};
    const limits = Object.entries(this.readLimits()).map(([rule, limit]) => `${rule}=${limit}`);
    const plan = this.patch ?? { plan: shortenPlan(this.plan.value) };
    return { what_if: limits.join(","), ...plan };
  }

  async open(on, { focus = true } = {}) {
    this.section.hidden = !on;
    find("findings").hidden = on;
    find("what-if-open").hidden = on;
    if (!on) this.sketch?.clear();
    if (!on) this.marks?.clear();
    if (on) await this.loadLimits();
    else find("what-if-open").focus();
    if (on && focus) find("what-if-heading").focus();
    if (on && this.answer) this.marks?.show(this.answer.rows);
    this.changed();
  }

  /** Show the limits that can be moved on the day of the check. */
  async loadLimits() {
    const day = this.readDay();
    if (day === this.day) return;
    const rules = await ask(link(page.urls.limits, { as_of: day }));
    if (!rules) return;
    const kept = { ...readAddress(this.asked), ...this.readLimits() };
    this.day = day;
    this.asked = null;
    find("limits").replaceChildren(...rules.map((rule) => makeLimit(rule, kept[rule.rule])));
    if (!rules.length) find("limits").append(element("p", { class: "quiet" }, tell("what_if_no_limits")));
    this.showAnswer(null);
  }

  readLimits() {
    const filled = [...this.form.querySelectorAll("[data-rule]")].filter(({ value }) => value !== "");
    return Object.fromEntries(filled.map((input) => [input.dataset.rule, Number(input.value)]));
  }

  describeQuestion() {
    return { limits: this.readLimits(), cemetery: this.plan.value.trim() || null, as_of: this.readDay() };
  }

  /** Ask what would change, and show it. */
  async run() {
    if (!this.form.reportValidity()) return;
    this.sketch?.finish();
    this.changed();
    const button = find("what-if-run");
    button.disabled = true;
    this.result.setAttribute("aria-busy", "true");
    this.sentence.textContent = tell("what_if_running");
    const answer = await send(page.urls.what_if, this.describeQuestion());
    button.disabled = false;
    this.result.removeAttribute("aria-busy");
    this.showAnswer(answer);
    if (answer) this.sentence.scrollIntoView({ block: "nearest" });
  }

  showAnswer(answer) {
    this.answer = answer;
    this.sentence.textContent = answer ? answer.sentence : "";
    find("what-if-keep").hidden = !answer;
    this.result.replaceChildren(...(answer ? describeAnswer(answer, (row, element) => this.go(row, element)) : []));
    this.marks?.show(answer ? answer.rows : []);
  }

  go(row, made) {
    for (const other of made.parentElement.children) other.classList.toggle("chosen", other === made);
    this.marks?.choose(row);
  }

  async keep() {
    const file = await sendForFile(page.urls.what_if_table, this.describeQuestion());
    if (file) keepFile(file.content, file.name);
  }

  clear() {
    for (const input of this.form.querySelectorAll("[data-rule]")) input.value = "";
    this.takePlan("");
  }

  /** Take a patch of eligible land as the planned cemetery. */
  async takePatch() {
    const { patch } = this;
    const answer = await ask(link(page.urls.patch, { ...patch, as_of: this.readDay() }));
    this.takePlan(answer ? JSON.stringify(answer.geometry) : "");
    this.patch = answer && patch;
    this.changed();
  }

  /** Take a planned cemetery as GeoJSON text; what was drawn is on the map already. */
  takePlan(text, { draw = true } = {}) {
    this.patch = null;
    this.plan.value = text;
    this.showAnswer(null);
    if (draw) this.sketch?.show(text);
    this.tellPlan();
    this.changed();
  }

  showSketch(corners) {
    const drawing = this.sketching;
    find("sketch-undo").disabled = !drawing || !corners.length;
    find("sketch-finish").disabled = !drawing || corners.length < 3;
    find("sketch-start").disabled = drawing;
    const { area } = window.geoRv.measureArea(corners);
    const told = tell("sketch_corners", { corners: corners.length, mu: writeNumber(area / MU_M2, 2) });
    if (drawing) find("sketch-state").textContent = corners.length ? `${told} ${tell("sketch_more")}` : tell("sketch_hint");
    else this.tellPlan();
  }

  tellPlan() {
    find("sketch-state").textContent = this.plan.value.trim() ? tell("sketch_done") : tell("sketch_none");
  }
}

/** The limits that an address supposes, by rule. */
function readAddress(asked) {
  const pairs = (asked ?? "").split(",").map((pair) => pair.split("="));
  return Object.fromEntries(pairs.filter(([rule]) => rule));
}

/** The field for one rule's limit; what holds now stands in it as a hint. */
function makeLimit({ rule, rule_title, limits }, value) {
  const ends = [...new Set([limits[0], limits.at(-1)])].map((limit) => writeNumber(limit));
  const input = element("input", { type: "number", min: 0, step: "any", inputmode: "decimal", "data-rule": rule, placeholder: ends.join("–"), value });
  return element("label", { class: "limit" }, element("span", {}, element("b", {}, rule), " ", rule_title), input, element("span", { class: "unit" }, tell("metres")));
}
