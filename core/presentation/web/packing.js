// Numbers as core/presentation/packing.py packs them.
export function unpacked({ bdata }) {
  const bytes = Uint8Array.from(atob(bdata), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
