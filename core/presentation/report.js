// Draws a figure of a report in its place; on a narrow screen with the layout for one.
function show(index, figure) {
  const node = document.getElementById("picture-" + index);
  const layout = innerWidth < 560 ? { ...figure.layout, ...figure.narrow } : figure.layout;
  Plotly.newPlot(node, figure.data, layout, { displayModeBar: false, responsive: true });
}
