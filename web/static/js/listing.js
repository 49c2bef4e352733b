// A table of rows that the server gives page by page: its order, its pages, the chosen row.

import { ask, element, link, tell, writeNumber } from "./page.js";

export class Listing {
  /**
   * `url` answers with {rows, total, page, pages}; `readQuery` tells what it is asked, `makeRow`
   * makes a row's element, `changed` is called when another order or page is wanted, `shown` with
   * each answer. `sort` is the order that goes without saying.
   */
  constructor({ url, readQuery, makeRow, changed, shown = () => {}, sort }) {
    Object.assign(this, { url, readQuery, makeRow, changed, shown, plain: sort });
    const start = new URLSearchParams(location.search);
    this.sort = start.get("sort") || sort;
    this.page = Number(start.get("page")) || 1;
    this.body = document.getElementById("rows");
    this.records = new WeakMap(); // by their rows
    this.isChosen = () => false;
    this.running = null;
    this.listen();
  }

  listen() {
    for (const head of document.querySelectorAll("[data-sort]")) {
      head.querySelector("button").addEventListener("click", () => {
        this.sort = this.sort === head.dataset.sort ? `-${head.dataset.sort}` : head.dataset.sort;
        this.turnTo(1);
      });
    }
    this.body.addEventListener("keydown", (event) => this.walk(event));
    document.getElementById("previous").addEventListener("click", () => this.turnTo(this.page - 1));
    document.getElementById("next").addEventListener("click", () => this.turnTo(this.page + 1));
  }

  /** What the address says of the order and the page. */
  describe() {
    return { sort: this.sort === this.plain ? null : this.sort, page: this.page > 1 ? this.page : null };
  }

  turnTo(number) {
    this.page = number;
    this.load();
    this.body.closest(".table-room").scrollTop = 0;
  }

  /** Ask for the page and show it; `more` is asked this once. */
  async load(more = {}) {
    this.running?.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    this.changed();
    this.body.setAttribute("aria-busy", "true");
    const query = { ...this.readQuery(), sort: this.sort, page: this.page, ...more };
    const answer = await ask(link(this.url, query), { signal });
    if (signal.aborted) return;
    this.body.removeAttribute("aria-busy");
    if (!answer) return;
    this.page = answer.page;
    this.show(answer);
  }

  show(answer) {
    this.body.replaceChildren(...answer.rows.map((record) => {
      const row = this.makeRow(record);
      this.records.set(row, record);
      return row;
    }));
    const columns = this.body.closest("table").querySelectorAll("thead th").length;
    if (!answer.rows.length) this.body.append(element("tr", {}, element("td", { colspan: columns, class: "empty" }, tell("nothing"))));
    this.mark();
    document.getElementById("count").textContent = tell("count", { total: writeNumber(answer.total, 0) });
    document.getElementById("pages").textContent = tell("pages", { page: answer.page, pages: answer.pages });
    document.getElementById("previous").disabled = answer.page <= 1;
    document.getElementById("next").disabled = answer.page >= answer.pages;
    for (const head of document.querySelectorAll("[data-sort]")) this.markOrder(head);
    this.shown(answer);
  }

  markOrder(head) {
    const name = head.dataset.sort;
    const order = this.sort === name ? "ascending" : this.sort === `-${name}` ? "descending" : null;
    if (order) head.setAttribute("aria-sort", order);
    else head.removeAttribute("aria-sort");
  }

  /** Mark the row whose record `isChosen`, where it is on this page. */
  mark(isChosen = this.isChosen) {
    this.isChosen = isChosen;
    for (const row of this.body.children) {
      const record = this.records.get(row);
      row.classList.toggle("chosen", Boolean(record && isChosen(record)));
    }
  }

  /** Up and down go from one row to the next. */
  walk(event) {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const target = step && event.target.closest("tr")?.[step]?.querySelector(".choose");
    if (!target) return;
    event.preventDefault();
    target.focus();
  }
}
