import { addressWith, copies } from "./link.js";
import { Player } from "./player.js";
import { refusal } from "./server.js";

const POLL_MS = 5000; // between two requests for a replay that grows

// Fetches the replay, unless this version is there already or is playing.
async function fetched(node) {
  const { player, data, have } = node.wavetwin;
  if (have === data.version || player.playing || node.wavetwin.fetching) return;
  node.wavetwin.fetching = true;
  const { address, version, step } = data;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(await refusal(answer));
    const replay = await answer.json();
    if (node.wavetwin?.data.address === address && !player.playing) {
      player.take(replay, have ? undefined : step);
      node.wavetwin.have = version;
    }
  } catch (error) {
    if (!have) player.output.textContent = error.message;
  }
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  if (!node.wavetwin) return;
  node.wavetwin.fetching = false;
  fetched(node); // what was added meanwhile
}

export default function ({ data, parentElement }) {
  const node = parentElement.querySelector(".rp");
  if (node.wavetwin?.data.address !== data.address) {
    node.wavetwin?.player.end();
    const player = new Player(node, () => fetched(node));
    node.wavetwin = { player, data };
    const link = document.createElement("button");
    Object.assign(link, { type: "button", className: "rp-link", textContent: "Copy link to this moment" });
    copies(link, () => addressWith({ run: node.wavetwin.data.run, view: "Replay", step: Math.round(player.step ?? 0) }));
    node.querySelector(".rp-bar").append(link);
  }
  node.wavetwin.data = data;
  fetched(node);
  return () => {
    node.wavetwin?.player.end();
    delete node.wavetwin;
  };
}
