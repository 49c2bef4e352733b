// Search by name: asked from the server, or among the features that the page itself holds.
"use strict";

geoRv.Search = class {
  constructor(view) {
    this.view = view;
    this.results = [];
    this.chosen = -1;
    this.running = null;
    const { make } = geoRv;
    const later = geoRv.settle(() => this.find(), 200);
    this.list = make("ul", { id: "geo-rv-results", role: "listbox", "aria-label": view.text("search_results"), hidden: true });
    this.input = make("input", {
      type: "search", role: "combobox", placeholder: view.text("search"), "aria-label": view.text("search"),
      "aria-expanded": "false", "aria-controls": "geo-rv-results", "aria-autocomplete": "list", autocomplete: "off",
      input: later, keydown: (event) => this.press(event), focus: () => this.results.length && this.open(true),
    });
    this.note = make("p", { class: "geo-rv-search-note", role: "status", hidden: true });
    this.element = make("div", {
      class: "geo-rv-search", role: "search",
      focusout: (event) => this.element.contains(event.relatedTarget) || this.open(false),
    }, geoRv.icon("search"), this.input, this.list, this.note);
  }

  async find() {
    const text = this.input.value.trim();
    this.running?.abort();
    this.running = new AbortController();
    if (!text) return this.show([], "");
    try {
      const results = this.view.options.searchUrl ? await this.ask(text, this.running.signal) : this.look(text);
      this.show(results, results.length ? "" : this.view.text("search_nothing"));
    } catch (problem) {
      if (problem.name !== "AbortError") this.show([], this.view.text("search_failed"));
    }
  }

  async ask(text, signal) {
    const url = new URL(this.view.options.searchUrl, location.href);
    url.searchParams.set("q", text);
    const response = await fetch(url, { signal, headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(response.statusText);
    return response.json();
  }

  /** The same among the page's own features: names that start with the text come first. */
  look(text) {
    const wanted = text.toLowerCase();
    this.names ??= this.collectNames();
    const place = ({ name, id }) => name.toLowerCase().indexOf(wanted) + (id === text ? 1 : 0);
    return this.names.filter((entry) => entry.id === text || entry.name.toLowerCase().includes(wanted))
      .sort((one, other) => place(one) - place(other)).slice(0, 20);
  }

  collectNames() {
    return this.view.options.layers.filter((spec) => !spec.url).flatMap((spec) =>
      this.view.readData(spec.kind).features.filter((feature) => feature.properties.name && feature.geometry).map((feature) => {
        const { lng, lat } = geoRv.measureBounds(feature.geometry).getCenter();
        return { layer: spec.kind, layer_title: spec.title, id: String(feature.id), name: feature.properties.name, lon: lng, lat };
      }));
  }

  show(results, note) {
    const { make } = geoRv;
    this.results = results;
    this.list.replaceChildren(...results.map((result, place) => make("li", {
      role: "option", id: `geo-rv-result-${place}`, "aria-selected": "false",
      // before the input loses the focus, and with it the list
      mousedown: (event) => { event.preventDefault(); this.take(place); },
    }, make("span", {}, result.name), make("small", {}, result.layer_title))));
    this.point(-1);
    this.open(results.length > 0);
    this.note.textContent = note;
    this.note.hidden = !note;
  }

  open(on) {
    this.list.hidden = !on;
    this.input.setAttribute("aria-expanded", String(on));
    if (!on) this.note.hidden = true;
  }

  /** Mark the result that Enter would take. */
  point(place) {
    this.list.children[this.chosen]?.setAttribute("aria-selected", "false");
    this.chosen = place;
    const item = this.list.children[place];
    item?.setAttribute("aria-selected", "true");
    item?.scrollIntoView({ block: "nearest" });
    if (item) this.input.setAttribute("aria-activedescendant", item.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  press(event) {
    const count = this.results.length;
    if (event.key === "Escape" && !this.list.hidden) this.open(false);
    else if (event.key === "ArrowDown" && count) this.point((this.chosen + 1) % count);
    else if (event.key === "ArrowUp" && count) this.point((this.chosen + count - 1 + (this.chosen < 0)) % count);
    else if (event.key === "Enter" && count) this.take(Math.max(this.chosen, 0));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  take(place) {
    const result = this.results[place];
    this.input.value = result.name;
    this.open(false);
    this.view.showFeature(result);
  }
};
