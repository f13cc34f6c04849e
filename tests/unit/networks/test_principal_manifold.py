from math import tau

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from core.networks.manifold.principal_manifold import Manifold, gauss_newton

N_SAMPLES = 24
KINDS = {"line": [False], "ring": [True], "line and ring": [False, True]}


def clean(places: Tensor, is_ring: list[bool]) -> Tensor:
    """Unit sines (n, N_SAMPLES): a line is their cycles, from 1 to 2, a ring their phase; places go from 0 to 1."""
    cycles, phase = torch.ones(len(places), 1), torch.zeros(len(places), 1)
    for place, ring in zip(places.T, is_ring, strict=True):
        if ring:
            phase = place[:, None]
        else:
            cycles = 1 + place[:, None]
    t = torch.arange(N_SAMPLES) / N_SAMPLES
    return normalize(torch.sin(tau * (cycles * t + phase)), dim=1)


def places_of(codes: Tensor, manifold: Manifold) -> Tensor:
    return codes / torch.where(manifold.is_ring, manifold.size, manifold.size - 1)


def manifold_of(is_ring: list[bool]) -> Manifold:
    manifold = Manifold(is_ring, N_SAMPLES)
    manifold.table = clean(places_of(nodes(manifold), manifold), is_ring)
    return manifold


def nodes(manifold: Manifold) -> Tensor:
    """The codes of all nodes, in the order of the table."""
    grid = torch.meshgrid([torch.arange(manifold.size)] * manifold.dim, indexing="ij")
    return torch.stack(grid, -1).flatten(0, -2).float()


def random_codes(manifold: Manifold, n: int = 300, margin: float = 2) -> Tensor:
    """Codes anywhere, but on a line `margin` nodes away from its ends."""
    share = torch.rand(n, manifold.dim, generator=torch.Generator().manual_seed(1))
    inside = margin + share * (manifold.size - 1 - 2 * margin)
    return torch.where(manifold.is_ring, share * manifold.size, inside)


def apart(first: Tensor, second: Tensor, manifold: Manifold) -> Tensor:
    """How many nodes codes are apart, the short way round a ring."""
    gap = (first - second).abs()
    return torch.where(manifold.is_ring, torch.minimum(gap, manifold.size - gap), gap)


@pytest.fixture(scope="module", params=KINDS.values(), ids=KINDS.keys())
def manifold(request) -> Manifold:
    return manifold_of(request.param)


@pytest.mark.parametrize(("dim", "size"), [(1, 4096), (2, 64), (3, 16)])
def test_a_table_has_about_as_many_nodes_whatever_its_dimension(dim, size):
    manifold = Manifold([False] * dim, 5)
    assert manifold.size == size
    assert manifold.table.shape == (4096, 5)
    assert manifold.shapes(torch.full((7, dim), 3.3)).shape == (7, 5)
    assert manifold.derivatives(torch.full((7, dim), 3.3)).shape == (7, 5, dim)


def test_interpolation_meets_the_nodes(manifold):
    torch.testing.assert_close(manifold.shapes(nodes(manifold)), manifold.table)


def test_interpolation_meets_what_lies_between_the_nodes(manifold):
    codes = random_codes(manifold)
    expected = clean(places_of(codes, manifold), manifold.is_ring.tolist())
    torch.testing.assert_close(manifold.shapes(codes), expected, rtol=0, atol=1e-4)


def test_shapes_have_unit_length(manifold):
    codes = torch.cat([random_codes(manifold), torch.tensor([[0.0], [4096], [-3]]).expand(3, manifold.dim)])
    torch.testing.assert_close(manifold.shapes(codes).norm(dim=1), torch.ones(len(codes)))


@pytest.mark.parametrize("kind", ["ring", "line and ring"])
def test_a_ring_has_no_seam(kind):
    manifold = manifold_of(KINDS[kind])
    codes = torch.full((9, manifold.dim), 20.0)
    codes[:, -1] = torch.linspace(-2, 2, 9)
    expected = clean(places_of(codes, manifold), KINDS[kind])
    torch.testing.assert_close(manifold.shapes(codes), expected, rtol=0, atol=1e-4)
    codes[:, -1] += 3 * manifold.size
    torch.testing.assert_close(manifold.shapes(codes), expected, rtol=0, atol=1e-4)


def test_a_line_ends_where_it_ends():
    manifold = manifold_of([False])
    beyond = manifold.shapes(torch.tensor([[-5.0], [manifold.size + 5.0]]))
    torch.testing.assert_close(beyond, manifold.table[[0, -1]])


def test_the_nearest_node_is_the_nearest():
    codes = torch.tensor([[0.4, 0.4], [1.6, 63.6], [63.7, 30.2], [-1, -1]])
    assert manifold_of([False, True]).nodes(codes).tolist() == [0, 2 * 64, 63 * 64 + 30, 63]


