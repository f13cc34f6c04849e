// How many, with thousands separators.
export const count = (n) => Math.round(n).toLocaleString("en-US");

// A short line as it is drawn for "real" or "fake", for use in a legend.
export const lineSample = (kind) =>
  `<svg viewBox="0 0 30 8" aria-hidden="true"><line class="wt-${kind}" x2="30" y1="4" y2="4"/></svg>`;
