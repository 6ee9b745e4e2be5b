// What pages are without script and better with it: times in the reader's zone, and numbers drawn beside their
// tables. Reads the page alone and asks nobody; what is fetched, htmx fetches.
"use strict";

(() => {
  const DAY = 86400; // seconds
  const locale = document.documentElement.dataset.locale || undefined;
  const forms = {
    moment: new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }),
    short: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" }),
    day: new Intl.DateTimeFormat(locale, { dateStyle: "medium" }),
    whole: new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long" }),
  };
  document.documentElement.classList.add("has-script");

  // Days are days in UTC, as they were counted: another zone would move them.
  function times(within) {
    for (const time of within.querySelectorAll("time[datetime][data-as]")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime()) || time.dataset.utc) continue;
      time.dataset.utc = time.title;
      const kind = time.dataset.as;
      if (kind === "ago") time.title = `${forms.whole.format(at)} · ${time.dataset.utc}`;
      else if (kind in forms) time.textContent = forms[kind].format(at);
    }
  }

  // A chart is drawn of the table in its figure: the first column is x (data-x), the others are numbers (data-y).
  function charts(within) {
    if (typeof uPlot === "undefined") return;
    for (const figure of within.querySelectorAll("figure[data-chart]")) {
      const plot = figure.querySelector(".plot");
      const table = figure.querySelector("table");
      if (!plot || !table || plot.firstChild) continue;
      const rows = [...table.tBodies[0].rows];
      const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
      const columns = names.map((_, i) => rows.map((row) => number(row.cells[i])));
      if (figure.dataset.chart === "bars") columns.slice(2).forEach((column) => column.forEach((y, i) => (column[i] = y || null)));
      if (rows.length > 0) draw(figure, plot, names, columns);
    }
  }

  function number(cell) {
    const value = cell.dataset.x ?? cell.dataset.y;
    return value === undefined || value === "" ? null : Number(value);
  }

  function draw(figure, plot, names, columns) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const strokes = [colour("--in"), colour("--out"), colour("--faint")];
    const dashes = [[], [6, 4], [2, 3]];
    const bars = figure.dataset.chart === "bars";
    const unit = figure.dataset.unit || "";
    const shown = (value) => (value === null || value === undefined ? "–" : format(value, unit));
    const bare = figure.dataset.x === "time" ? { values: (_, values) => values.map((at) => forms.short.format(at * 1000)), incrs: [1, 2, 7, 14, 28, 56, 112].map((n) => n * DAY) } : {};
    const few = columns[0].length < 4;
    const axis = { stroke: colour("--faint"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
    const series = names.map((name, i) => {
      if (i === 0) return figure.dataset.x === "time" ? { label: name, value: (_, v) => (v ? forms.short.format(v * 1000) : "–") } : { label: name, value: (_, v) => shown(v) };
      return {
        label: name,
        stroke: strokes[(i - 1) % strokes.length],
        fill: bars && i === 1 ? strokes[0] + "55" : undefined,
        width: 2,
        dash: dashes[(i - 1) % dashes.length],
        paths: paths(figure.dataset.chart, i),
        points: { show: bars ? i > 1 : few, size: 8, fill: strokes[(i - 1) % strokes.length] },
        value: (_, v) => shown(v),
      };
    });
    const options = {
      width: plot.clientWidth,
      height: 224,
      scales: { x: { time: false, ...(figure.dataset.x === "time" ? { range: (_, low, high) => (few ? [low - 3 * DAY, high + 3 * DAY] : [low - DAY / 2, high + DAY / 2]) } : {}) }, y: { range: (_, low, high) => [0, unit === "share" ? 1 : Math.max(high, 1)] } },
      axes: [{ ...axis, ...bare }, { ...axis, size: 56, ...(unit ? {} : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }), values: (_, values) => values.map(shown) }],
      series,
      cursor: { drag: { x: true, y: false } },
    };
    const chart = new uPlot(options, columns, plot);
    new ResizeObserver(() => chart.setSize({ width: plot.clientWidth, height: 224 })).observe(plot);
  }

  // Of bars the first series has them; the others are marks of their own shape of line.
  function paths(kind, i) {
    if (kind === "bars") return i === 1 ? uPlot.paths.bars({ size: [0.7, 40] }) : () => null;
    return kind === "steps" ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear();
  }

  function format(value, unit) {
    const style = unit === "share" ? { style: "percent", maximumFractionDigits: 1 } : { maximumFractionDigits: 2 };
    return new Intl.NumberFormat(locale, style).format(value);
  }

  function all(within) {
    times(within);
    charts(within);
  }

  all(document);
  document.addEventListener("htmx:load", (event) => all(event.detail.elt));
})();
