// What the controller refused of a count: shown with its reason, to be corrected or dropped.
// Listens to "asidechanged" (a list of entries) and says "asidesaid" ({key, drop} or {key, code}).
(function () {
  "use strict";
  const root = document.getElementById("count");
  if (!root) return;
  const section = root.querySelector("[data-count-aside]");
  const list = root.querySelector("[data-count-aside-list]");
  const mould = root.querySelector("[data-count-aside-mould]");

  function say(detail) {
    root.dispatchEvent(new CustomEvent("asidesaid", { detail }));
  }

  function line(entry) {
    const made = mould.content.cloneNode(true);
    const part = (name) => made.querySelector(`[data-aside-${name}]`);
    part("what").textContent = entry.what;
    part("where").textContent = entry.where;
    part("reason").textContent = entry.reason;
    const field = part("code");
    if (entry.code === null) field.closest("label").remove();
    else field.value = entry.code;
    part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      say({ key: entry.key, code: entry.code === null ? null : field.value });
    });
    part("drop").addEventListener("click", () => say({ key: entry.key, drop: true }));
    return made;
  }

  root.addEventListener("asidechanged", (event) => {
    const shown = event.detail.map((entry) => `${entry.key} ${entry.reason}`).join("\n");
    section.hidden = !event.detail.length;
    if (list.dataset.shown === shown) return; // what somebody is typing into stays
    list.dataset.shown = shown;
    list.replaceChildren(...event.detail.map(line));
  });
})();
