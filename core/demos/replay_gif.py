"""A replay as an animated GIF: four real signals above the fakes that become like them."""

import io
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core import formatting
from core.demos.replay import N_PAIRS, Replay
from core.presentation.palette import FAKE_DASH, PALETTES

WIDTH, HEIGHT = 880, 430  # px
OVERSAMPLING = 2  # everything is drawn this many times larger, then reduced, so that lines are smooth
MAX_FRAMES = 100
MIN_FRAME_MS, MAX_FRAME_MS, STAGE_FRAME_MS, LAST_FRAME_MS = 80, 400, 900, 2500
TOTAL_MS = 8000  # that a replay of few frames lasts
N_COLORS = 48
LEFT, RIGHT, TOP, BOTTOM, GAP = 66, 14, 62, 44, 16  # px around and between the panels
TEXT_PX, TITLE_PX = 13, 17
MIN_TICKS = 2
COLORS = PALETTES["light"]

Box = tuple[float, float, float, float]  # left, top, right, bottom in px of the finer picture


def as_gif(replay: Replay) -> bytes:
    """An animation of at most 100 frames, of which the last is shown longer; a few MB at most."""
    n_stages, n_frames = len(replay.stages), len(replay.steps)
    later = np.linspace(n_stages, n_frames - 1, min(MAX_FRAMES - n_stages, n_frames - n_stages)).round().astype(int)
    picked = np.unique(np.concatenate([np.arange(n_stages), later]))
    background = _background(replay)
    palette = _reduced(_frame(background, replay, int(picked[-1]))).quantize(N_COLORS)
    frames = [
        _reduced(_frame(background, replay, int(index))).quantize(palette=palette, dither=Image.Dither.NONE)
        for index in picked
    ]
    frame_ms = int(np.clip(TOTAL_MS // len(frames), MIN_FRAME_MS, MAX_FRAME_MS))
    out = io.BytesIO()
    durations = [STAGE_FRAME_MS] * n_stages + [frame_ms] * (len(frames) - n_stages)
    durations[-1] = LAST_FRAME_MS
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return out.getvalue()


def _reduced(image: Image.Image) -> Image.Image:
    return image.reduce(OVERSAMPLING)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * OVERSAMPLING)


def _box(row: int, column: int) -> Box:
    """The position of a panel: reals in row 0, fakes in row 1."""
    width = (WIDTH - LEFT - RIGHT - (N_PAIRS - 1) * GAP) / N_PAIRS
    height = (HEIGHT - TOP - BOTTOM - GAP) / 2
    left, top = LEFT + column * (width + GAP), TOP + row * (height + GAP)
    return left * OVERSAMPLING, top * OVERSAMPLING, (left + width) * OVERSAMPLING, (top + height) * OVERSAMPLING


def _background(replay: Replay) -> Image.Image:
    """What all frames share: the name, the axes, the reals."""
    image = Image.new("RGB", (WIDTH * OVERSAMPLING, HEIGHT * OVERSAMPLING), COLORS["paper"])
    pen = ImageDraw.Draw(image)
    name = replay.name if len(replay.name) <= 48 else f"{replay.name[:47]}…"
    pen.text((LEFT * OVERSAMPLING, 14 * OVERSAMPLING), name, COLORS["ink"], _font(TITLE_PX), anchor="lt")
    for row, kind in enumerate(("real", "fake")):
        left, top, _, bottom = _box(row, 0)
        _vertical_text(image, f"{kind}, {replay.units.value_title}", kind, (14 * OVERSAMPLING, (top + bottom) / 2))
        for value in _ticks(replay.value_range):
            y = _scaled(np.array([value]), replay.value_range, bottom, top)[0]
            position = (left - 6 * OVERSAMPLING, y)
            pen.text(position, formatting.number(value), COLORS["muted"], _font(TEXT_PX), anchor="rm")
        for column in range(N_PAIRS):
            pen.rectangle(_box(row, column), outline=COLORS["grid"], width=OVERSAMPLING)
    for column, signal in enumerate(replay.real.signals):
        _line(pen, _points(replay, signal, _box(0, column)), "real")
    for column in range(N_PAIRS):
        left, _, right, bottom = _box(1, column)
        for value in _ticks(replay.time_range):
            x = _scaled(np.array([value]), replay.time_range, left, right)[0]
            pen.text(
                (x, bottom + 6 * OVERSAMPLING), formatting.number(value), COLORS["muted"], _font(TEXT_PX), anchor="mt"
            )
        position = ((left + right) / 2, bottom + 24 * OVERSAMPLING)
        pen.text(position, replay.units.time_title, COLORS["muted"], _font(TEXT_PX), anchor="mt")
    return image


def _frame(background: Image.Image, replay: Replay, index: int) -> Image.Image:
    """A frame: the fakes of a snapshot, its step and its distance to real."""
    image = background.copy()
    pen = ImageDraw.Draw(image)
    for column, signal in enumerate(replay.fakes[index].signals):
        for piece in dashes(_points(replay, signal, _box(1, column)), *(length * OVERSAMPLING for length in FAKE_DASH)):
            _line(pen, piece, "fake")
    texts = [replay.moment(index)]
    distance = replay.distance(index)
    if distance is not None:
        texts.append(f"distance to real {formatting.number(distance)} (1 = as close as real to real)")
    pen.text((LEFT * OVERSAMPLING, 40 * OVERSAMPLING), "  ·  ".join(texts), COLORS["ink"], _font(TEXT_PX), anchor="lt")
    return image


def _points(replay: Replay, signal: np.ndarray, box: Box) -> np.ndarray:
    """A signal as a line in a panel, (n, 2) in px, clipped at the panel's edges."""
    left, top, right, bottom = box
    x = np.linspace(left, right, len(signal))
    return np.stack([x, _scaled(signal, replay.value_range, bottom, top).clip(top, bottom)], axis=1)


def _scaled(values: np.ndarray, scale: list[float], start: float, end: float) -> np.ndarray:
    return start + (values - scale[0]) / (scale[1] - scale[0]) * (end - start)


def _ticks(scale: list[float]) -> list[float]:
    """Two to five round values within a range."""
    rough = (scale[1] - scale[0]) / MIN_TICKS
    size = 10 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (5, 2, 1) if factor * size <= rough)
    first, last = math.ceil(scale[0] / step), math.floor(scale[1] / step)
    return [step * index for index in range(first, last + 1)]


