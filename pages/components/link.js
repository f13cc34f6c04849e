// Makes a button copy the URL that `address()` returns.
export function copies(button, address) {
  const label = button.textContent;
  button.onclick = async () => {
    const text = address();
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Link copied";
    } catch {
      prompt("Copy this link:", text); // a page without https may not copy
    }
    setTimeout(() => (button.textContent = label), 2000);
  };
}

// The address of this page with a query of its own.
export const addressWith = (query) => `${location.origin}${location.pathname}?${new URLSearchParams(query)}`;
