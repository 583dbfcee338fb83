// Times in the viewer's zone, the dark switch, filters as links, and manners for live parts.
(function () {
  "use strict";
  const root = document.documentElement;
  const language = root.lang || "zh-CN";
  const moment = new Intl.DateTimeFormat(language === "en" ? "sv-SE" : language, {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false,
  });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  function written(date) {
    return moment.format(date).replace(/\//g, "-").replace(",", "");
  }

  function ago(date) {
    const seconds = Math.round((date - Date.now()) / 1000);
    const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) || UNITS[3];
    return relative.format(Math.trunc(seconds / size), unit);
  }

  function localiseTimes(part) {
    for (const element of part.querySelectorAll("time[datetime]")) {
      const date = new Date(element.dateTime);
      if (Number.isNaN(date.getTime())) continue;
      if ("relative" in element.dataset) {
        element.textContent = ago(date);
        element.title = written(date);
      } else {
        element.textContent = written(date);
      }
    }
  }

  function switchTheme() {
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = theme;
    document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax`;
    document.dispatchEvent(new CustomEvent("themechange"));
  }

  // A live part is left alone while somebody works in it or nobody looks at it.
  function busy(part) {
    const selection = document.getSelection();
    return (
      document.hidden ||
      part.contains(document.activeElement) ||
      (selection && !selection.isCollapsed && part.contains(selection.anchorNode))
    );
  }

  function noteStale(when) {
    const notice = document.querySelector("[data-stale-notice]");
    if (!notice) return;
    notice.hidden = !when;
    notice.textContent = when ? document.body.dataset.stale.replace("{time}", written(when)) : "";
  }

  let freshAt = new Date();
  document.addEventListener("DOMContentLoaded", () => {
    localiseTimes(document);
    setInterval(() => localiseTimes(document), 10000);
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.addEventListener("click", switchTheme);
    }
    for (const select of document.querySelectorAll("select[data-submit]")) {
      select.addEventListener("change", () => select.form.requestSubmit());
    }
  });
  // One box that ticks all boxes of a name in its form.
  document.addEventListener("change", (event) => {
    const name = event.target.dataset && event.target.dataset.checkAll;
    if (!name || !event.target.form) return;
    for (const box of event.target.form.querySelectorAll(`input[type=checkbox][name="${name}"]`)) {
      box.checked = event.target.checked;
    }
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.detail.elt;
    if (part.hasAttribute("data-live") && busy(part)) event.preventDefault();
  });
  document.addEventListener("htmx:afterSwap", (event) => localiseTimes(event.target.parentNode || document));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) {
      freshAt = new Date();
      noteStale(null);
    } else if (event.detail.xhr && event.detail.xhr.status === 401) {
      window.location.reload();
    } else {
      noteStale(freshAt);
    }
  });
})();
