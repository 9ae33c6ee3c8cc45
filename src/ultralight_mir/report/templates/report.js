"use strict";
// Sorts and filters the tables, and keeps what scrolls within reach of the keyboard. Without it the page is whole.
(() => {
  const MOST = 24; // different words from which a column has no filter of its own
  const TIMES = { k: 1e3, M: 1e6, G: 1e9 };
  const NUMBER = /^[<≤]?\s*([+−-]?)([\d,]*\.?\d+)\s*(?:([kMG])(?!\w))?/;
  const words = new Intl.Collator("en", { numeric: true });

  // As the page writes numbers: −1,234.5, 18.2 k (10 %), < 0.001; NaN where a cell holds none.
  const number = (text) => {
    const found = NUMBER.exec(text);
    if (!found) return NaN;
    const size = Number(found[2].replaceAll(",", "")) * (TIMES[found[3]] ?? 1);
    return found[1] && found[1] !== "+" ? -size : size;
  };
  const plain = (text) => text.replaceAll(/\s+/g, " ").replaceAll("−", "-").trim().toLowerCase();
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  function sortable(table) {
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells];
    const cell = (row, column) => row.cells[column].textContent.trim();
    const keys = (column) => {
      const numbers = rows.map((row) => number(cell(row, column)));
      const numeric = !heads[column].classList.contains("word") && numbers.some((value) => !Number.isNaN(value));
      const texts = rows.map((row) => cell(row, column));
      return numeric ? numbers : texts.map((text) => (text === "–" || text === "" ? NaN : text));
    };
    const compare = (a, b) => (typeof a === "number" ? a - b : words.compare(a, b));
    const order = (column, sign) => {
      const key = keys(column);
      const places = rows.map((_, place) => place);
      const missing = (place) => Number(Number.isNaN(key[place])); // last, whichever way
      places.sort((a, b) => missing(a) - missing(b) || (missing(a) ? 0 : sign * compare(key[a], key[b])) || a - b);
      return places.map((place) => rows[place]);
    };
    // Each press: up, down, as it was.
    const next = (head) => ({ ascending: "descending", descending: null })[head.getAttribute("aria-sort")];
    const press = (head, column) => {
      const asked = head.hasAttribute("aria-sort") ? next(head) : "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      if (asked) head.setAttribute("aria-sort", asked);
      table.tBodies[0].append(...(asked ? order(column, asked === "ascending" ? 1 : -1) : rows));
      regroup(table);
    };
    heads.forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = make("button", { type: "button", class: "sort" }, ...head.childNodes);
      button.addEventListener("click", () => press(head, column));
      head.replaceChildren(button);
    });
  }

  // In a grouped table, the first cell of a row is not shown where it says what the one above says.
  function regroup(table) {
    if (!table.classList.contains("grouped")) return;
    let above = null;
    for (const row of table.tBodies[0].rows) {
      if (row.hidden) continue;
      row.cells[0].classList.toggle("again", row.cells[0].textContent === above);
      above = row.cells[0].textContent;
    }
  }

  function filterable(table, name) {
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells];
    const texts = new Map(rows.map((row) => [row, plain([...row.cells].map((cell) => cell.textContent).join(" "))]));
    const search = make("input", { type: "search", name: "text", autocomplete: "off", spellcheck: "false" });
    const count = make("output");
    const clear = make("button", { type: "reset" }, "Clear");
    const selects = [];
    heads.forEach((head, column) => {
      if (!head.classList.contains("choice")) return;
      const choices = [...new Set(rows.map((row) => row.cells[column].textContent.trim()))];
      if (choices.length < 2 || choices.length > MOST) return;
      const options = choices.map((choice) => make("option", { value: choice }, choice));
      const select = make("select", { name: head.textContent.trim() }, make("option", { value: "" }, "all"), ...options);
      selects.push([column, select]);
    });
    const apply = () => {
      const asked = plain(search.value).split(" ");
      const chosen = selects.filter(([, select]) => select.value);
      let shown = 0;
      for (const row of rows) {
        const fits = chosen.every(([column, select]) => row.cells[column].textContent.trim() === select.value);
        row.hidden = !(fits && asked.every((word) => texts.get(row).includes(word)));
        shown += Number(!row.hidden);
      }
      clear.hidden = !chosen.length && !search.value;
      count.value = shown === rows.length ? `${shown} rows` : `${shown} of ${rows.length} rows`;
      regroup(table);
    };
    const labels = selects.map(([, select]) => make("label", {}, make("span", {}, select.name), select));
    labels.push(make("label", {}, make("span", {}, "text"), search));
    const form = make("form", { class: "controls", "aria-label": `Filter ${name}` }, ...labels, clear, count);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", apply);
    form.addEventListener("reset", () => setTimeout(apply)); // after the fields were reset
    table.closest(".table").before(form);
    apply();
  }

  // A link to the tickets of one task chooses it.
  function choosing(link) {
    link.addEventListener("click", () => {
      const form = document.querySelector(`${link.hash} form.controls`);
      const select = form?.elements.namedItem("task");
      if (!select) return;
      form.reset();
      select.value = link.dataset.task;
      form.dispatchEvent(new Event("input"));
    });
  }

  // A box that scrolls is a stop of the keyboard; one that does not is none.
  function reach() {
    for (const box of document.querySelectorAll(".drawing")) {
      const wide = box.scrollWidth > box.clientWidth;
      for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", "Figure, scrolls sideways"]]) {
        if (wide) box.setAttribute(name, value);
        else box.removeAttribute(name);
      }
    }
  }

  for (const table of document.querySelectorAll("table")) {
    const box = table.closest(".table");
    if (box.classList.contains("long")) filterable(table, box.getAttribute("aria-label").replace("Table: ", ""));
    if (table.tBodies[0].rows.length > 1) sortable(table);
  }
  document.querySelectorAll("a[data-task]").forEach(choosing);
  addEventListener("load", reach);
  addEventListener("resize", reach);
})();
