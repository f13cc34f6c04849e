// The player of a training's replay, which shows the data of core/demos/replay.py.
//
// Between the snapshots of two steps everything is interpolated: all fakes come from the same latents. The stages before the
// first step are shown as they are, for their generators are of different kinds. While it plays, a frame draws only what
// moves; the reals stay as they are.

import { Plot } from "./canvas.js";
import { still } from "./motion.js";
import { unpacked } from "./packing.js";
import { FAKE_DASH } from "./palette.js";
import { count, lineSample } from "./text.js";

const N_PAIRS = 4;
const MAX_RATE = 12; // snapshots per second at speed 1
const STAGE_RATE = 0.9; // stages per second at speed 1
const MIN_SECONDS = 6; // that a replay lasts at speed 1
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const STILL_SECONDS = 1; // that a picture stands, where less motion is wanted

const PLAYER = `
  <div class="rp-bar">
    <button type="button" class="rp-play" disabled>Play</button>
    <input type="range" class="rp-seek" min="0" step="1" value="0" aria-label="Step of the training" disabled>
    <output class="rp-step">Loading…</output>
    <label>Speed <select class="rp-speed"></select></label>
  </div>
  <p class="rp-words"></p>
  <p class="rp-status" role="status"></p>
  <div class="rp-key wt-key"></div>
  <div class="rp-pairs"></div>
  <div class="rp-others"></div>`;

const PANELS = [
  ["power", "Mean power spectrum"],
  ["scatter", "One point per signal: reals are circles, fakes are crosses"],
  ["distance", "Distance to real"],
  ["losses", "Losses (generator dashed)"],
  ["accuracy", "How often the discriminator is right"],
];

// Each row of a matrix that is stored in one piece.
const rows = (values, n) => Array.from({ length: values.length / n }, (_, k) => values.subarray(k * n, (k + 1) * n));

export class Player {
  // `rested` is called with the step whenever the player comes to rest.
  constructor(root, rested = () => {}) {
    Object.assign(this, { root, rested, at: 0, playing: false });
    root.innerHTML = PLAYER;
    const find = (name) => root.querySelector(`.rp-${name}`);
    [this.button, this.seek, this.output, this.speed] = ["play", "seek", "step", "speed"].map(find);
    [this.words, this.status] = ["words", "status"].map(find);
    this.speed.innerHTML = SPEEDS.map((one) => `<option value="${one}">${one === 0.25 ? "¼" : one === 0.5 ? "½" : one}×</option>`).join("");
    this.speed.value = "1";
    this.plots = {};
    const panel = (name, title, container) => {
      const figure = document.createElement("figure");
      figure.innerHTML = "<figcaption></figcaption><canvas role='img'></canvas>";
      figure.firstChild.textContent = title;
      figure.lastChild.setAttribute("aria-label", title);
      find(container).append(figure);
      this.plots[name] = new Plot(figure.lastChild);
    };
    for (let k = 0; k < N_PAIRS; k++) {
      panel(`real${k}`, `Real ${k + 1}`, "pairs");
      panel(`fake${k}`, `Fake ${k + 1}`, "pairs");
    }
    for (const [name, title] of PANELS) panel(name, title, "others");
    find("key").innerHTML =
      `<span>${lineSample("real")}real</span>` +
      `<span>${lineSample("fake")}fake (always from the same random numbers)</span>`;
    this.button.onclick = () => (this.playing ? this.pause() : this.play());
    this.seek.oninput = () => this.go(Number(this.seek.value));
    root.onkeydown = (event) => this.key(event);
  }

  end() {
    this.playing = false;
    cancelAnimationFrame(this.request);
    for (const plot of Object.values(this.plots)) plot.end();
  }

