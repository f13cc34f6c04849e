// A button that has the server prepare a file, waits for it, and saves it.
import { refusal } from "./server.js";

const KEEP_MS = 60_000; // in which the browser has begun to save

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_MS);
}

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("p");
  button.textContent = data.label;
  button.onclick = async () => {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true"; // it keeps the focus, unlike one that is disabled
    status.textContent = data.waiting;
    try {
      const answer = await fetch(data.address);
      if (answer.ok) {
        save(await answer.blob(), data.name);
        status.textContent = "Find the file in your browser’s downloads.";
      } else {
        status.textContent = await refusal(answer);
      }
    } catch {
      status.textContent = "The server did not answer. Try again.";
    }
    button.ariaDisabled = "false";
  };
}
