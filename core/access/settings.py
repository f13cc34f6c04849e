"""What an administrator sets: who may sign in, whether visitors are let in, and how much each person may use.

Each setting stands in the section [wavetwin] of secrets.toml or in the environment, as WAVETWIN_ and its name in capitals; the
environment wins. None of them is set unless somebody sets it.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import Field

from core.config import Model, validated
from core.errors import ConfigError

PREFIX = "WAVETWIN_"
LISTS = ("allowed_emails", "allowed_groups")  # separated by commas in the environment
VISITOR_LIMITS = {
    "max_runs": 3,
    "max_disk_mb": 200,
    "max_download_mb": 50,
    "max_queue": 5,
    "max_minutes": 10,
    "max_visitor_runs": 100,
}
OPEN = (
    "Nobody has to sign in, so everybody who reaches {address} can see, start, rename and delete runs; docs/operations.md says "
    "how to change that."
)
NO_LIST = (
    "Everybody who has an account with the sign-in provider may use this server; allowed_emails or allowed_groups in the "
    "section [wavetwin] of secrets.toml say who may."
)


class Access(Model):
    """Who may use a server, and how much. A limit that is None is not there; those of a person are for each alone."""

    secret: str = Field("", repr=False, description="Signs links, and is empty where nobody has to sign in.")
    mode: Literal["", "visitor"] = ""
    allowed_emails: tuple[str, ...] = Field((), description="Addresses, or *@domain for all of a domain.")
    allowed_groups: tuple[str, ...] = Field((), description="Of the claim “groups” that the provider sends.")
    max_runs: int | None = Field(None, ge=0, description="That a person may keep.")
    max_disk_mb: int | None = Field(None, ge=0, description="That a person's runs and data sets may take.")
    max_download_mb: int | None = Field(None, ge=1, description="Of the signals in one download, as 32-bit numbers.")
    max_queue: int | None = Field(None, ge=0, description="Trainings that may wait, of all people together.")
    max_minutes: int | None = Field(None, ge=1, description="That one training may take.")
    max_visitor_runs: int | None = Field(None, ge=0, description="Of all visitors together.")
    keep_hours: int = Field(24, ge=1, description="After which the run of a visitor is deleted.")

    @classmethod
    def read(cls, secrets: Mapping[str, Any], environment: Mapping[str, str]) -> Self:
        """The settings in secrets.toml and in the environment. Raises ConfigError where one is impossible."""
        values: dict[str, Any] = dict(secrets.get("wavetwin", {}))
        for name in cls.model_fields.keys() - {"secret"}:
            if text := environment.get(f"{PREFIX}{name.upper()}", "").strip():
                values[name] = [part.strip() for part in text.split(",")] if name in LISTS else text
        if values.get("mode") == "visitor":
            values = VISITOR_LIMITS | values
        if "auth" in secrets:
            values["secret"] = secrets["auth"].get("cookie_secret", "")
            if not values["secret"]:
                raise ConfigError(
                    "The section [auth] in secrets.toml has no cookie_secret; add one, a long random text."
                )
        return validated(cls, values)

    @property
    def is_sign_in_needed(self) -> bool:
        """Nothing is shown to somebody who has not signed in."""
        return bool(self.secret)

    @property
    def is_for_visitors(self) -> bool:
        """A public demo: nothing is uploaded, and each person changes only what they made."""
        return self.mode == "visitor"

    def warnings(self, address: str | None) -> Iterator[str]:
        """What an administrator should know at the start of a server that listens at an address (None: at all of them)."""
        if self.is_for_visitors:
            return
        if self.is_sign_in_needed and not (self.allowed_emails or self.allowed_groups):
            yield NO_LIST
        if not self.is_sign_in_needed and not _is_this_machine(address):
            yield OPEN.format(address=address or "any address of this machine")


UNLIMITED = Access()  # what holds unless somebody sets something


def _is_this_machine(address: str | None) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