  // Shows other data, or those of a run that went on; the step stays.
  take(data, step = this.steps && Math.round(this.step)) {
    const followed = this.steps && this.at > 0 && this.at === this.last;
    const stage = this.steps && this.at < this.data.stages.length ? this.at : undefined;
    this.steps = data.steps;
    this.last = data.steps.length - 1;
    this.data = data;
    const { signals, power, scatter, curves } = data;
    this.x = signals.n > 1 ? { start: signals.x[0], step: (signals.x[1] - signals.x[0]) / (signals.n - 1) } : [signals.x[0]];
    this.reals = rows(unpacked(signals.real), signals.n);
    this.frequencies = unpacked(power.x);
    this.frames = Object.fromEntries(
      Object.entries({ signals, power, scatter }).map(([name, part]) => {
        const all = unpacked(part.fake);
        return [name, rows(all, all.length / data.steps.length)];
      }),
    );
    this.now = Object.fromEntries(Object.entries(this.frames).map(([name, [first]]) => [name, new Float32Array(first.length)]));
    this.curves = Object.fromEntries(
      Object.entries(curves).map(([name, { x, y }]) => [name, { x: unpacked(x), y: unpacked(y) }]),
    );
    this.curves.d_accuracy.y = this.curves.d_accuracy.y.map((share) => 100 * share);
    this.pictures = this.drawnParts();
    this.seek.max = this.last;
    this.seek.disabled = this.button.disabled = false;
    for (let k = 0; k < N_PAIRS; k++) {
      const is = k < this.reals.length;
      for (const kind of ["real", "fake"]) this.plots[kind + k].canvas.parentElement.hidden = !is;
      if (is) this.plots[`real${k}`].draw(this.signal("real", this.reals[k]));
    }
    this.go(followed && !this.playing ? this.last : (stage ?? this.positionOf(step ?? 0)), !this.playing);
  }

  signal(kind, y) {
    const { x, y: range, titles } = this.data.signals;
    return {
      x: { range: x, title: titles[0] },
      y: { range, title: titles[1] },
      layers: [{ kind: "line", x: this.x, y, role: kind, width: 1.4, dash: kind === "fake" ? FAKE_DASH : undefined }],
    };
  }

  // Pictures whose arrays are filled anew for each frame.
  drawnParts() {
    const { power, scatter, n_steps: n } = this.data;
    const { distance, d_loss: d, g_loss: g, d_accuracy: right } = this.curves;
    const half = this.now.scatter.length / 2;
    const [x, y] = rows(unpacked(scatter.real), unpacked(scatter.real).length / 2);
    const top = (values, least) => values.reduce((a, b) => Math.max(a, b), least);
    const low = (values, most) => values.reduce((a, b) => Math.min(a, b), most);
    const steps = { range: [0, n], title: "step" };
    const frequencies = { range: [this.frequencies[0], this.frequencies.at(-1)], log: true, title: power.titles[0] };
    const now = () => ({ kind: "moment", at: 0, role: "accent" });
    const curve = ({ x, y }, role, dash) => ({ kind: "line", x, y, role, dash, width: 1.6 });
    return {
      power: {
        x: frequencies,
        y: { range: power.y, log: true, title: power.titles[1] },
        layers: [
          { kind: "line", x: this.frequencies, y: unpacked(power.real), role: "real" },
          { kind: "line", x: this.frequencies, y: this.now.power, role: "fake", dash: FAKE_DASH },
        ],
      },
      scatter: {
        x: { range: scatter.x, title: scatter.titles[0] },
        y: { range: scatter.y, title: scatter.titles[1] },
        layers: [
          { kind: "points", x, y, role: "real" },
          { kind: "points", x: this.now.scatter.subarray(0, half), y: this.now.scatter.subarray(half), role: "fake", mark: "cross" },
        ],
      },
      distance: {
        x: steps,
        margin: { right: 22 }, // half of the last step's number
        y: { range: [low(distance.y, 1) * 0.8, top(distance.y, 2) * 1.2], log: true, title: "distance / floor" },
        layers: [{ kind: "level", at: 1, text: "as close as real to real" }, curve(distance, "ink"), now()],
      },
      losses: {
        x: steps,
        margin: { right: 22 },
        y: { range: [Math.min(0, low(d.y, 0), low(g.y, 0)), 1.05 * top(g.y, top(d.y, 0.1))], title: "loss" },
        layers: [curve(d, "ink"), curve(g, "accent", [6, 2]), now()],
      },
      accuracy: {
        x: steps,
        margin: { right: 22 },
        y: { range: [0, 102], title: "right / %" },
        layers: [{ kind: "level", at: 50, text: "guessing" }, curve(right, "ink"), now()],
      },
    };
  }

  // The step shown, between those of two snapshots.
  get step() {
    const [k, share] = this.between();
    return this.steps[k] + share * ((this.steps[k + 1] ?? this.steps[k]) - this.steps[k]);
  }

