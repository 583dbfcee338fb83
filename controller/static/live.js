// Parts of a page renew themselves when the controller says that they are old.
(function () {
  "use strict";
  const SPREAD = 1500; // many pages hear of one change: not all ask in the same moment
  const PAUSE = 4000; // a page in a busy city does not ask more often than this
  const WITHOUT = 10000; // while no stream is to be had, pages look by themselves
  const made = Date.now();
  let source = null;
  let waiting = 0;
  let asked = 0;

  function renew() {
    waiting = 0;
    asked = Date.now();
    for (const part of document.querySelectorAll("[data-live]")) window.htmx.trigger(part, "news");
  }

  function renewSoon() {
    if (waiting) return;
    const pause = Math.max(0, asked + PAUSE - Date.now());
    waiting = window.setTimeout(renew, pause + Math.random() * SPREAD);
  }

  // A part that somebody works in is left alone; it is still old.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.defaultPrevented && event.detail.elt.hasAttribute("data-live")) {
      window.setTimeout(renewSoon, WITHOUT);
    }
  });

  function listen() {
    if (source || document.hidden) return;
    const at = asked || made;
    source = new EventSource(`/live?page=${encodeURIComponent(window.location.pathname)}&at=${at}`);
    source.addEventListener("message", renewSoon);
    source.addEventListener("error", () => {
      // A refusal is final for a browser; try again later all the same.
      if (source && source.readyState === EventSource.CLOSED) stop();
    });
  }

  function stop() {
    if (source) source.close();
    source = null;
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!window.EventSource || !document.querySelector("[data-live]")) return;
    listen();
    // A browser opens six connections to one place: pages nobody looks at hold none.
    document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
    window.addEventListener("pagehide", stop);
    window.setInterval(() => {
      if (document.hidden) return;
      if (!source || source.readyState !== EventSource.OPEN) renewSoon();
      listen();
    }, WITHOUT);
  });
})();