def test_derivatives_are_finite_differences(manifold):
    codes, step = random_codes(manifold), 1e-3
    exact = Manifold(manifold.is_ring.tolist(), N_SAMPLES).double()
    exact.table = manifold.table.double()
    codes = codes.double()
    differences = [
        (exact.shapes(codes + step * axis) - exact.shapes(codes - step * axis)) / (2 * step)
        for axis in torch.eye(manifold.dim, dtype=torch.float64)
    ]
    expected = torch.stack(differences, 2)
    scale = float(expected.abs().max())
    torch.testing.assert_close(manifold.derivatives(codes.float()).double(), expected, rtol=0, atol=0.01 * scale)


def test_derivatives_at_the_ends_of_a_line_are_one_sided():
    line = manifold_of([False])
    ends = torch.tensor([[0.0], [line.size - 1.0]])
    inwards = torch.tensor([[0.25], [-0.25]])
    expected = (line.shapes(ends + inwards) - line.shapes(ends)) / inwards
    torch.testing.assert_close(line.derivatives(ends)[:, :, 0], expected)
    _, slopes = line.at_nodes(ends.long())
    neighbours = line.table[[1, -2]] - line.table[[0, -1]]
    torch.testing.assert_close(slopes[:, :, 0], neighbours * torch.tensor([[1.0], [-1.0]]))


def test_derivatives_are_those_of_the_planted_shapes(manifold):
    codes, is_ring, step = random_codes(manifold), manifold.is_ring.tolist(), 1e-2
    for axis in range(manifold.dim):
        move = step * torch.eye(manifold.dim, dtype=torch.float64)[axis]
        forth, back = (clean(places_of(codes + sign * move, manifold), is_ring) for sign in (1, -1))
        expected = (forth - back) / (2 * step)
        found = manifold.derivatives(codes)[:, :, axis].double()
        torch.testing.assert_close(found, expected, rtol=0, atol=0.01 * float(expected.abs().max()))


def test_a_gauss_newton_step_undoes_a_change_of_the_code(manifold):
    codes, gains = random_codes(manifold), torch.linspace(1, 10, 300)[:, None]
    move = torch.randn(300, manifold.dim, generator=torch.Generator().manual_seed(2))
    change = gains * (manifold.derivatives(codes) @ move[:, :, None])[:, :, 0]
    found = (gauss_newton(gains[:, :, None] * manifold.derivatives(codes)) @ change[:, :, None])[:, :, 0]
    torch.testing.assert_close(found, move, rtol=0.02, atol=0.02)


def test_at_nodes_shapes_and_derivatives_are_those_of_the_table(manifold):
    index = random_codes(manifold).long()
    shapes, derivatives = manifold.at_nodes(index)
    torch.testing.assert_close(shapes, manifold.shapes(index.float()))
    expected = manifold.derivatives(index.float())
    torch.testing.assert_close(derivatives, expected, rtol=0, atol=0.02 * float(expected.abs().max()))


def test_the_nearest_node_is_that_of_the_most_alike_shape(manifold):
    codes = random_codes(manifold)
    shapes = manifold.shapes(codes)
    index = manifold.nearest(5 * shapes)
    assert apart(index, codes, manifold).max() < 1.5 + manifold.size / 2000
    best = (shapes @ manifold.table.T).amax(1)
    torch.testing.assert_close((shapes * manifold.at_nodes(index)[0]).sum(1), best)


@pytest.mark.parametrize("gain", [0.1, 1.0, 100.0])
def test_encoding_finds_the_codes_whatever_the_gain(manifold, gain):
    codes = random_codes(manifold)
    found = manifold.encode(gain * manifold.shapes(codes))
    assert apart(found, codes, manifold).max() < manifold.size / 2000


@pytest.mark.parametrize("kind", ["ring", "line and ring"])
def test_encoding_finds_the_codes_on_both_sides_of_a_seam(kind):
    manifold = manifold_of(KINDS[kind])
    codes = torch.full((41, manifold.dim), 20.0)
    codes[:, -1] = torch.linspace(-2, 2, 41) % manifold.size
    found = manifold.encode(3 * manifold.shapes(codes))
    assert apart(found, codes, manifold).max() < max(manifold.size / 2000, 0.1)


def test_encoding_finds_shapes_that_the_table_does_not_hold(manifold):
    codes = random_codes(manifold)
    found = manifold.encode(clean(places_of(codes, manifold), manifold.is_ring.tolist()))
    assert apart(found, codes, manifold).max() < manifold.size / 2000


def test_nothing_nearby_is_nearer_to_a_noisy_shape_than_its_code(manifold):
    rng = torch.Generator().manual_seed(3)
    noisy = manifold.shapes(random_codes(manifold)) + 0.05 * torch.randn(300, N_SAMPLES, generator=rng)
    codes = manifold.encode(noisy)
    likeness = (noisy * manifold.shapes(codes)).sum(1)
    assert bool((likeness >= (noisy @ manifold.table.T).amax(1) - 1e-6).all())
    for _ in range(20):
        near = codes + manifold.size / 200 * torch.randn(codes.shape, generator=rng)
        assert bool((likeness >= (noisy * manifold.shapes(near)).sum(1) - 2e-4).all())


def test_codes_beyond_a_line_are_found_at_its_end():
    manifold = manifold_of([False])
    beyond = clean(torch.tensor([[-0.1], [1.1]]), [False])
    assert manifold.encode(beyond)[:, 0].tolist() == [0, manifold.size - 1]
