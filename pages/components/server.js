// The address of a route of this server, below whatever path the server stands.
export function api(path, query = {}) {
  const address = new URL(`../../api/${path}`, import.meta.url);
  address.search = new URLSearchParams(query);
  return address.href;
}
