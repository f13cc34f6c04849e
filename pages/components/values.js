// What a picture shows, as tables behind a closed “Values”: for those who cannot see it, and to copy from.

import { unpacked } from "./packing.js";
import { count } from "./text.js";

const MAX_ROWS = 60; // of a table; of more, some are left out evenly

function element(tag, text, options = {}) {
  return Object.assign(document.createElement(tag), { textContent: text, ...options });
}

const listOf = (values) => Array.from(values.bdata ? unpacked(values) : values);
const places = ({ x, x0 = 0, dx = 1 }, n) => (x ? listOf(x) : Array.from({ length: n }, (_, k) => x0 + k * dx));

function textOf(value) {
  if (typeof value === "string") return value;
  if (value === null || !Number.isFinite(value)) return "none";
  const text = Number.isInteger(value) ? count(Math.abs(value)) : String(Number(Math.abs(value).toPrecision(4)));
  return value < 0 ? `−${text}` : text;
}

// The title of an axis such as "x2"; panels in a row or a column have one for all of them, and those above a gap that of
// their neighbours.
function titleOf(layout, name) {
  const axis = (one) => layout[`${one[0]}axis${one.slice(1)}`] ?? {};
  const same = Object.keys(layout).filter((key) => key.startsWith(`${name[0]}axis`)).map((key) => layout[key]);
  const place = JSON.stringify(axis(name).domain);
  const beside = same.filter(({ domain }) => JSON.stringify(domain) === place);
  return ([axis(name), ...beside, ...(name[0] === "x" ? same : [])].find(({ title }) => title?.text)?.title.text ?? "").replaceAll("<br>", " ");
}

// The rows of a map of values are along x, its columns are those of y.
function ofMap(trace, [x, y]) {
  const n = trace.z[0].length;
  const spans = (ends, n) => (ends.length > n ? ends.slice(1).map((end, k) => `${textOf(ends[k])} to ${textOf(end)}`) : ends);
  const names = spans(listOf(trace.y), trace.z.length).map((name) => `${y || trace.name} ${textOf(name)}`);
  const columns = names.map((name, row) => ({ name, values: trace.z[row] }));
  return { along: spans(places(trace, n), n), columns, title: x, value: trace.name };
}

function ofTrace(trace, titles, panel) {
  const y = listOf(trace.y);
  const both = [places(trace, y.length), y];
  const [[along, values], [title, value]] = trace.orientation === "h" || trace.error_x ? [both.reverse(), titles.reverse()] : [both, titles];
  const name = panel ? `${panel}: ${trace.name}` : trace.name;
  const columns = [{ name, values }];
  if (trace.error_x) {
    const { array, arrayminus } = trace.error_x;
    columns.push({ name: `${name}, from`, values: values.map((one, k) => one - arrayminus[k]) });
    columns.push({ name: `${name}, to`, values: values.map((one, k) => one + array[k]) });
  }
  return { along: trace.customdata?.map((names) => [names].flat()[0]) ?? along, columns, title, value };
}

// The tables of a plotly figure: traces over the same places stand beside each other. One without a name is decoration.
export function tablesOf({ data, layout }) {
  const panels = Object.fromEntries((layout.annotations ?? []).map(({ xref, text }) => [xref, text]));
  const tables = new Map();
  for (const trace of data.filter(({ name }) => name)) {
    const { xaxis = "x", yaxis = "y" } = trace;
    const titles = [titleOf(layout, xaxis), titleOf(layout, yaxis)];
    const table = trace.z ? ofMap(trace, titles) : ofTrace(trace, titles, panels[`${xaxis} domain`]);
    const key = JSON.stringify([table.along, table.title, table.value]);
    if (tables.has(key)) tables.get(key).columns.push(...table.columns);
    else tables.set(key, table);
  }
  return [...tables.values()];
}

// A picture of canvas.js as a figure.
export function figureOf({ x, y, layers }) {
  const across = ({ x }) => (x.step === undefined ? { x } : { x0: x.start, dx: x.step });
  return {
    data: layers.filter((layer) => layer.y).map((layer) => ({ name: layer.name ?? layer.role, y: layer.y, ...across(layer) })),
    layout: { xaxis: { title: { text: x.title } }, yaxis: { title: { text: y.title } } },
  };
}

function drawn({ along, columns, title, value }) {
  const every = Math.ceil(along.length / MAX_ROWS) | 1; // odd: where lows and highs alternate, both are listed
  const thinned = every > 1 ? `: one in ${every} of ${count(along.length)} rows` : "";
  const table = element("table", "", { className: "wt-table" });
  table.append(element("caption", [value, title].filter(Boolean).join(" by ") + thinned));
  const head = table.createTHead().insertRow();
  head.append(...[title || "of", ...columns.map(({ name }) => name)].map((name) => element("th", name, { scope: "col" })));
  const body = table.createTBody();
  for (let k = 0; k < along.length; k += every) {
    const row = body.insertRow();
    row.append(element("th", textOf(along[k]), { scope: "row" }));
    row.append(...columns.map(({ values }) => element("td", textOf(values[k]))));
  }
  return table;
}

// Puts a closed “Values” below a picture; nothing is made before it is opened. Returns what to call when the picture is
// another one. `figure()` is a plotly figure, or undefined while there is none.
export function valuesBelow(picture, figure) {
  const details = element("details", "", { className: "wt-values" });
  const summary = element("summary", "Values");
  const tables = element("div", "", { tabIndex: 0, role: "region" });
  details.append(summary, tables);
  picture.after(details);
  const fill = () => {
    const name = `Values: ${picture.getAttribute("aria-label")}`;
    summary.setAttribute("aria-label", name);
    tables.setAttribute("aria-label", name);
    const shown = details.open && figure();
    if (shown) tables.replaceChildren(...tablesOf(shown).map(drawn));
  };
  details.ontoggle = fill;
  return fill;
}
