// Pictures that move: lines and points on a canvas, drawn again many times a second.
//
// A picture is plain data:
//   {x: {range: [a, b], title, log}, y: {…}, layers: […], margin: {left, top, right, bottom}, ticks}
//   layers: {kind: "line", x, y, role, width, dash, alpha}    x: numbers, or {start, step}
//           {kind: "area", x, y, role, alpha, base}           filled down to `base`
//           {kind: "points", x, y, role, mark: "circle"|"cross", size, alpha}
//           {kind: "level", at, role, text}                   a dotted horizontal line
//           {kind: "moment", at, role}                        a vertical line
// Colours are roles of core/presentation/palette.py.

import { PALETTES } from "./palette.js";
import { themeOf } from "./theme.js";

const TICK_FACTORS = [1, 2, 2.5, 5, 10];
const THEME_POLL_MS = 700; // the page does not tell when the theme changes

function ticksOf([low, high], log, room) {
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9);
    const n = Math.floor(Math.log10(high) + 1e-9) - first + 1;
    const every = Math.max(1, Math.ceil(n / room));
    return Array.from({ length: Math.max(0, n) }, (_, k) => first + k)
      .filter((power) => power % every === 0)
      .map((power) => 10 ** power);
  }
  const rough = (high - low) / room;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * TICK_FACTORS.find((factor) => factor * size >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, k) => (first + k) * step);
}

function tickText(value, ticks, log) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (log || size >= 1e5 || size < 1e-3) {
    const [digits, power] = value.toExponential(2).split("e");
    const powered = `10${[...String(Number(power))].map((one) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[one] ?? "⁻").join("")}`;
    if (log && size >= 0.01 && size <= 1000) return String(value);
    return Number(digits) === 1 ? powered : `${Number(digits)}·${powered}`;
  }
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : size;
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9) + (step / 10 ** Math.floor(Math.log10(step)) === 2.5 ? 1 : 0)));
  const text = value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return text.replace("-", "−");
}

// A picture on a canvas element; it keeps its size and colours as the page changes. `end()` lets go of the page.
export class Plot {
  constructor(canvas) {
    this.canvas = canvas;
    this.sizes = new ResizeObserver(() => this.repaint());
    this.sizes.observe(canvas);
    this.timer = setInterval(() => themeOf(canvas) !== this.theme && this.repaint(), THEME_POLL_MS);
  }

  end() {
    this.sizes.disconnect();
    clearInterval(this.timer);
  }

  draw(picture) {
    this.picture = picture;
    this.repaint();
  }

  repaint() {
    const { canvas, picture } = this;
    if (!picture || !canvas.isConnected || !canvas.clientWidth || !canvas.clientHeight) return;
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.theme = themeOf(canvas);
    const style = getComputedStyle(canvas);
    this.fontSize = parseFloat(style.fontSize) * 0.8;
    this.family = style.fontFamily;
    this.pen = canvas.getContext("2d");
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
    this.pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    this.measure(canvas.clientWidth, canvas.clientHeight);
    if (picture.ticks !== false) this.axes();
    this.pen.save();
    this.pen.beginPath();
    this.pen.rect(this.left - 1, this.top - 1, this.right - this.left + 2, this.bottom - this.top + 2);
    this.pen.clip();
    for (const layer of picture.layers) this[layer.kind](layer);
    this.pen.restore();
  }

  color(role) {
    return PALETTES[this.theme][role ?? "ink"];
  }

  measure(width, height) {
    const { picture, fontSize } = this;
    const bare = picture.ticks === false;
    const margin = {
      left: bare ? 2 : (picture.y.title ? 1.5 * fontSize : 0) + 3.4 * fontSize,
      bottom: bare ? 2 : (picture.x.title ? 1.5 * fontSize : 0) + 1.6 * fontSize,
      top: bare ? 2 : 0.7 * fontSize,
      right: bare ? 2 : 0.9 * fontSize,
      ...picture.margin,
    };
    [this.left, this.right] = [margin.left, width - margin.right];
    [this.top, this.bottom] = [margin.top, height - margin.bottom];
    this.across = this.along(picture.x, this.left, this.right);
    this.up = this.along(picture.y, this.bottom, this.top);
  }

  // Values of an axis → px.
  along({ range, log }, from, to) {
    const [low, high] = log ? range.map(Math.log10) : range;
    const size = (to - from) / (high - low || 1);
    return log
      ? (value) => from + (Math.log10(Math.max(value, 1e-300)) - low) * size
      : (value) => from + (value - low) * size;
  }

