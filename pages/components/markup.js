// HTML that is replaced only when it changes, so that nothing flickers.
export default function ({ data, parentElement }) {
  const node = parentElement.querySelector(".wavetwin-markup");
  if (node.wavetwinHtml !== data.html) node.innerHTML = node.wavetwinHtml = data.html;
}
