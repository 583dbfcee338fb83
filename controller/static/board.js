// Cards of the board are dragged: a drop sends the form that the keyboard would send.
(function () {
  "use strict";
  let dragged = null;

  const columns = () => document.querySelectorAll("[data-column]");
  const targets = (card) => card.dataset.targets.split(" ");

  function send(card, value) {
    const form = card.querySelector("form");
    form.elements.to.value = value;
    form.requestSubmit();
  }

  // What a ticket waits for decides whether its clock stands: nobody guesses it.
  function ask(card) {
    const dialog = document.getElementById("reasons");
    dialog.onclick = (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      dialog.close();
      if (button.value) send(card, button.value);
    };
    dialog.showModal();
  }

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest && event.target.closest(".board-card[draggable]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
    dragged.classList.add("is-dragged");
    for (const column of columns()) {
      const open = targets(dragged).includes(column.dataset.column);
      column.classList.add(open ? "is-open" : "is-closed");
    }
  });

  document.addEventListener("dragover", (event) => {
    const column = dragged && event.target.closest("[data-column]");
    if (column && targets(dragged).includes(column.dataset.column)) event.preventDefault();
  });

  document.addEventListener("drop", (event) => {
    const column = dragged && event.target.closest("[data-column]");
    if (!column || !targets(dragged).includes(column.dataset.column)) return;
    event.preventDefault();
    if (column.dataset.column === "waiting") ask(dragged);
    else send(dragged, column.dataset.column);
  });

  document.addEventListener("dragend", () => {
    if (dragged) dragged.classList.remove("is-dragged");
    dragged = null;
    for (const column of columns()) column.classList.remove("is-open", "is-closed");
  });

  // A renewal would take the card out of the hand.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const live = event.detail.elt.hasAttribute("data-live");
    if (live && (dragged || document.querySelector("dialog[open]"))) event.preventDefault();
  });
})();
