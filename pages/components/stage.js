// A step of a rehearsal, part by part. The picture of the middle observation differs from the first in its scores only.

import { Plot } from "./canvas.js";
import { still } from "./motion.js";
import { unpacked } from "./packing.js";
import { FAKE_DASH } from "./palette.js";
import { count } from "./text.js";

const PART_MS = 750; // that a part of a step takes at ×1
const MIN_PART_MS = 38; // at any speed: then one step that is shown stands for several
const MAX_STEPS = 10; // requested at a time
const MAX_READABLE_SPEED = 5; // from here on captions are not read aloud; above it, nothing lights up in turn, for it would flicker
const RETRY_MS = 8000; // after which a step is requested again
const STRIP_FRACTION = 0.34; // of the signals' range, below them, for where the discriminator looked

const between = (a, b, share) => a + (b - a) * share;
const mixed = (a, b, share) => (share >= 1 ? b : a.map((value, k) => between(value, b[k], share)));
const eased = (share) => share * share * (3 - 2 * share);

function opened(observation) {
  const kind = (all) => all.map(({ y, score, where }) => ({ y: unpacked(y), score, where: unpacked(where) }));
  return { bars: observation.bars, fakes: kind(observation.fakes), reals: kind(observation.reals) };
}

function barsOf(values) {
  const bar = (value, k) =>
    `<rect x="${k * 7}" width="5" y="${value > 0 ? 10 - 10 * value : 10}" height="${Math.max(0.6, 10 * Math.abs(value))}"/>`;
  return `<svg viewBox="0 0 56 20" aria-hidden="true">${values.map(bar).join("")}</svg>`;
}

