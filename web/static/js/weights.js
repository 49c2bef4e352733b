// The weights of the criteria: a slider for each, and what the address says of them.

import { element, page, tell } from "./page.js";

const MOST = 10;
const STEP = 0.5;

export class Weights {
  /** `changed` is called when a slider was moved. */
  constructor({ changed }) {
    this.changed = changed;
    this.room = document.getElementById("weights");
    this.asked = readAddress(new URLSearchParams(location.search).get("weights"));
    this.usual = null;
    this.values = null;
    document.getElementById("reset").addEventListener("click", () => this.take(this.usual));
  }

  get names() {
    return this.criteria.map(({ name }) => name);
  }

  /** Make the sliders of an answer's criteria; those that nothing is known about stand still. */
  show({ criteria, weights, patches }) {
    this.criteria = criteria;
    this.usual = weights;
    this.values ??= { ...weights, ...Object.fromEntries(Object.entries(this.asked).filter(([name]) => name in weights)) };
    const isKnown = (name) => !patches.length || patches.some(({ scores }) => scores[name] !== null);
    this.room.replaceChildren(...criteria.map((criterion) => this.makeSlider(criterion, isKnown(criterion.name))));
    if (!isKnown("slope")) this.room.append(element("p", { class: "quiet" }, tell("siting_no_heights")));
    this.tell();
  }

  makeSlider({ name, title }, isKnown) {
    const told = element("output", {}, String(this.values[name]));
    const move = ({ target }) => {
      told.textContent = target.value;
      this.take({ ...this.values, [name]: Number(target.value) });
    };
    return element("label", { class: "weight" }, element("span", {}, title),
      element("input", { type: "range", min: 0, max: Math.max(MOST, this.values[name]), step: STEP, value: this.values[name], "data-weight": name, disabled: !isKnown, oninput: move }),
      told);
  }

  take(values) {
    this.values = { ...values };
    for (const slider of this.room.querySelectorAll("[data-weight]")) {
      slider.value = values[slider.dataset.weight];
      slider.parentElement.querySelector("output").textContent = slider.value;
    }
    this.tell();
    this.changed();
  }

  tell() {
    const told = this.names.map((name) => `${page.templates[`criterion.${name}`]} ${this.values[name]}`);
    document.getElementById("weights-told").textContent = told.join(page.language === "zh" ? "，" : ", ");
  }

  get areZero() {
    return this.names.every((name) => this.values[name] === 0);
  }

  /** What the server is told of them; null where they are the usual ones. */
  describe() {
    const values = this.values ?? this.asked;
    const moved = Object.entries(values).filter(([name, value]) => value !== this.usual?.[name]);
    return moved.length ? moved.map(([name, value]) => `${name}=${value}`).join(",") : null;
  }
}

function readAddress(told) {
  const pairs = (told ?? "").split(",").map((pair) => pair.split("="));
  return Object.fromEntries(pairs.filter(([name, value]) => name && value !== "" && Number(value) >= 0).map(([name, value]) => [name, Number(value)]));
}
