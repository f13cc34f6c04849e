"""Files that end before they are whole, as when a recorder lost its power or a copy was broken off."""

from core.recordings.findings import Finding, told


def cut_off(name: str, there: float, whole: float, what: str = "samples") -> tuple[Finding, ...]:
    """How much of a file is missing at its end, where something is; there, whole: how much there is, and what it says it has."""
    if not 0 <= there < whole:
        return ()
    missing = whole - there
    share = f"{missing:,.10g} of {whole:,.10g} {what} ({missing / whole:.1%})"
    return (told("cut off", f"“{name}” is cut off: {share} are missing at its end.", "kept", "recording", name),)
