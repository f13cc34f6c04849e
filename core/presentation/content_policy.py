"""What an exported page may do: run the scripts that it was made with, and load nothing."""

from base64 import b64encode
from hashlib import sha256


def content_policy(*scripts: str) -> str:
    """A page's policy (Content Security Policy level 2) as a meta element; scripts: each with all between its tags.

    The hashes are of what we put into the page and not of what stands there, so that a script that slipped in otherwise would not
    run.
    """
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    rules = (
        "default-src 'none'",
        f"script-src {hashes}",
        "style-src 'unsafe-inline'",  # plots place their parts by style attributes
        "img-src data:",  # maps of colours are drawn as images
        "base-uri 'none'",
        "form-action 'none'",
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'
