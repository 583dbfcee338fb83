// Runs before the first paint, so that a dark page never flashes white.
(function () {
  const root = document.documentElement;
  if (!root.dataset.bsTheme) {
    const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.bsTheme = dark ? "dark" : "light";
  }
})();
