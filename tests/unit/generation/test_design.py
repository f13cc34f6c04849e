from itertools import islice, product

import numpy as np
import pytest

from core.config import Column
from core.errors import ConfigError
from core.generation.design import Design
from core.seeds import BLOCK

COLUMNS = (
    Column(name="load", minimum=2, maximum=8),
    Column(name="state", classes=("calm", "wild", "odd")),
    Column(name="speed", minimum=-1, maximum=1),
)
SOBOL, GRID = Design(kind="sobol"), Design(kind="grid", steps=5)
ASKED = {"speed": (-1.0, 1.0), "load": (2.0, 4.0)}


def points(design: Design, requested: dict, first: int = 0, n: int = 1, seed: int = 0) -> np.ndarray:
    return np.concatenate(list(islice(design.blocks(COLUMNS, requested, first, seed), n)))


def test_a_sobol_sequence_has_as_many_points_in_each_part_of_the_ranges():
    found = points(SOBOL, ASKED)  # in the order of the columns, not of the request
    for column, low, width in ((0, 2.0, 2.0), (1, -1.0, 2.0)):
        places = (BLOCK * (found[:, column] - low) / width).astype(int)
        np.testing.assert_array_equal(np.sort(places), np.arange(BLOCK))
    together, _, _ = np.histogram2d(*found.T, bins=16, range=[[2, 4], [-1, 1]])
    assert (together == BLOCK // 256).all()


def test_a_sobol_sequence_gives_each_class_its_share():
    counts = np.bincount(points(SOBOL, {"state": ("odd", "calm")})[:, 0].astype(int), minlength=3)
    assert counts.tolist() == [BLOCK // 2, 0, BLOCK // 2]


@pytest.mark.parametrize("design", [SOBOL, GRID], ids=lambda one: one.kind)
def test_whoever_begins_in_the_middle_gets_the_same_points(design):
    np.testing.assert_array_equal(points(design, ASKED, first=3, n=2), points(design, ASKED, n=5)[3 * BLOCK :])


def test_another_seed_is_another_sequence():
    assert not np.array_equal(points(SOBOL, ASKED), points(SOBOL, ASKED, seed=1))


def test_a_grid_has_all_combinations_in_turn():
    found = points(GRID, ASKED | {"state": ("wild", "calm"), "speed": (0.5, 0.5)})
    combinations = list(product(np.linspace(2, 4, 5), [1, 0], [0.5]))
    np.testing.assert_allclose(found[: len(combinations)], combinations)
    np.testing.assert_array_equal(found[len(combinations) : 2 * len(combinations)], found[: len(combinations)])


@pytest.mark.parametrize("design", [SOBOL, GRID], ids=lambda one: one.kind)
@pytest.mark.parametrize("requested", [{}, {"load": (3.0, 3.0)}, {"state": ("odd",)}])
def test_where_nothing_varies_there_is_nothing_to_go_through(design, requested):
    with pytest.raises(ConfigError, match="needs a range or classes to go through"):
        design.check(requested, 1000)


def test_a_grid_must_be_gone_through_once():
    GRID.check(ASKED, 25)
    with pytest.raises(ConfigError, match="25 combinations, more than the 24 signals"):
        GRID.check(ASKED, 24)
