// The theme, "light" or "dark", of what a node stands on.
export function themeOf(node) {
  for (let at = node; at; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    const scale = color.startsWith("color(") ? 255 : 1; // as what color-mix gives is written
    const parts = color.replace("color(srgb", "").match(/[\d.]+/g).map((part, k) => (k < 3 ? scale * part : Number(part)));
    if (parts[3] < 0.5) continue;
    return 0.3 * parts[0] + 0.6 * parts[1] + 0.1 * parts[2] < 128 ? "dark" : "light";
  }
  return "light";
}
