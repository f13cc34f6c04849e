"""The colours and dashes of everything that is drawn, by role: real is blue and solid, fake is orange and dashed.

This is the only place where they are written. Figures name a role ("role:real"), style sheets use its variable
(`--wt-real`), scripts import PALETTES, FAKE_DASH from the module that `as_javascript` writes.
"""

import orjson

COLORS = {  # role: (light theme, dark theme)
    # Okabe & Ito, "Color universal design" (2008): told apart with any kind of colour vision.
    "real": ("#0072B2", "#56B4E9"),
    "fake": ("#D55E00", "#E69F00"),
    "paper": ("#FBFAF7", "#12171A"),
    "ink": ("#1C2326", "#E4E6E3"),
    "muted": ("#5E6A6E", "#9AA5A8"),
    "grid": ("#E4E0D7", "#2A3337"),
    "edge": ("#DCD8CE", "#2F383D"),
    "band": ("rgba(94,106,110,0.18)", "rgba(154,165,168,0.18)"),
    "accent": ("#0B6E69", "#4FC1B6"),
    "primary": ("#0B6E69", "#13827A"),  # the ground of the primary button
    "on_primary": ("#FFFFFF", "#FFFFFF"),  # its letters
    "link": ("#0B6E69", "#6FD3C9"),
    # Curves of runs that are compared, after ink and accent.
    "second": ("#7A4E9C", "#C9A0E8"),
    "third": ("#8A6D00", "#D8C25A"),
    "fourth": ("#A03050", "#F08CA4"),
    "good": ("#0B6E69", "#4FC1B6"),
    "fair": ("#7A6000", "#D8C25A"),
    "poor": ("#A03050", "#F08CA4"),
}
PALETTES = {
    theme: {role: colors[index] for role, colors in COLORS.items()} for index, theme in enumerate(("light", "dark"))
}
FAKE_DASH = (4.0, 1.5)  # px on, px off

REAL = {"color": "role:real", "width": 1.4}
FAKE = {"color": "role:fake", "width": 1.4, "dash": ",".join(f"{length:g}px" for length in FAKE_DASH)}


def as_css() -> str:
    """A style sheet with a variable for each role, which follows the color-scheme of what it is used on."""
    variables = [
        f"--wt-{role.replace('_', '-')}: light-dark({light}, {dark});" for role, (light, dark) in COLORS.items()
    ]
    variables.append(f"--wt-fake-dash: {' '.join(f'{length:g}' for length in FAKE_DASH)};")
    return ":root {\n" + "".join(f"  {variable}\n" for variable in variables) + "}\n"


def as_javascript() -> str:
    """A module with the colours by theme and role, and the dash of fakes."""
    return (
        f"export const PALETTES = {orjson.dumps(PALETTES).decode()};\n"
        f"export const FAKE_DASH = {orjson.dumps(FAKE_DASH).decode()}; // px on, px off\n"
    )
