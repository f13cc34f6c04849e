"""`python -m core`, with trainings whose evaluations cost little."""

import sys

import pytest

from core.__main__ import main
from tests.small import EVALUATIONS, patch_all

if __name__ == "__main__":
    patch_all(pytest.MonkeyPatch(), EVALUATIONS)
    sys.exit(main())
