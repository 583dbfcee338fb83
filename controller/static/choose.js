// Rows of a list that are ticked: counted, all at once, a range with Shift, and kept while the list
// is renewed. Without this script the boxes and the button work all the same.
(function () {
  "use strict";
  const BOXES = 'input[type=checkbox][name="device"]';
  const ticked = new Set();
  let act = "";
  let last = null;

  const form = () => document.querySelector("form[data-choosing]");
  const boxes = () => Array.from(form() ? form().querySelectorAll(BOXES) : []);

  function count() {
    if (!form()) return;
    const every = form().querySelector('input[name="all"]');
    const chosen = boxes().filter((box) => box.checked).length;
    const number = every && every.checked ? Number(every.dataset.total) : chosen;
    for (const output of form().querySelectorAll("output[data-count-words]")) {
      output.textContent = output.dataset.countWords.replace("{count}", String(number));
    }
    form().classList.toggle("is-choosing", number > 0);
    const page = form().querySelector("[data-tick-all]");
    if (!page) return;
    page.closest("[hidden]")?.removeAttribute("hidden");
    page.checked = chosen > 0 && chosen === boxes().length;
    page.indeterminate = chosen > 0 && !page.checked;
  }

  function tick(from, to, checked) {
    const all = boxes();
    const [first, end] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
    if (first >= 0) all.slice(first, end + 1).forEach((box) => { box.checked = checked; });
  }

  document.addEventListener("click", (event) => {
    if (!event.target.matches(`form[data-choosing] ${BOXES}`)) return;
    if (event.shiftKey && last) tick(last, event.target, event.target.checked);
    last = event.target;
    count();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.closest("form[data-choosing]")) return;
    if (event.target.matches("[data-tick-all]")) {
      boxes().forEach((box) => { box.checked = event.target.checked; });
    }
    count();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    // A list in which somebody is choosing is not renewed under their hand.
    if (event.detail.elt.hasAttribute("data-live") && boxes().some((box) => box.checked)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", () => {
    ticked.clear();
    boxes().filter((box) => box.checked).forEach((box) => ticked.add(box.value));
    const select = form() && form().querySelector('select[name="act"]');
    act = select ? select.value : "";
  });
  document.addEventListener("htmx:afterSwap", () => {
    boxes().forEach((box) => { box.checked = ticked.has(box.value); });
    const select = form() && form().querySelector('select[name="act"]');
    if (select && act) select.value = act;
    last = null;
    count();
  });
  document.addEventListener("DOMContentLoaded", count);
  window.addEventListener("pageshow", count);
})();
