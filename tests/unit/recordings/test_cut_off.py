"""Files that end before they are whole are read with a sentence that says how much is missing, or refused in words."""

import gzip
import io

import edfio
import h5py
import numpy as np
import pyarrow as pa
import pytest
import soundfile
from nptdms import ChannelObject, TdmsWriter
from pyarrow import feather, parquet
from scipy.io import savemat

from core.recordings.understanding import understand

N = 2_000
V = np.round(np.sin(np.arange(N) / 9), 3)
PARTS = (0.97, 0.8, 0.6)  # of the bytes


def edf():
    file = io.BytesIO()
    edfio.Edf([edfio.EdfSignal(V, 100, label=label, physical_dimension="mV") for label in "AB"]).write(file)
    return file.getvalue()


def tdms():
    file = io.BytesIO()
    with TdmsWriter(file) as writer:
        for part in np.split(V, 4):
            writer.write_segment([ChannelObject("g", name, part, {"wf_increment": 0.01}) for name in "VW"])
    return file.getvalue()


def wav():
    file = io.BytesIO()
    soundfile.write(file, V / 2, 8000, format="WAV")
    return file.getvalue()


def lvm():
    head = [
        "LabVIEW Measurement",
        "Separator\tTab",
        "***End_of_Header***",
        "",
        f"Samples\t{N}",
        "Delta_X\t0.01",
        "***End_of_Header***",
    ]
    return "\n".join([*head, "X_Value\tVoltage", *(f"{i / 100:.2f}\t{v}" for i, v in enumerate(V)), ""]).encode()


def scope():
    return "\n".join(
        [f"Record Length,{N}", "Sample Interval,0.01", "", "TIME,CH1", *(f"{i / 100},{v}" for i, v in enumerate(V))]
    ).encode()


def wrapped():
    lines = ["".join(f"{v:12.4f}" for v in V[i : i + 5]) for i in range(0, N, 5)]
    return "\n".join([f"NPTS= {N}, DT= .01 SEC", *lines, ""]).encode()


def npy():
    file = io.BytesIO()
    np.save(file, V)
    return file.getvalue()


def npz():
    file = io.BytesIO()
    np.savez(file, x=V)
    return file.getvalue()


def mat():
    file = io.BytesIO()
    savemat(file, {"x": V})
    return file.getvalue()


def hdf5():
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        root["x"] = V
    return file.getvalue()


def of_arrow(write):
    file = io.BytesIO()
    write(pa.table({"x": V}), file)
    return file.getvalue()


TOLD = {"edf": edf(), "tdms": tdms(), "wav": wav(), "lvm": lvm(), "csv": scope(), "txt": wrapped()}
REFUSED = {
    "npy": npy(),
    "npz": npz(),
    "mat": mat(),
    "h5": hdf5(),
    "parquet": of_arrow(parquet.write_table),
    "feather": of_arrow(feather.write_feather),
    "csv.gz": gzip.compress(scope()),
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("ending", TOLD)
def test_what_is_missing_at_the_end_is_told(ending, part):
    content = TOLD[ending]
    name = f"a.{ending}"
    whole, found = (understand([(name, content[: int(len(content) * share)])]) for share in (1, part))
    assert (whole.expect, whole.n_samples) == ("read", N)
    assert not any("is cut off" in sentence for sentence in whole.said)
    assert found.expect == "read"
    assert found.n_samples < N
    assert any("is cut off" in sentence and "missing at its end" in sentence for sentence in found.said)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("ending", REFUSED)
def test_a_container_that_is_cut_off_is_refused(ending, part):
    content = REFUSED[ending]
    assert understand([(f"a.{ending}", content)]).expect == "read"
    found = understand([(f"a.{ending}", content[: int(len(content) * part)])])
    assert found.expect == "refuse"
    assert "whole" in found.said[0]


def test_a_channel_of_which_nothing_is_left_is_named():
    file = io.BytesIO()
    with TdmsWriter(file) as writer:
        writer.write_segment([ChannelObject("g", name, V) for name in "VW"])
    found = understand([("a.tdms", file.getvalue()[: len(file.getvalue()) // 3])])
    assert found.expect == "refuse"
    assert "nothing is left of channel /'g'/'W'" in found.said[0]


def test_a_sound_whose_length_nobody_knew_is_whole():
    content = bytearray(wav())
    place = content.index(b"data") + 4
    content[place : place + 4] = b"\xff" * 4
    assert not any("cut off" in sentence for sentence in understand([("a.wav", bytes(content))]).said)
