// Draws every [data-chart] with uPlot from the columns its address answers.
(function () {
  "use strict";
  const REFRESH = 60000;
  const language = document.documentElement.lang;
  const COLOURS = {
    light: ["#0b5cad", "#b35900", "#1a7f37", "#8250df", "#c4232c", "#0e7490", "#6e5b00", "#57606a"],
    dark: ["#6cb6ff", "#f5a524", "#4cc38a", "#c297ff", "#ff7b80", "#56d4dd", "#e3d26f", "#a3afbd"],
  };
  const DASHES = [[], [6, 4], [2, 3], [10, 4, 2, 4]];

  function theme() {
    return document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light";
  }

  function number(value, digits) {
    return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
  }

  function scaled(value, unit) {
    if (value == null) return "–";
    if (unit === "ratio") return `${number(value * 100, 1)}%`;
    if (unit === "flag") return number(value, 2);
    if (unit === "s") return duration(value);
    if (unit !== "bit/s" && unit !== "B") return `${number(value, 2)} ${unit}`.trim();
    const steps = ["", "k", "M", "G", "T"];
    let step = 0;
    let rest = value;
    while (Math.abs(rest) >= 1000 && step < steps.length - 1) {
      rest /= 1000;
      step += 1;
    }
    return `${number(rest, rest < 10 ? 2 : 1)} ${steps[step]}${unit}`;
  }

  function duration(value) {
    if (value !== 0 && Math.abs(value) < 1) return `${number(value * 1000, 1)} ms`;
    if (value < 120) return `${number(value, 1)} s`;
    return value < 7200 ? `${number(value / 60, 1)} min` : `${number(value / 3600, 1)} h`;
  }

  const pad = (n) => String(n).padStart(2, "0");
  function clock(seconds, span) {
    const date = new Date(seconds * 1000);
    const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
    if (span < 1200) return `${time}:${pad(date.getSeconds())}`;
    return span > 80000 ? `${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}` : time;
  }

  function options(element, answer, width) {
    const style = getComputedStyle(document.body);
    const ink = style.color;
    const grid = theme() === "dark" ? "rgba(255,255,255,.1)" : "rgba(0,0,0,.08)";
    const colours = COLOURS[theme()];
    const span = answer.end - answer.start;
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    return {
      width,
      height: 240,
      cursor: { drag: { x: true, y: false } },
      scales: {
        x: { time: true, range: [answer.start, answer.end] },
        y: { range: (_, low, high) => ceiling(answer.unit, low, high) },
      },
      axes: [
        { ...axis, space: span > 80000 ? 110 : 70, values: (_, ticks) => ticks.map((t) => clock(t, span)) },
        { ...axis, ...(answer.unit === "flag" ? { incrs: [1] } : {}), size: 82, values: (_, ticks) => ticks.map((v) => scaled(v, answer.unit)) },
      ],
      series: [
        { label: element.dataset.time, value: (_, t) => (t == null ? "–" : clock(t, 86400)) },
        ...answer.curves.map((curve, i) => ({
          label: curve.label,
          stroke: colours[i % colours.length],
          dash: DASHES[Math.floor(i / colours.length) % DASHES.length],
          width: 1.5,
          spanGaps: false,
          points: { show: answer.points < 40, size: 4 },
          value: (_, v) => scaled(v, answer.unit),
        })),
      ],
    };
  }

  function ceiling(unit, low, high) {
    if (low == null || high == null) return [0, 1];
    if (unit === "ratio" || unit === "flag") return [0, Math.max(1, high)];
    const bottom = unit === "dBm" || low < 0 ? low - Math.abs(low) * 0.1 : 0;
    return [bottom, high === bottom ? bottom + 1 : high * 1.1];
  }

  function say(element, words) {
    element.replaceChildren();
    const line = document.createElement("p");
    line.className = "chart-words";
    line.textContent = words;
    element.append(line);
  }

  function draw(element, answer) {
    if (element.plot) element.plot.destroy();
    element.plot = null;
    if (!answer.curves.length) {
      say(element, element.dataset.empty);
      element.dataset.drawn = "empty";
      return;
    }
    element.replaceChildren();
    // Curves keep their own times; a null in one is a gap, a time another one lacks is not.
    const columns = uPlot.join(answer.curves.map((curve) => [curve.times, curve.values]));
    answer.points = columns[0].length;
    element.plot = new uPlot(options(element, answer, element.clientWidth), columns, element);
    element.answer = answer;
    element.dataset.drawn = String(answer.points);
  }

  async function load(element) {
    try {
      const response = await fetch(element.dataset.chart, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      draw(element, await response.json());
    } catch {
      if (!element.plot) say(element, element.dataset.fault);
    }
  }

  function begin(part) {
    const found = part.matches && part.matches("[data-chart]") ? [part] : part.querySelectorAll("[data-chart]");
    for (const element of found) {
      if (element.begun) continue;
      element.begun = true;
      new ResizeObserver(() => {
        if (element.plot && element.clientWidth) element.plot.setSize({ width: element.clientWidth, height: 240 });
      }).observe(element);
      load(element);
    }
  }

  document.addEventListener("DOMContentLoaded", () => begin(document));
  document.addEventListener("htmx:load", (event) => begin(event.detail.elt));
  document.addEventListener("themechange", () => {
    for (const element of document.querySelectorAll("[data-chart]")) if (element.answer) draw(element, element.answer);
  });
  setInterval(() => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("[data-chart]")) {
      // A chart somebody has zoomed into is left as it is.
      const zoomed = element.plot && element.answer && element.plot.scales.x.min > element.answer.start;
      if (!zoomed) load(element);
    }
  }, REFRESH);
})();
