// Whether less motion is wanted: `still.matches`.
export const still = matchMedia("(prefers-reduced-motion: reduce)");
