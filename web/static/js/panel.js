// The panel below the map, which tells of what was chosen there or in the list.

export class Panel {
  /** `closed` is called when the reader closes it. */
  constructor({ closed }) {
    this.element = document.getElementById("panel");
    this.heading = document.getElementById("panel-heading");
    this.body = document.getElementById("panel-body");
    this.view = null;
    this.closed = closed;
    document.getElementById("panel-close").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.element.hidden) this.close();
    });
  }

  show(heading, body) {
    this.heading.textContent = heading;
    this.body.replaceChildren(...body);
    this.element.hidden = false;
    this.element.scrollTop = 0;
    // on a phone the panel stands above the list that was scrolled to
    this.element.scrollIntoView({ block: "nearest" });
    // the map has become lower: what is drawn next must fit what is left
    this.view?.map.invalidateSize({ pan: false });
  }

  close() {
    this.element.hidden = true;
    this.closed();
  }
}