class Stage {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.stage-${name}`);
    this.play = this.find("play");
    this.caption = this.find("caption");
    this.parts = [...this.find("parts").children];
    this.boxes = [...this.find("map").querySelectorAll("[data-on]")];
    this.panels = [];
    this.playing = false;
    this.play.onclick = () => this.setPlaying(!this.playing);
    this.find("single").onclick = () => {
      this.setPlaying(false);
      this.single = true;
      this.ask(true);
    };
  }

  // At rest no frame is requested: each one takes of the processor, whether anything moves or not.
  wake() {
    this.frame ??= requestAnimationFrame((now) => this.tick(now));
  }

  end() {
    cancelAnimationFrame(this.frame);
    for (const { plot } of this.panels) plot.end();
  }

  get speed() {
    return this.single ? 1 : Number(this.find("speed").value);
  }

  get part() {
    return PART_MS / this.speed;
  }

  setPlaying(playing) {
    this.playing = playing;
    if (playing) this.single = false;
    this.play.textContent = playing ? "Pause" : "Play";
    if (playing && this.isOver) this.ask(true);
    if (playing) this.wake();
  }

  // Asks for the next step, or for as many as are due since the last time.
  ask(isFirst = false) {
    const now = performance.now();
    if (this.asked && now - this.asked < RETRY_MS) return;
    const due = isFirst ? 1 : Math.round((now - this.askedBefore) / (4 * this.part));
    this.asked = this.askedBefore = now;
    this.trigger("ask", Math.max(1, Math.min(this.speed > MAX_READABLE_SPEED ? MAX_STEPS : 1, due)));
  }

  take(data, trigger) {
    this.trigger = trigger;
    if (data.series === this.data?.series && data.step === this.data.step) return;
    const isNext = data.series === this.data?.series;
    this.data = data;
    this.observations = data.observations.map(opened);
    this.asked = 0;
    this.begun = isNext ? performance.now() : null; // at rest the last part is not shown: nothing has been learned
    this.isOver = !isNext;
    if (!isNext) this.setPlaying(false);
    this.build();
    this.find("count").textContent =
      `Step ${count(data.step)}` +
      (data.since && data.since < data.step ? ` (${count(data.since)} taken here)` : "");
    this.root.dataset.step = data.step;
    this.show(isNext ? 0 : 1, isNext ? 0 : 1);
    if (isNext) this.wake();
  }

  build() {
    if (this.panels.length) return;
    for (const kind of ["fakes", "reals"]) {
      this.observations[0][kind].forEach((_, k) => {
        const figure = document.createElement("figure");
        const name = `${kind === "fakes" ? "Fake" : "Real"} ${k + 1}`;
        figure.innerHTML =
          `<figcaption><strong>${name}</strong><span></span></figcaption><canvas role="img"></canvas>` +
          '<div class="stage-meter"><b></b></div><p class="stage-score"></p>';
        this.find(kind).append(figure);
        const canvas = figure.querySelector("canvas");
        this.panels.push({
          kind, k, canvas, name,
          plot: new Plot(canvas),
          bars: figure.querySelector("span"),
          meter: figure.querySelector("b"),
          score: figure.querySelector(".stage-score"),
        });
      });
    }
  }

  tick(now) {
    this.frame = null;
    if (!this.isOver) this.move(now);
    if (this.isOver && this.playing) this.ask();
    if (!this.isOver || this.playing) this.wake();
  }

  // Shows the step as far as it is by now.
  move(now) {
    const past = (now - this.begun) / Math.max(MIN_PART_MS, this.part);
    const part = Math.max(0, Math.min(3, Math.floor(past)));
    const share = past >= 4 ? 1 : Math.max(0, past - part);
    this.isOver = past >= 4;
    this.show(part, still.matches ? 1 : eased(Math.min(1, share * 1.4)));
  }

  show(part, share) {
    const isFast = this.speed > MAX_READABLE_SPEED;
    this.light(isFast ? null : part);
    for (const panel of this.panels) this.panel(panel, part, share);
    this.caption.setAttribute("aria-live", this.playing && this.speed >= MAX_READABLE_SPEED ? "off" : "polite");
    const text = isFast && this.playing ? "Too fast to follow, but each step still has all four parts." : this.data.captions[part];
    if (this.caption.textContent !== text) this.caption.textContent = text;
  }

  light(part) {
    if (this.lit === part) return;
    this.lit = part;
    const isOn = (on) => part === null || on.includes(String(part));
    for (const box of this.boxes) box.classList.toggle("stage-lit", isOn(box.dataset.on.split(" ")));
    this.parts.forEach((item, k) => {
      item.classList.toggle("stage-lit", isOn([String(k)]));
      k === part ? item.setAttribute("aria-current", "step") : item.removeAttribute("aria-current");
    });
  }

  panel({ kind, k, canvas, name, plot, bars, meter, score }, part, share) {
    const [before, judged, after] = this.observations.map((observation) => observation[kind][k]);
    const [from, to] = part === 3 ? [judged, after] : part === 2 ? [before, judged] : [before, before];
    const { times, range } = this.data;
    const span = range[1] - range[0] || 1;
    const base = range[0] - STRIP_FRACTION * span;
    const signal = mixed(from.y, to.y, share);
    const x = { start: times[0], step: (times[1] - times[0]) / (signal.length - 1) };
    const hill = mixed(from.where, to.where, share).map((value) => base + 0.85 * STRIP_FRACTION * span * value);
    const role = kind === "fakes" ? "fake" : "real";
    const dash = kind === "fakes" ? FAKE_DASH : undefined;
    const layers = [{ kind: "area", x, y: hill, role: "muted", alpha: 0.45, base }];
    if (part === 3 && kind === "fakes") layers.push({ kind: "line", x, y: before.y, role, dash, alpha: 0.3, width: 1.2 });
    layers.push({ kind: "line", x, y: signal, role, dash, width: 1.5 });
    plot.draw({ x: { range: times }, y: { range: [base, range[1] + 0.05 * span] }, layers, ticks: false });

    const sure = Math.round(100 * between(from.score, to.score, share));
    meter.style.width = `${sure}%`;
    const was = Math.round(100 * from.score);
    const text = part >= 2 && was !== sure ? `${was} → ${sure} % sure it is real` : `${sure} % sure it is real`;
    if (score.textContent !== text) score.textContent = text;
    canvas.setAttribute("aria-label", `${name}: ${text}`);
    if (kind === "fakes" && bars.dataset.of !== this.data.series) {
      bars.dataset.of = this.data.series;
      bars.innerHTML = barsOf(this.observations[0].bars[k]);
    }
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".wavetwin-stage");
  const stage = (root.wavetwinStage ??= new Stage(root));
  stage.take(data, setTriggerValue);
  root.wavetwinCleanup ??= () => {
    stage.end();
    root.querySelectorAll(".stage-row").forEach((row) => row.replaceChildren());
    delete root.wavetwinStage;
    delete root.wavetwinCleanup;
  };
  return root.wavetwinCleanup;
}