  axes() {
    const { pen, picture, left, right, top, bottom, fontSize } = this;
    pen.font = `${fontSize}px ${this.family}`;
    pen.strokeStyle = this.color("grid");
    pen.lineWidth = 1;
    pen.setLineDash([]);
    pen.fillStyle = this.color("muted");
    const xs = ticksOf(picture.x.range, picture.x.log, Math.max(2, (right - left) / (5.5 * fontSize)));
    const ys = ticksOf(picture.y.range, picture.y.log, Math.max(2, (bottom - top) / (3 * fontSize)));
    pen.beginPath();
    for (const x of xs.map(this.across)) pen.moveTo(x, top), pen.lineTo(x, bottom);
    for (const y of ys.map(this.up)) pen.moveTo(left, y), pen.lineTo(right, y);
    pen.stroke();
    pen.textAlign = "center";
    pen.textBaseline = "top";
    for (const x of xs) pen.fillText(tickText(x, xs, picture.x.log), this.across(x), bottom + 0.4 * fontSize);
    if (picture.x.title) pen.fillText(picture.x.title, (left + right) / 2, bottom + 1.9 * fontSize);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const y of ys) pen.fillText(tickText(y, ys, picture.y.log), left - 0.4 * fontSize, this.up(y));
    if (picture.y.title) {
      pen.save();
      pen.translate(0.75 * fontSize, (top + bottom) / 2);
      pen.rotate(-Math.PI / 2);
      pen.textAlign = "center";
      pen.fillText(picture.y.title, 0, 0);
      pen.restore();
    }
  }

  path(x, y) {
    const { pen } = this;
    const at = x.step === undefined ? (k) => x[k] : (k) => x.start + k * x.step;
    pen.beginPath();
    for (let k = 0; k < y.length; k++) pen.lineTo(this.across(at(k)), this.up(y[k]));
    return at;
  }

  line({ x, y, role, width = 1.6, dash, alpha = 1 }) {
    const { pen } = this;
    this.path(x, y);
    pen.globalAlpha = alpha;
    pen.strokeStyle = this.color(role);
    pen.lineWidth = width;
    pen.lineJoin = "round";
    pen.setLineDash(dash ?? []);
    pen.stroke();
    pen.globalAlpha = 1;
  }

  area({ x, y, role, alpha = 0.25, base = 0 }) {
    const { pen } = this;
    const at = this.path(x, y);
    pen.lineTo(this.across(at(y.length - 1)), this.up(base));
    pen.lineTo(this.across(at(0)), this.up(base));
    pen.closePath();
    pen.globalAlpha = alpha;
    pen.fillStyle = this.color(role);
    pen.fill();
    pen.globalAlpha = 1;
  }

  points({ x, y, role, mark = "circle", size = 3, alpha = 0.8 }) {
    const { pen } = this;
    pen.globalAlpha = alpha;
    pen.strokeStyle = this.color(role);
    pen.lineWidth = 1.4;
    pen.setLineDash([]);
    pen.beginPath();
    for (let k = 0; k < y.length; k++) {
      const [a, b] = [this.across(x[k]), this.up(y[k])];
      if (mark === "circle") {
        pen.moveTo(a + size, b);
        pen.arc(a, b, size, 0, 2 * Math.PI);
      } else {
        pen.moveTo(a - size, b - size);
        pen.lineTo(a + size, b + size);
        pen.moveTo(a - size, b + size);
        pen.lineTo(a + size, b - size);
      }
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }

  level({ at, role = "muted", text }) {
    const { pen, left, right, fontSize } = this;
    pen.strokeStyle = pen.fillStyle = this.color(role);
    pen.lineWidth = 1;
    pen.setLineDash([2, 3]);
    pen.beginPath();
    pen.moveTo(left, this.up(at));
    pen.lineTo(right, this.up(at));
    pen.stroke();
    if (!text) return;
    pen.font = `${fontSize}px ${this.family}`;
    pen.textAlign = "right";
    pen.textBaseline = "bottom";
    pen.fillText(text, right - 2, this.up(at) - 2);
  }

  moment({ at, role = "ink" }) {
    const { pen, top, bottom } = this;
    pen.strokeStyle = this.color(role);
    pen.lineWidth = 1.2;
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(this.across(at), top);
    pen.lineTo(this.across(at), bottom);
    pen.stroke();
  }
}