  between() {
    const k = Math.min(Math.floor(this.at), this.last);
    return [k, k < this.data.stages.length ? 0 : this.at - k];
  }

  // The stage shown; undefined once there are steps.
  get stage() {
    return this.data.stages[Math.floor(this.at)];
  }

  // Where a step lies among the snapshots; step 0 is where everything begins.
  positionOf(step) {
    const after = this.steps.findIndex((one) => one >= step);
    if (after < 0) return this.last;
    if (after === 0) return 0;
    const [a, b] = [this.steps[after - 1], this.steps[after]];
    return after - 1 + (step - a) / (b - a);
  }

  text() {
    const stage = this.stage;
    return stage ? `stage ${Math.floor(this.at) + 1}: ${stage.title}` : `step ${count(this.step)} of ${count(this.data.n_steps)}`;
  }

  // To a position among the snapshots, which may lie between two. `resting`: it is not playing.
  go(at, resting = true) {
    this.at = Math.max(0, Math.min(this.last, at));
    this.paint();
    if (!resting) return;
    this.seek.setAttribute("aria-valuetext", this.text());
    this.rested(Math.round(this.step));
  }

  paint() {
    const [k, share] = this.between();
    for (const [name, all] of Object.entries(this.frames)) {
      const [a, b, now] = [all[k], all[Math.min(k + 1, this.last)], this.now[name]];
      for (let i = 0; i < now.length; i++) now[i] = a[i] + share * (b[i] - a[i]);
    }
    rows(this.now.signals, this.data.signals.n).forEach((y, pair) => this.plots[`fake${pair}`].draw(this.signal("fake", y)));
    const step = this.step;
    for (const [name, picture] of Object.entries(this.pictures)) {
      const last = picture.layers.at(-1);
      if (last.kind === "moment") last.at = step;
      this.plots[name].draw(picture);
    }
    this.seek.value = this.at;
    this.output.textContent = this.text();
    const { distance, accuracy } = this.stage ?? {
      distance: this.valueAt(this.curves.distance, step),
      accuracy: this.valueAt(this.curves.accuracy, step),
    };
    const words = [];
    if (distance !== null) words.push(`Distance to real: ${Number(distance.toPrecision(3))} (1 = as close as two sets of real signals).`);
    if (accuracy !== null) words.push(`Classifiers are right about ${Math.round(100 * accuracy)} % of real and fake signals (50 % = guessing).`);
    this.words.textContent = words.join(" ");
  }

  valueAt({ x, y }, step) {
    if (!x.length) return null;
    const after = x.findIndex((one) => one >= step);
    if (after <= 0) return y.at(after);
    return y[after - 1] + ((step - x[after - 1]) / (x[after] - x[after - 1])) * (y[after] - y[after - 1]);
  }

  play() {
    if (this.at >= this.last) this.at = 0;
    this.playing = true;
    this.button.textContent = "Pause";
    this.status.textContent = "";
    let before = performance.now();
    const rate = () => (this.stage ? STAGE_RATE : Math.min(MAX_RATE, Math.max(this.last, 1) / MIN_SECONDS)) * Number(this.speed.value);
    const draw = (now) => {
      if (!this.playing || !this.root.isConnected) return;
      const seconds = Math.max(0, now - before) / 1000;
      if (still.matches && seconds < STILL_SECONDS) {
        this.request = requestAnimationFrame(draw);
        return;
      }
      const at = this.at + seconds * rate();
      before = now;
      this.go(at, false);
      if (this.at >= this.last) this.pause();
      else this.request = requestAnimationFrame(draw);
    };
    this.request = requestAnimationFrame(draw);
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.request);
    this.button.textContent = "Play";
    this.go(this.at);
    this.status.textContent = `Paused at ${this.text()}.`;
  }

  key(event) {
    if (!this.steps || event.target === this.speed || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowLeft: Math.ceil(this.at) - 1, ArrowDown: Math.ceil(this.at) - 1, ArrowRight: Math.floor(this.at) + 1 };
    Object.assign(to, { ArrowUp: to.ArrowRight, Home: 0, End: this.last });
    if (event.key in to) {
      event.preventDefault();
      if (this.playing) this.pause();
      this.go(to[event.key]);
    } else if (event.key === " " && !event.target.closest("button, a")) {
      event.preventDefault();
      this.button.click();
    }
  }
}
