"""What takes seconds to load, for processes that begin as copies of one that has loaded it."""

import gc
from importlib import import_module

for name in (
    "core.commands.generate",
    "core.commands.train",
    "core.commands.work",
    "core.training.group",
    "core.training.training",
    "torch._dynamo",
    "tests.small",
):
    import_module(name)
gc.freeze()  # else each copy would go through all that, and so copy its memory, too
