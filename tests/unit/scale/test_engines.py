import pytest

from core.errors import ConfigError
from core.scale.engines import InProcess, Ranks, ranks_of


def results(engine, n: int) -> list[int]:
    for index in range(n):
        engine.submit(index)
    return list(engine.results())


def test_one_process_does_everything_in_order():
    assert results(InProcess(lambda index: 10 * index), 3) == [0, 10, 20]


def test_ranks_share_the_work():
    shares = [results(Ranks(lambda index: index, rank, 3), 8) for rank in range(3)]
    assert shares == [[0, 3, 6], [1, 4, 7], [2, 5]]


def test_a_rank_beyond_the_others_is_refused():
    with pytest.raises(ConfigError, match="RANK is 2 and WORLD_SIZE is 2; ranks count from 0 to 1"):
        ranks_of({"RANK": "2", "WORLD_SIZE": "2"})


@pytest.mark.parametrize(
    ("environment", "ranks"),
    [
        ({"RANK": "1", "WORLD_SIZE": "4"}, (1, 4)),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "2"}, (0, 2)),
        ({"OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4"}, (3, 4)),
        ({"RANK": "1"}, None),
        ({}, None),
    ],
)
def test_ranks_are_read_from_the_environment(environment, ranks):
    assert ranks_of(environment) == ranks
