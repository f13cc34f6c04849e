// Cards that are marked here and checked by the server, which alone knows what they are.

import { Plot } from "./canvas.js";
import { unpacked } from "./packing.js";
import { FAKE_DASH } from "./palette.js";
import { lineSample } from "./text.js";

const N_FAKES = 4; // of the eight

class Cards {
  constructor(root) {
    this.root = root;
    this.marks = new Set();
    this.go = root.querySelector(".spot-go");
    this.status = root.querySelector(".spot-status");
    this.cards = Array.from({ length: 8 }, (_, index) => this.card(index));
    root.querySelector(".spot-cards").replaceChildren(...this.cards.map(({ item }) => item));
    this.go.onclick = () => this.press();
    root.onkeydown = (event) => this.key(event); // and no key outside: it may belong to a voice or another program
  }

  end() {
    for (const { plot } of this.cards) plot.end();
  }

  card(index) {
    const item = document.createElement("li");
    item.innerHTML =
      `<button type="button" class="spot-card"><span class="spot-head"><span>${index + 1}</span><b></b></span>` +
      '<canvas aria-hidden="true"></canvas></button><p class="spot-answer"></p>';
    const button = item.querySelector("button");
    button.onclick = () => this.toggle(index);
    const plot = new Plot(item.querySelector("canvas"));
    return { item, button, plot, mark: item.querySelector("b"), answer: item.querySelector("p") };
  }

  take(data, trigger) {
    this.trigger = trigger;
    if (data.series !== this.data?.series || data.marks) this.marks = new Set(data.marks ?? []);
    this.data = data;
    this.curves = data.curves.map(unpacked);
    this.show();
  }

  get isChecked() {
    return this.data.answers !== null;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[1-8]$/.test(event.key)) this.toggle(Number(event.key) - 1);
  }

  toggle(index) {
    if (this.isChecked || this.isWaiting) return;
    this.marks.has(index) ? this.marks.delete(index) : this.marks.add(index);
    this.label();
  }

  // The server's answer enables the button again. Meanwhile it keeps the focus, unlike one that is `disabled`.
  press() {
    if (this.go.ariaDisabled === "true") return;
    this.isWaiting = true;
    this.label();
    const { series } = this.data;
    if (this.isChecked) this.trigger("next", series);
    else this.trigger("marks", { series, marks: [...this.marks] });
  }

  show() {
    this.cards.forEach(({ plot, answer }, index) => {
      const y = this.curves[index];
      const answered = this.data.answers?.[index];
      const role = answered ? (answered.fake ? "fake" : "real") : "ink";
      plot.draw({
        x: { range: [0, y.length - 1] },
        y: { range: this.data.range },
        layers: [{ kind: "line", x: { start: 0, step: 1 }, y, role, width: 1.4, dash: answered?.fake ? FAKE_DASH : undefined }],
        ticks: false,
      });
      answer.innerHTML = answered
        ? `<span>${lineSample(role)}${role}</span>` +
          `<span class="spot-${answered.right ? "right" : "wrong"}">${answered.right ? "✓ right" : "✗ wrong"}</span>`
        : "";
    });
    this.isWaiting = false;
    this.label();
  }

  label() {
    const { answers, last } = this.data;
    this.cards.forEach(({ button, mark }, index) => {
      const isMarked = this.marks.has(index);
      button.disabled = this.isChecked;
      button.setAttribute("aria-pressed", isMarked);
      button.setAttribute("aria-label", `Signal ${index + 1}: mark as fake`);
      mark.textContent = isMarked ? (answers ? "you: fake" : "fake") : answers ? "you: real" : "";
    });
    this.go.hidden = this.isChecked && last;
    this.go.textContent = this.isChecked ? "Next round" : "Check";
    this.go.ariaBusy = this.isWaiting;
    this.go.ariaDisabled = this.isWaiting || !(this.isChecked || this.marks.size === N_FAKES);
    this.status.textContent = this.isChecked
      ? `${answers.filter(({ right }) => right).length} of 8 right in this round.`
      : `${this.marks.size} marked. Mark exactly ${N_FAKES} to check them.`;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".spot");
  root.wavetwin ??= new Cards(root);
  root.wavetwin.take(data, setTriggerValue);
  return () => {
    root.wavetwin?.end();
    delete root.wavetwin;
  };
}
