"""Who somebody is: a person who signed in, or a visitor who is known by a cookie only."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from core.access.settings import Access
from core.formatting import name_of
from core.store.owner import Owner

MAX_NAME = 80  # characters
VISITOR_COOKIE = "wavetwin_visitor"  # a random text, from our own server
VISITOR = "a visitor"


@dataclass(frozen=True)
class Person:
    """Somebody who uses a server. id: tells them from all others. email: empty where the provider did not verify it."""

    id: str
    name: str
    email: str = ""
    groups: tuple[str, ...] = ()
    is_visitor: bool = False

    @classmethod
    def signed_in(cls, claims: Mapping[str, Any]) -> Self | None:
        """The person that the claims of an OpenID token speak of; None where they speak of nobody who signed in."""
        if not claims.get("is_logged_in") or not claims.get("sub"):
            return None
        is_verified = str(claims.get("email_verified", True)).lower() == "true"  # some providers say it as a word
        email = str(claims.get("email") or "").lower() if is_verified else ""
        name = claims.get("name") or claims.get("preferred_username") or email or claims["sub"]
        groups = claims.get("groups") or ()
        return cls(
            id=f"{claims.get('iss', '')} {claims['sub']}",
            name=name_of(str(name), MAX_NAME),
            email=email,
            groups=tuple(map(str, groups)) if isinstance(groups, list | tuple) else (str(groups),),
        )

    @classmethod
    def visiting(cls, cookies: Mapping[str, str]) -> Self | None:
        """The visitor with a cookie of ours; None for somebody without."""
        text = cookies.get(VISITOR_COOKIE)
        # The text itself would let whoever reads the files of a run act as its visitor.
        return cls(hashlib.sha256(text.encode()).hexdigest()[:32], VISITOR, is_visitor=True) if text else None

    def is_allowed(self, access: Access) -> bool:
        """Whether the lists have them; without any list everybody who signed in is welcome."""
        if not (access.allowed_emails or access.allowed_groups):
            return True
        return any(_is_meant(entry, self.email) for entry in access.allowed_emails) or bool(
            set(self.groups) & set(access.allowed_groups)
        )

    def owner(self, access: Access) -> Owner:
        """What is kept of them with what they make."""
        expires_at = time.time() + 3600 * access.keep_hours if access.is_for_visitors else None
        return Owner(id=self.id, name=self.name, expires_at=expires_at, minutes=access.max_minutes)


def _is_meant(entry: str, email: str) -> bool:
    """Whether an entry of the list, such as ada@lab.org or *@lab.org, means an address."""
    entry = entry.strip().lower()
    return bool(email) and (email.endswith(entry[1:]) if entry.startswith("*@") else email == entry)


def may_change(owner: Owner | None, person: Person | None, access: Access) -> bool:
    """Whether somebody may rename, stop or delete what belongs to `owner`: among visitors only what they made themselves."""
    if not access.is_for_visitors:
        return True
    return owner is not None and person is not None and owner.id == person.id
