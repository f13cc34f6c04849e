"""A replay as an animated GIF: four real signals above the fakes that grow towards them."""

import io
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core import formatting
from core.demos.replay import N_PAIRS, Replay
from core.presentation.palette import FAKE_DASH, PALETTES
from core.presentation.plots import value_title

WIDTH, HEIGHT = 880, 430  # px
FINER = 2  # times as large is everything drawn first, so that lines come out smooth
MAX_FRAMES = 100
FRAME_MS, SLOWEST_MS, LAST_MS = 80, 400, 2500
WHOLE_MS = 8000  # that a replay of few frames lasts
N_COLORS = 48
LEFT, RIGHT, TOP, BOTTOM, GAP = 66, 14, 62, 44, 16  # px around and between the panels
LETTERS, TITLE = 13, 17  # px
N_TICKS = 2
COLORS = PALETTES["light"]

Box = tuple[float, float, float, float]  # left, top, right, bottom in px of the finer picture


def as_gif(replay: Replay) -> bytes:
    """At most 100 frames, the last of which stays longer; a few MB at most."""
    picked = np.unique(np.linspace(0, len(replay.steps) - 1, min(MAX_FRAMES, len(replay.steps))).round().astype(int))
    paper = _paper(replay)
    palette = _smaller(_drawn(paper, replay, int(picked[-1]))).quantize(N_COLORS)
    frames = [
        _smaller(_drawn(paper, replay, int(index))).quantize(palette=palette, dither=Image.Dither.NONE)
        for index in picked
    ]
    pace = int(np.clip(WHOLE_MS // len(frames), FRAME_MS, SLOWEST_MS))
    out = io.BytesIO()
    durations = [pace] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return out.getvalue()


def _smaller(image: Image.Image) -> Image.Image:
    return image.reduce(FINER)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * FINER)


def _box(row: int, column: int) -> Box:
    """The place of a panel: reals in row 0, fakes in row 1."""
    width = (WIDTH - LEFT - RIGHT - (N_PAIRS - 1) * GAP) / N_PAIRS
    height = (HEIGHT - TOP - BOTTOM - GAP) / 2
    left, top = LEFT + column * (width + GAP), TOP + row * (height + GAP)
    return left * FINER, top * FINER, (left + width) * FINER, (top + height) * FINER


def _paper(replay: Replay) -> Image.Image:
    """What stays the same: the name, the axes, the reals."""
    image = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), COLORS["paper"])
    pen = ImageDraw.Draw(image)
    name = replay.name if len(replay.name) <= 48 else f"{replay.name[:47]}…"
    pen.text((LEFT * FINER, 14 * FINER), name, COLORS["ink"], _font(TITLE), anchor="lt")
    for row, kind in enumerate(("real", "fake")):
        left, top, _, bottom = _box(row, 0)
        _sideways(image, f"{kind}, {value_title(replay.unit)}", kind, (14 * FINER, (top + bottom) / 2))
        for value in _ticks(replay.value_range):
            y = _across(np.array([value]), replay.value_range, bottom, top)[0]
            place = (left - 6 * FINER, y)
            pen.text(place, formatting.number(value), COLORS["muted"], _font(LETTERS), anchor="rm")
        for column in range(N_PAIRS):
            pen.rectangle(_box(row, column), outline=COLORS["grid"], width=FINER)
    for column, signal in enumerate(replay.real.signals):
        _line(pen, _points(replay, signal, _box(0, column)), "real")
    for column in range(N_PAIRS):
        left, _, right, bottom = _box(1, column)
        for value in _ticks(replay.time_range):
            x = _across(np.array([value]), replay.time_range, left, right)[0]
            pen.text((x, bottom + 6 * FINER), formatting.number(value), COLORS["muted"], _font(LETTERS), anchor="mt")
        place = ((left + right) / 2, bottom + 24 * FINER)
        pen.text(place, "time / s", COLORS["muted"], _font(LETTERS), anchor="mt")
    return image


def _drawn(paper: Image.Image, replay: Replay, index: int) -> Image.Image:
    """A frame: the fakes of a snapshot, its step and its distance to real."""
    image = paper.copy()
    pen = ImageDraw.Draw(image)
    for column, signal in enumerate(replay.fakes[index].signals):
        for piece in dashes(_points(replay, signal, _box(1, column)), *(length * FINER for length in FAKE_DASH)):
            _line(pen, piece, "fake")
    step = replay.steps[index]
    texts = [f"step {formatting.count(step)} of {formatting.count(replay.n_steps)}"]
    distance = replay.distance_at(step)
    if distance is not None:
        texts.append(f"distance to real {formatting.number(distance)} (1 is as near as real to real)")
    pen.text((LEFT * FINER, 40 * FINER), "  ·  ".join(texts), COLORS["ink"], _font(LETTERS), anchor="lt")
    return image


def _points(replay: Replay, signal: np.ndarray, box: Box) -> np.ndarray:
    """A signal as a line in a panel, (n, 2) in px; what is beyond the panel is cut off at its edge."""
    left, top, right, bottom = box
    x = np.linspace(left, right, len(signal))
    return np.stack([x, _across(signal, replay.value_range, bottom, top).clip(top, bottom)], axis=1)


def _across(values: np.ndarray, scale: list[float], start: float, end: float) -> np.ndarray:
    return start + (values - scale[0]) / (scale[1] - scale[0]) * (end - start)


def _ticks(scale: list[float]) -> list[float]:
    """Two to five round values within a range."""
    rough = (scale[1] - scale[0]) / N_TICKS
    size = 10 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (5, 2, 1) if factor * size <= rough)
    first, last = math.ceil(scale[0] / step), math.floor(scale[1] / step)
    return [step * index for index in range(first, last + 1)]


def _line(pen: ImageDraw.ImageDraw, points: np.ndarray, kind: str) -> None:
    pen.line([(x, y) for x, y in points.tolist()], COLORS[kind], round(1.4 * FINER), joint="curve")


def dashes(points: np.ndarray, on: float, off: float) -> list[np.ndarray]:
    """A line (n, 2) in pieces of length `on` with gaps of length `off`."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    starts = np.arange(0, along[-1], on + off)
    ends = np.minimum(starts + on, along[-1])
    marks = np.stack([starts, ends], axis=1)
    places = np.stack([np.interp(marks, along, column) for column in points.T], axis=-1)  # (n_pieces, 2, 2)
    firsts, lasts = np.searchsorted(along, starts, "right"), np.searchsorted(along, ends, "left")
    return [
        np.concatenate([place[:1], points[first:last], place[1:]])
        for place, first, last in zip(places, firsts.tolist(), lasts.tolist(), strict=True)
    ]


def _sideways(image: Image.Image, text: str, kind: str, middle: tuple[float, float]) -> None:
    """A title that reads upwards, around a place."""
    font = _font(LETTERS)
    left, top, right, bottom = font.getbbox(text)
    tag = Image.new("RGB", (round(right - left) + 2, round(bottom - top) + 2), COLORS["paper"])
    ImageDraw.Draw(tag).text((1 - left, 1 - top), text, COLORS[kind], font)
    tag = tag.rotate(90, expand=True)
    image.paste(tag, (round(middle[0] - tag.width / 2), round(middle[1] - tag.height / 2)))
