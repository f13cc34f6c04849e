"""Invented files as instruments, loggers and programs write them, and whether what was understood is what is wanted."""

import math
from datetime import datetime, timedelta

import numpy as np

N = 640
RNG = np.random.default_rng(5)
V = np.round(np.sin(np.arange(N) / 9) + 0.2 * RNG.standard_normal(N), 3)
W = np.round(np.cos(np.arange(N) / 11) + 0.2 * RNG.standard_normal(N), 3)
START = datetime(2024, 3, 5, 10, 0, 0)


def csv(header, *columns, sep=",", above="", below="", end="\n"):
    """A table below a preamble; a column is a sequence of cells."""
    rows = [sep.join(str(cell) for cell in row) for row in zip(*columns, strict=True)]
    lines = ([above.rstrip("\n")] if above else []) + ([header] if header else []) + rows + ([below] if below else [])
    return (end.join(lines) + end).encode()


def times(step, form="{:g}", start=0.0):
    return [form.format(start + step * i) for i in range(N)]


def moments(form, **step):
    """The moments of all rows, written in a form."""
    return [(START + i * timedelta(**step)).strftime(form) for i in range(N)]


def us(form):
    return [text[:-3] for text in moments(form, milliseconds=20)]


def comma(values):
    return [f"{value:.3f}".replace(".", ",") for value in values]


def grouped(values, mark, decimal="."):
    return [f"{value:,.1f}".replace(".", "D").replace(",", mark).replace("D", decimal) for value in values]


BIG = 2000 + 900 * V
PULSES = [i // 40 % 2 for i in range(N)]
TURNED = moments("%Y-%m-%d %H:%M:%S", minutes=1)[::-1]
KINDS = np.repeat(["walk", "run", "sit", "walk"], N // 4)
BLOCKS = np.repeat(np.arange(1, 17), N // 16)
ISO = moments("%Y-%m-%d %H:%M:%S", seconds=1)
ONE = {"n_channels": 1, "n_recordings": 1, "n_samples": N, "n_missing": 0}
TWO = {**ONE, "n_channels": 2}


def check(found, wanted):
    """What was understood is what is wanted, field by field."""
    assert found.expect == "read", found.said
    for field, value in wanted.items():
        own = " ".join(found.said) if field == "said" else getattr(found, field)
        if field == "said":
            assert value in own
        elif field == "ignored":
            assert value <= set(own)
        elif field in ("first", "last"):
            np.testing.assert_allclose(own, value, rtol=1e-6, atol=1e-6 * np.abs(value).max())
        elif field == "rate_hz" and value:
            assert math.isclose(own or 0, value, rel_tol=0.003), own
        else:
            assert own == value, field
