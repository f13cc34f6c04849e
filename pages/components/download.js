import { api } from "./server.js";
import { count } from "./text.js";

const POLL_MS = 300;
const START_TIMEOUT_MS = 10_000; // in which a download must have begun

const seconds = (s) => `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// What is said of a download that has not ended.
export function progressText({ sent, count: n, seconds: s, waiting }) {
  if (waiting) return "Waiting for other downloads. Yours begins by itself.";
  return `${count(sent)} of ${count(n)} signals · ${seconds(s)}`;
}

async function follow(ticket, show) {
  const asked = performance.now();
  for (;;) {
    await wait(POLL_MS);
    const answer = await fetch(api(`downloads/${ticket}`)).catch(() => null);
    if (answer?.ok) {
      const progress = await answer.json();
      show(progress);
      if (progress.done) return progress;
    } else if (performance.now() - asked > START_TIMEOUT_MS) {
      return null;
    }
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  const bar = parentElement.querySelector("progress");
  const status = parentElement.querySelector("p");
  button.textContent = data.label;
  button.classList.toggle("primary", data.primary);
  button.onclick = async () => {
    if (button.ariaDisabled === "true") return;
    const ticket = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16)).join("");
    const link = document.createElement("a");
    link.href = `${data.address}&ticket=${ticket}`;
    link.download = "";
    link.click();
    button.ariaDisabled = "true"; // it keeps the focus, unlike one that is disabled
    bar.hidden = false;
    bar.removeAttribute("value");
    status.textContent = "Starting…";
    const end = await follow(ticket, (progress) => {
      if (!progress.waiting) bar.value = progress.sent / progress.count;
      status.textContent = progressText(progress);
    });
    button.ariaDisabled = "false";
    bar.hidden = true;
    if (end && end.sent < end.count) {
      status.textContent = `The download stopped after ${count(end.sent)} signals. Press again to start over.`;
    } else if (end) {
      status.textContent = `Sent ${count(end.count)} signals in ${seconds(end.seconds)}. Find the file in your browser’s downloads.`;
      setTriggerValue("seconds", end.seconds);
    } else {
      status.textContent = "The download did not start. Reload the page and try again.";
    }
  };
}
