// The address of a route of this server, below whatever path the server stands.
export function api(path, query = {}) {
  const address = new URL(`../../api/${path}`, import.meta.url);
  address.search = new URLSearchParams(query);
  return address.href;
}

// The sentence in which the server says why it refused.
export async function refusal(answer) {
  const { error } = await answer.json().catch(() => ({}));
  return error ?? "Something failed on the server. Try again.";
}
