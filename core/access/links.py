"""Links that open without a cookie, for a while: to hand a download to a program or to another machine."""

import time
from collections.abc import Mapping
from urllib.parse import urlencode

from itsdangerous import Signer

SALT = "wavetwin-link"
UNTIL, SIGNATURE = "signed_until", "signature"
UNSIGNED = ("ticket", SIGNATURE)  # a download may be followed under any ticket
LIFETIME = 3600  # seconds that a link lasts at least; at most twice that


def sign(path: str, query: Mapping[str, object], secret: str) -> dict[str, object]:
    """The query with a signature for this path and until some time, which is the same for an hour, as pages are drawn often."""
    until = (int(time.time()) // LIFETIME + 2) * LIFETIME
    dated = {**query, UNTIL: until}
    return {**dated, SIGNATURE: _signer(secret).get_signature(_message(path, dated)).decode()}


def is_signed(path: str, query: Mapping[str, str], secret: str) -> bool:
    """Whether a query was signed for this path, and still holds."""
    is_ours = _signer(secret).verify_signature(_message(path, query), query.get(SIGNATURE, ""))
    return is_ours and int(query[UNTIL]) >= time.time()  # what is not ours may be no number that can be read


def stripped(query: Mapping[str, str]) -> dict[str, str]:
    """A query as it was before it was signed."""
    return {name: value for name, value in query.items() if name not in (UNTIL, SIGNATURE)}


def _signer(secret: str) -> Signer:
    return Signer(secret, salt=SALT)


def _message(path: str, query: Mapping[str, object]) -> bytes:
    return f"{path}?{urlencode(sorted((name, str(value)) for name, value in query.items() if name not in UNSIGNED))}".encode()
