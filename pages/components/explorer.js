// Sliders that ask the server for a signal, and draw it. While a request is under way, only the last of those that follow
// is kept.

import { Plot } from "./canvas.js";
import { unpacked } from "./packing.js";
import { FAKE_DASH } from "./palette.js";
import { addressWith, copies } from "./link.js";
import { api, refusal } from "./server.js";
import { figureOf, valuesBelow } from "./values.js";

const NEAREST_DELAY_MS = 250; // without another request, after which the nearest reals are requested
const N_SEEDS = 1e6;
const FADE_MS = 60; // of a sound that is stopped

const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);

function quantityItem([name, text]) {
  const item = document.createElement("div");
  item.append(
    Object.assign(document.createElement("dt"), { textContent: name }),
    Object.assign(document.createElement("dd"), { textContent: text }),
  );
  return item;
}

class Explorer {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.ex-${name}`);
    this.signal = new Plot(this.find("signal"));
    this.spectrum = new Plot(this.find("spectrum"));
    this.values = [this.signal, this.spectrum].map((plot) =>
      valuesBelow(plot.canvas, () => plot.picture && figureOf(plot.picture)),
    );
    this.near = [];
    this.walking = false;
    this.kept = [null, null]; // points A and B, as text, with their signals
    this.noise = this.find("noise").querySelector("input");
    this.way = this.find("way").querySelector("input");
    this.noise.onchange = () => this.draw();
    this.way.oninput = () => {
      this.walking = true;
      this.ask();
    };
    this.find("surprise").onclick = () => this.go(String(Math.floor(Math.random() * N_SEEDS)));
    this.find("sound").onclick = () => this.toggleSound();
    copies(this.find("link"), () => addressWith({ run: this.data.run, ...this.where() }));
    root.querySelectorAll(".ex-keep").forEach((button, which) => (button.onclick = () => this.keep(which)));
  }

  end() {
    clearTimeout(this.timer);
    this.audio?.pause();
    for (const plot of [this.signal, this.spectrum, ...this.near]) plot.end();
  }

  take(data) {
    const isOther = data.run !== this.data?.run || data.at !== this.data?.at || data.version !== this.data?.version;
    const isSame = !isOther && data.channel === this.data.channel;
    this.data = data;
    if (isSame) return;
    this.find("noise").hidden = !data.noise;
    this.find("walk").querySelector("p").textContent = data.walk;
    if (isOther) {
      this.kept = [null, null];
      this.directions = this.fields = this.shown = null;
      this.at = data.at;
      this.walking = Boolean(data.to);
      if (data.to) this.kept = [{ at: data.at }, { at: data.to }];
      this.way.value = data.share;
    }
    for (const one of this.kept) if (one) delete one.signal; // it was drawn in another channel
    this.label();
    this.ask();
  }

  // What is shown, as the server is asked for it.
  where() {
    return this.walking ? { at: this.kept[0].at, to: this.kept[1].at, share: this.way.value } : { at: this.at };
  }

  address(path, more = {}) {
    const query = { run: this.data.run, channel: this.data.channel, ...this.where(), ...more };
    return api(`explore${path}`, query);
  }

  go(at) {
    this.at = at;
    this.walking = false;
    this.ask();
  }

  async ask() {
    this.since ??= performance.now();
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    clearTimeout(this.timer);
    try {
      const answer = await fetch(this.address(""));
      if (!answer.ok) throw new Error(await refusal(answer));
      this.show(await answer.json());
      this.find("status").textContent = this.warning ?? "";
      this.warning = null;
    } catch (error) {
      this.find("status").textContent = error.message;
      if (!this.shown) {
        this.warning = error.message; // of a link that leads nowhere: shown beside another signal
        this.kept = [null, null];
        this.walking = false;
        this.label();
        this.at = "1";
        this.again = this.data.at !== "1";
      }
    }
    this.asking = false;
    if (!this.root.isConnected) return;
    if (this.again) {
      this.again = false;
      this.ask();
    } else this.timer = setTimeout(() => this.nearest(), NEAREST_DELAY_MS);
  }

  show(found) {
    const unpack = (name) => found[name] && unpacked(found[name]);
    this.shown = {
      ...found,
      noisy: [unpack("signal"), unpack("power")],
      quiet: found.clean && [unpack("clean"), unpack("clean_power")],
      frequencies: unpack("frequencies"),
    };
    // A slider that is being moved stays where it is held.
    this.at = this.again ? this.at : found.at;
    this.rows(found);
    this.draw();
    this.find("quantities").replaceChildren(...found.quantities.map(quantityItem));
    this.root.dataset.ms = performance.now() - this.since;
    this.root.dataset.at = found.at;
    this.since = this.again ? performance.now() : null;
  }

  // Sliders for the directions and the conditions; made anew where these are others.
  rows({ directions, z, conditions }) {
    const names = JSON.stringify(directions);
    if (names !== this.directions) {
      this.directions = names;
      const rows = directions.map(({ label, note }) => this.row(label, { min: -3, max: 3, step: 0.01 }, note));
      this.fill("directions", rows);
      this.sliders = rows.map((row) => row.querySelector("input"));
    }
    if (!this.fields) {
      this.fill("conditions", this.data.columns.map((column) => this.conditionRow(column)));
      this.fields = [...this.find("conditions").querySelectorAll("input, select")];
      this.find("conditions").hidden = !this.fields.length;
    }
    this.sliders.forEach((slider, k) => this.put(slider, z[k], signed));
    this.fields.forEach((field, k) => this.put(field, conditions[k], this.data.columns[k].classes.length ? null : String));
  }

  fill(name, rows) {
    const set = this.find(name);
    set.replaceChildren(set.querySelector("legend"), ...rows);
  }

  row(label, range, small = "") {
    const row = document.createElement("label");
    row.className = "ex-slider";
    const name = Object.assign(document.createElement("span"), { textContent: label[0].toUpperCase() + label.slice(1) });
    const input = Object.assign(document.createElement("input"), { type: "range", ...range });
    input.setAttribute("aria-label", label);
    input.oninput = () => this.moved();
    row.append(name, document.createElement("output"), input);
    if (small) row.append(Object.assign(document.createElement("small"), { textContent: small }));
    return row;
  }

  conditionRow({ label, minimum, maximum, classes }) {
    const row = this.row(label, { min: minimum, max: maximum, step: (maximum - minimum) / 200 || 1 });
    if (!classes.length) return row;
    const select = document.createElement("select");
    select.setAttribute("aria-label", label);
    select.append(...classes.map((name, k) => new Option(name, k)));
    select.onchange = () => this.moved();
    row.querySelector("input").replaceWith(select);
    return row;
  }

  put(field, value, text) {
    const isHeld = document.activeElement === field && this.again;
    if (!isHeld) field.value = value;
    if (!text) return;
    const words = text(text === String ? Number(Number(field.value).toPrecision(3)) : Number(field.value));
    field.parentElement.querySelector("output").textContent = words;
    field.setAttribute("aria-valuetext", words);
  }

  moved() {
    const values = (fields) => fields.map((field) => Number(field.value)).join(",");
    this.go(`${this.shown.seed}_${values(this.sliders)}_${values(this.fields)}`.replace(/_$/, ""));
  }

  get current() {
    return this.shown.quiet && !this.noise.checked ? this.shown.quiet : this.shown.noisy;
  }

  draw() {
    const [signal, power] = this.current;
    const { times, range, powers, titles, frequency_unit: unit } = this.data;
    const x = { start: times[0], step: (times[1] - times[0]) / (signal.length - 1) };
    const [low, high] = [Math.min(range[0], ...signal), Math.max(range[1], ...signal)];
    const margin = 0.04 * (high - low) || 1;
    const ends = this.walking ? this.kept.map((one, which) => ({ ...one, name: "AB"[which] })).filter((one) => one.signal) : [];
    this.signal.draw({
      x: { range: times, title: titles.time },
      y: { range: [low - margin, high + margin], title: titles.value },
      layers: [
        ...ends.map((one) => ({ kind: "line", x, y: one.signal, name: one.name, role: "muted", width: 1.2, alpha: 0.55 })),
        { kind: "line", x, y: signal, role: "fake", dash: FAKE_DASH, width: 1.6 },
      ],
    });
    const { frequencies } = this.shown;
    this.spectrum.draw({
      x: { range: [0, frequencies.at(-1)], title: titles.frequency },
      y: { range: powers, log: true, title: titles.power },
      layers: [{ kind: "line", x: frequencies, y: power, role: "fake", dash: FAKE_DASH, width: 1.6 }],
    });
    const quantities = this.shown.quantities.map(([name, text]) => `${name} ${text}`).join(", ");
    this.find("signal").setAttribute("aria-label", `A fake signal: ${quantities}`);
    this.find("spectrum").setAttribute("aria-label", `Power spectral density up to ${frequencies.at(-1).toPrecision(3)} ${unit}`);
    for (const fill of this.values) fill();
  }

  keep(which) {
    this.kept[which] = { at: this.shown.at, signal: this.current[0] };
    this.walking = false;
    this.way.value = which;
    this.label();
    this.draw();
  }

  label() {
    this.root.querySelectorAll(".ex-keep").forEach((button, which) => {
      const letter = "AB"[which];
      button.textContent = this.kept[which] ? `Keep as ${letter} instead` : `Keep as ${letter}`;
    });
    this.way.disabled = !(this.kept[0] && this.kept[1]);
  }

  async nearest() {
    const asked = this.address("/nearest");
    const answer = await fetch(asked).catch(() => null);
    if (!answer?.ok || asked !== this.address("/nearest")) return;
    const { signal, reals, distances, note } = await answer.json();
    this.find("nearness").textContent = note;
    const fake = unpacked(signal);
    const curves = reals.map(unpacked);
    if (this.near.length !== reals.length) {
      for (const plot of this.near) plot.end();
      this.find("nearest").innerHTML = reals.map(() => '<figure><canvas role="img"></canvas><figcaption></figcaption></figure>').join("");
      this.near = [...this.find("nearest").querySelectorAll("canvas")].map((canvas) => new Plot(canvas));
    }
    const x = { start: 0, step: 1 / (fake.length - 1) };
    const low = Math.min(...fake, ...curves.flatMap((curve) => [...curve]));
    const high = Math.max(...fake, ...curves.flatMap((curve) => [...curve]));
    curves.forEach((curve, k) => {
      const layers = [
        { kind: "line", x, y: curve, role: "real", width: 1.6 },
        { kind: "line", x, y: fake, role: "fake", dash: FAKE_DASH, width: 1.3 },
      ];
      this.near[k].draw({ x: { range: [0, 1] }, y: { range: [low, high] }, layers, ticks: false });
      const text = `differs by ${distances[k]}`;
      this.near[k].canvas.setAttribute("aria-label", `Real signal ${k + 1}, solid, and the fake, dashed: ${text}`);
      this.find("nearest").querySelectorAll("figcaption")[k].textContent = text;
    });
    this.root.dataset.near = this.root.dataset.at;
  }

  toggleSound() {
    if (this.audio) return this.silence();
    const audio = new Audio(this.address("/sound", { clean: !this.noise.checked }));
    audio.onended = () => this.silence();
    audio.onerror = () => {
      this.silence();
      this.find("status").textContent = "Your browser could not play the sound; the signal itself is fine.";
    };
    this.audio = audio;
    this.find("heard").hidden = false;
    this.find("heard").textContent = this.data.sound;
    this.find("sound").textContent = "Stop";
    this.find("sound").setAttribute("aria-pressed", "true");
    audio.play().catch(() => {}); // onerror says what failed; stopping before the start is no failure
  }

  silence() {
    const audio = this.audio;
    this.audio = null;
    const began = performance.now();
    const softer = () => {
      audio.volume = Math.max(0, 1 - (performance.now() - began) / FADE_MS);
      audio.volume > 0 && !audio.ended ? requestAnimationFrame(softer) : audio.pause();
    };
    softer();
    this.find("sound").textContent = "Play sound";
    this.find("sound").setAttribute("aria-pressed", "false");
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".wavetwin-explorer");
  root.wavetwin ??= new Explorer(root);
  root.wavetwin.take(data);
  return () => {
    root.wavetwin?.end();
    delete root.wavetwin;
  };
}