def _line(pen: ImageDraw.ImageDraw, points: np.ndarray, kind: str) -> None:
    pen.line([(x, y) for x, y in points.tolist()], COLORS[kind], round(1.4 * OVERSAMPLING), joint="curve")


def dashes(points: np.ndarray, on: float, off: float) -> list[np.ndarray]:
    """A line (n, 2) cut into dashes of length `on` with gaps of length `off`."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    starts = np.arange(0, along[-1], on + off)
    ends = np.minimum(starts + on, along[-1])
    marks = np.stack([starts, ends], axis=1)
    corners = np.stack([np.interp(marks, along, column) for column in points.T], axis=-1)  # (n_pieces, 2, 2)
    firsts, lasts = np.searchsorted(along, starts, "right"), np.searchsorted(along, ends, "left")
    return [
        np.concatenate([corner[:1], points[first:last], corner[1:]])
        for corner, first, last in zip(corners, firsts.tolist(), lasts.tolist(), strict=True)
    ]


def _vertical_text(image: Image.Image, text: str, kind: str, middle: tuple[float, float]) -> None:
    """Draw text that reads upwards, around a point."""
    font = _font(TEXT_PX)
    left, top, right, bottom = font.getbbox(text)
    tag = Image.new("RGB", (round(right - left) + 2, round(bottom - top) + 2), COLORS["paper"])
    ImageDraw.Draw(tag).text((1 - left, 1 - top), text, COLORS[kind], font)
    tag = tag.rotate(90, expand=True)
    image.paste(tag, (round(middle[0] - tag.width / 2), round(middle[1] - tag.height / 2)))
