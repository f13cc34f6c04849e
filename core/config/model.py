"""What all settings are made of, and how values become settings or a sentence that says what is wrong."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ConfigError
from core.file_format import FileModel, NewerVersionError

LARGEST = 1e6  # physical values beyond this are a slip of the keyboard
MAX_SENTENCES = 4  # of one error


@dataclass(frozen=True)
class Unit:
    """The physical unit of a field, as shown beside its label."""

    symbol: str


class Model(BaseModel):
    """Immutable settings; unknown names, NaN and infinities are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Physical = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]

B = TypeVar("B", bound=BaseModel)
M = TypeVar("M", bound=Model)
F = TypeVar("F", bound=FileModel)


def validated(model: type[B], values: dict[str, Any]) -> B:
    """`values` as a model; raises ConfigError with one sentence for each thing that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        sentences = [_sentence(detail) for detail in error.errors()]
        more = len(sentences) - MAX_SENTENCES
        rest = [f"And {more} more."] if more > 0 else []
        raise ConfigError(" ".join(sentences[:MAX_SENTENCES] + rest)) from None


def changed(config: M, **values: Any) -> M:
    """`config` with some fields changed and everything checked again; raises ConfigError."""
    return validated(type(config), config.model_dump() | values)


def load_config(model: type[F], path: Path) -> F:
    """The settings in a JSON file; raises ConfigError if the file is missing, broken or impossible."""
    try:
        values = orjson.loads(path.read_bytes())
    except OSError:
        raise ConfigError(f"The settings file {path} cannot be read; check its name and place.") from None
    except orjson.JSONDecodeError as error:
        raise ConfigError(
            f"The settings file {path} is not valid JSON (line {error.lineno}: {error.msg}); correct it or write a "
            "fresh one with export-config."
        ) from None
    if not isinstance(values, dict):
        raise ConfigError(f"The settings file {path} holds no settings: it must be a JSON object in braces.")
    try:
        return validated(model, model.file_format.strip(values))
    except NewerVersionError:
        raise ConfigError(
            f"The settings file {path} was written by a newer version of Wavetwin; update Wavetwin to open it."
        ) from None
    except ValueError:
        raise ConfigError(
            f"The settings file {path} is of another kind ({values.get('format')}); give one of {model.file_format.name}."
        ) from None


def _sentence(detail: Any) -> str:
    """One pydantic error as a sentence that names the setting."""
    place = _short(".".join(str(part) for part in detail["loc"]))
    name = place.replace("_", " ").replace(".", " → ")
    if detail["type"] == "extra_forbidden":
        return f"There is no setting “{place}”; remove it or correct its name."
    if detail["type"] == "missing":
        return f"The setting “{name}” is missing; add it."
    message = detail["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    given = detail.get("input")
    value = f" (given: {_short(repr(given))})" if isinstance(given, int | float | str) else ""
    text = f"{name}: {message}{value}." if name else f"{message}{value}."
    return text[0].upper() + text[1:]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
