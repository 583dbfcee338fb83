"use strict";
// The search box of every page: "/" leads to it, arrow keys walk through its suggestions.
(() => {
  const form = document.querySelector("[data-finder]");
  if (!form) return;
  const box = form.querySelector("input");
  const list = form.querySelector("#suggestions");
  const said = form.querySelector("[role=status]");

  function close() {
    list.replaceChildren();
    said.textContent = "";
  }

  function writes(element) {
    return element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);
  }

  document.addEventListener("keydown", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    if (event.key === "/" && plain && !writes(event.target)) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && list.childElementCount) {
      event.preventDefault();
      close();
      box.focus();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...list.querySelectorAll("a")];
    if (!step || !links.length) return;
    event.preventDefault();
    const next = links.indexOf(document.activeElement) + step;
    (next < 0 ? box : links[Math.min(next, links.length - 1)]).focus();
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) close();
  });
  // A press on a suggestion must not take the focus away before the click arrives.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("htmx:afterSwap", () => {
    const found = list.querySelector("[data-count]");
    if (form.contains(document.activeElement)) said.textContent = found ? found.dataset.count : "";
    else close();
  });
})();
