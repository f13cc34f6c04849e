"""The colours of everything that is drawn, by their role: real is blue and solid, fake is orange and dashed."""

# Real and fake: Okabe & Ito, "Color universal design" (2008), told apart with any kind of colour vision.
PALETTES = {
    "light": {
        "real": "#0072B2",
        "fake": "#D55E00",
        "paper": "#FBFAF7",
        "ink": "#1C2326",
        "muted": "#5E6A6E",
        "grid": "#E4E0D7",
        "band": "rgba(94,106,110,0.18)",
        "accent": "#0B6E69",
        "second": "#7A4E9C",
        "third": "#8A6D00",
        "fourth": "#A03050",
    },
    "dark": {
        "real": "#56B4E9",
        "fake": "#E69F00",
        "paper": "#12171A",
        "ink": "#E4E6E3",
        "muted": "#9AA5A8",
        "grid": "#2A3337",
        "band": "rgba(154,165,168,0.18)",
        "accent": "#4FC1B6",
        "second": "#C9A0E8",
        "third": "#D8C25A",
        "fourth": "#F08CA4",
    },
}
REAL = {"color": "role:real", "width": 1.4}
FAKE = {"color": "role:fake", "width": 1.4, "dash": "4px,1.5px"}
