import os

for _library in (
    "OMP",
    "OPENBLAS",
):  # before they are loaded: workers share the cores, and threads that wait for one spin
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
