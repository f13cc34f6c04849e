"""Files that are dropped on page Signals, and what it then shows."""

import io

import numpy as np
import soundfile

from core.config import RecordingsConfig
from tests.pages.visits import is_well, markdown, shown, tile_texts, visit

N, LENGTH = 40, 32
NUMBERED = [f"s{i}" for i in range(LENGTH)]
TIMED = [f"t={i / 50:g} s" for i in range(LENGTH)]
RATE = "Samples per second (Hz)"
UGLY = "<b>x</b> $y$ **z** ![i](x)"


def waves(seed: int = 0) -> np.ndarray:
    """Forty sines in noise."""
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 6, (N, 1))
    return 5 + np.sin(np.arange(LENGTH) / 3 + phases) + 0.1 * rng.normal(size=(N, LENGTH))


def table(header: list[str] = NUMBERED, seed: int = 0, **known: list[object]) -> bytes:
    """CSV with a signal in each row, behind what is known of it."""
    rows = [[*known, *header]]
    rows += [[*about, *signal.round(4)] for *about, signal in zip(*known.values(), waves(seed), strict=True)]
    return "".join(",".join(map(str, row)) + "\n" for row in rows).encode()


def sound(seed: int = 0, n_samples: int = 8000) -> bytes:
    """WAV of two channels."""
    content = io.BytesIO()
    values = np.random.default_rng(seed).uniform(-0.5, 0.5, (n_samples, 2))
    soundfile.write(content, values, 8000, format="WAV")
    return content.getvalue()


STATES = ["worn", "new"] * (N // 2)
LABELLED = ("beats.csv", table(state=STATES), "text/csv")
SOUND = ("left.wav", sound(), "audio/wav")
BROKEN = ("broken.wav", b"RIFF and nothing else", "audio/wav")


def dropped(*files: tuple[str, bytes, str]):
    """A new session in which files were dropped."""
    session = visit("signals")
    session.segmented_control(key="source-kind").set_value("Recordings").run()
    session.file_uploader[0].set_value(list(files))
    return session.run()


def labelled(elements, label: str):
    """The widget with that label."""
    return next(element for element in elements if element.label == label)


def rated(session, rate: float = 100.0):
    """The same once the sampling rate was given."""
    labelled(session.number_input, RATE).set_value(rate).run()
    return session


def used(session) -> RecordingsConfig:
    """Keep what came of the files; the source then."""
    session.button(key="keep").click().run()
    assert is_well(session)
    assert not session.error
    return session.session_state["source"]


def says(session, sentence: str) -> bool:
    return any(sentence in shown(text) for text in markdown(session))


def captions(session) -> list[str]:
    return [shown(caption.value) for caption in session.caption]


def errors(session) -> list[str]:
    assert is_well(session)
    return [shown(error.value) for error in session.error]


def understood(session) -> dict[str, tuple[str, str]]:
    """The tiles of what was understood: the value and what it means, by the label."""
    texts = tile_texts(session, "understood")
    return dict(zip(texts[::3], zip(texts[1::3], texts[2::3], strict=True), strict=True))
