"""The figures of a training over its steps."""

import numpy as np

Series = tuple[np.ndarray, np.ndarray]  # steps (int) and values (float), both (n,)


class Metrics:
    """Named series over the steps."""

    def __init__(self, series: dict[str, tuple[list[int], list[float]]]) -> None:
        self._series = {name: (np.array(steps), np.array(values, float)) for name, (steps, values) in series.items()}

    def __getitem__(self, name: str) -> Series:
        """The steps and the values of one figure; both empty where it was never logged."""
        return self._series.get(name, (np.empty(0, int), np.empty(0)))

    def last(self, name: str) -> float | None:
        """The newest value of one figure."""
        values = self[name][1]
        return float(values[-1]) if len(values) else None
