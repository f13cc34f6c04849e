// A plotly figure in the colours of the theme.

import { PALETTES } from "./palette.js";
import { themeOf } from "./theme.js";
import { valuesBelow } from "./values.js";

const NARROW_PX = 560; // a figure's narrow layout is used below this width
const FONT_PX = 15; // figures are laid out for text of this size

// One script element, however many charts there are; the version lets browsers keep it.
function loadPlotly(version) {
  window.wavetwinPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(`../plotly.min.js?v=${version}`, import.meta.url);
    script.onload = () => resolve(window.Plotly);
    script.onerror = reject;
    document.head.append(script);
  });
  return window.wavetwinPlotly;
}

// The page's text size, as a multiple of the usual.
function magnification() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / FONT_PX;
}

// A layout with all that depends on the text size enlarged.
function magnified(layout, times) {
  const larger = (sizes) => Object.fromEntries(Object.entries(sizes).map(([side, size]) => [side, size * times]));
  const noted = (note) => ({ ...note, font: { ...note.font, size: note.font.size * times } });
  return {
    ...layout,
    height: layout.height * (1 + (times - 1) / 2), // most of it is picture
    margin: larger(layout.margin),
    font: { ...layout.font, size: layout.font.size * times },
    ...(layout.annotations && { annotations: layout.annotations.map(noted) }),
  };
}

// Puts the palette's colours in the place of "role:…".
function painted(value, palette) {
  if (typeof value === "string") return value.startsWith("role:") ? palette[value.slice(5)] : value;
  if (Array.isArray(value)) return value.map((item) => painted(item, palette));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, painted(item, palette)]));
  }
  return value;
}

// What a plot depends on besides its data: the theme, the width, the size of letters.
function seenNow(node) {
  return `${themeOf(node)} ${node.clientWidth} ${magnification()}`;
}

function draw(node) {
  const { figure, plotly } = node.wavetwin;
  const narrow = node.clientWidth < NARROW_PX;
  const layout = magnified({ ...figure.layout, ...(narrow ? figure.narrow : {}) }, magnification());
  node.style.height = `${layout.height}px`;
  layout.width = node.clientWidth; // plotly keeps the first one it finds
  const palette = PALETTES[themeOf(node)];
  layout.font = { ...layout.font, family: getComputedStyle(node).fontFamily };
  layout.dragmode = narrow ? false : "zoom"; // a finger scrolls the page
  node.wavetwinDrawn = seenNow(node);
  return loadPlotly(plotly)
    .then((Plotly) =>
      Plotly.react(node, painted(figure.data, palette), painted(layout, palette), {
        displaylogo: false,
        displayModeBar: "hover",
        modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]], // none that sends data anywhere
        scrollZoom: false,
      }),
    )
    .then(() => {
      for (const svg of node.querySelectorAll(".main-svg")) svg.setAttribute("aria-hidden", true); // the values say more
      for (const mode of node.querySelectorAll(".modebar-btn[data-attr=dragmode]")) mode.tabIndex = -1; // of a mouse
    })
    .catch(() => {
      node.textContent = "The plot could not be drawn. Reload the page.";
    });
}

export default function ({ data, parentElement }) {
  const node = parentElement.querySelector(".wavetwin-chart");
  node.wavetwin = data;
  node.setAttribute("aria-label", data.description);
  node.wavetwinValues ??= valuesBelow(node, () => node.wavetwin.figure);
  node.wavetwinValues();
  if (node.wavetwinCleanup) {
    // Out of sight it waits: drawing takes more of a processor than all the rest of the page.
    node.wavetwinStale = !node.wavetwinSeen;
    if (node.wavetwinSeen) draw(node);
    return node.wavetwinCleanup;
  }
  draw(node);

  // The width changes with the window and the sidebar, the theme with the menu.
  const redraw = () => {
    if (node.isConnected && node.clientWidth && seenNow(node) !== node.wavetwinDrawn) draw(node);
  };
  const size = new ResizeObserver(redraw);
  size.observe(node);
  const theme = setInterval(redraw, 700);
  const sight = new IntersectionObserver(([entry]) => {
    node.wavetwinSeen = entry.isIntersecting;
    if (node.wavetwinSeen && node.wavetwinStale) draw(node);
    node.wavetwinStale &&= !node.wavetwinSeen;
  });
  sight.observe(node);
  node.wavetwinCleanup = () => {
    size.disconnect();
    sight.disconnect();
    clearInterval(theme);
    delete node.wavetwinCleanup;
    window.Plotly?.purge(node);
  };
  return node.wavetwinCleanup;
}
