"""Files of instruments and offices: Excel, LabVIEW, EDF and BDF, WFDB; each written and read back."""

import io
import sys
from datetime import datetime, timedelta

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
import wfdb
from nptdms import ChannelObject, GroupObject, RootObject, TdmsWriter

from core.errors import SignalFileError
from core.recordings.import_files import ReadSettings, read_recordings
from core.recordings.reading.files import kind_of, read, read_signals
from core.recordings.reading.raw import Recorded
from tests.unit.recordings.containers import arrow

N = 600
WAVE = np.sin(np.arange(N) / 10)
OTHER = np.cos(np.arange(N) / 7)


def recorded(name: str, content: bytes) -> Recorded:
    return read_recordings([(name, content)])


# TDMS


def tdms(*channels: ChannelObject) -> bytes:
    file = io.BytesIO()
    with TdmsWriter(file) as writer:
        groups = dict.fromkeys(channel.group for channel in channels)
        writer.write_segment([RootObject(), *(GroupObject(group) for group in groups), *channels])
    return file.getvalue()


def channel(group: str, name: str, values: np.ndarray, step: float = 0, unit: str = "") -> ChannelObject:
    properties = {"wf_increment": step} if step else {}
    return ChannelObject(group, name, values, properties | ({"unit_string": unit} if unit else {}))


def test_tdms_has_channels_with_units_and_a_rate():
    content = tdms(channel("run", "u", WAVE, 0.001, "V"), channel("run", "w", OTHER, 0.001, "V"))
    found = recorded("a.tdms", content)
    assert found.channel_names == ("u", "w")
    assert found.unit == "V"
    assert found.rates == pytest.approx([1000])
    assert found.rate_source == "the property wf_increment"
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], rtol=1e-6)


def test_groups_of_tdms_with_the_same_channels_are_recordings():
    content = tdms(*(channel(f"run {i}", "u", WAVE[: N - 100 * i], 0.01) for i in range(3)))
    found = recorded("a.tdms", content)
    assert [values.shape for values in found.values] == [(1, 600), (1, 500), (1, 400)]
    assert found.names[1] == "a.tdms, run 1"
    assert found.rates == pytest.approx([100] * 3)


def test_channels_of_several_rates_are_brought_to_the_highest_and_it_is_told():
    slow = np.sin(np.arange(N // 4) / 10)
    content = tdms(channel("run", "u", WAVE, 0.001), channel("run", "w", slow, 0.004))
    found = recorded("a.tdms", content)
    assert found.values[0].shape == (2, N)
    assert found.rates == pytest.approx([1000])
    np.testing.assert_allclose(found.values[0][1, ::4], slow, atol=0.02)
    assert "were sampled at 250 Hz; they are resampled to 1,000 Hz" in found.findings[0].sentence


def test_channels_of_tdms_without_a_rate_and_text_beside_them():
    found = recorded("a.tdms", tdms(channel("run", "u", WAVE), channel("run", "w", OTHER)))
    assert found.channel_names == ("u", "w")
    assert np.isnan(found.rates).all()
    found = recorded(
        "a.tdms", tdms(channel("run", "u", WAVE, 0.01), channel("run", "mark", np.array(["a", "b"] * (N // 2))))
    )
    assert found.channel_names == ("u",)
    assert found.ignored == ("mark",)


@pytest.mark.parametrize(
    "spoil",
    [lambda whole: whole + whole[:40], lambda whole: whole[:12] + b"\xff" * 8 + whole[20:]],
    ids=["another segment begins", "its only segment says no length"],
)
def test_tdms_that_was_never_finished_is_read_as_far_as_it_goes(spoil):
    found = recorded("a.tdms", spoil(tdms(channel("run", "u", WAVE, 0.01), channel("run", "w", OTHER, 0.01))))
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], rtol=1e-6)
    assert found.findings[0].sentence == "“a.tdms” is cut off: its last segment is incomplete and left out."


def test_tdms_of_too_many_channels_is_refused(monkeypatch):
    monkeypatch.setattr("core.recordings.reading.tdms.MAX_MEMBERS", 2)
    with pytest.raises(SignalFileError, match="holds more than 2 channels; give fewer"):
        read("a.tdms", tdms(*(channel("run", name, WAVE) for name in "uvw")))


def test_tdms_without_samples_is_refused():
    with pytest.raises(SignalFileError, match="holds no channel with samples"):
        read("a.tdms", tdms(channel("run", "u", np.zeros(0))))


# LVM

LVM = """LabVIEW Measurement\t
Writer_Version\t2
Separator\tTab
Multi_Headings\tYes
X_Columns\tOne
Date\t2024/03/01
***End_of_Header***\t
\t
{parts}"""
LVM_PART = """Channels\t2\t\t
Samples\t{n}\t{n}\t
Date\t2024/03/01\t2024/03/01\t
Y_Unit_Label\tVolts\tVolts\t
X_Dimension\tTime\tTime\t
X0\t0.0E+0\t0.0E+0\t
Delta_X\t0.002\t0.002\t
***End_of_Header***\t\t\t
X_Value\tVoltage_0\tVoltage_1\tComment
{rows}
"""


def lvm(*lengths: int) -> bytes:
    parts = [
        LVM_PART.format(n=n, rows="\n".join(f"{i * 0.002:.6f}\t{WAVE[i]:.6f}\t{OTHER[i]:.6f}" for i in range(n)))
        for n in lengths
    ]
    return LVM.format(parts="".join(parts)).replace("\n", "\r\n").encode()


def test_lvm_has_channels_with_a_unit_and_a_rate():
    found = recorded("a.lvm", lvm(N))
    assert found.channel_names == ("Voltage_0", "Voltage_1")
    assert found.unit == "Volts"
    assert found.rates == pytest.approx([500])
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], atol=1e-6)


def test_parts_of_lvm_are_recordings():
    found = recorded("a.lvm", lvm(N, 400))
    assert [values.shape for values in found.values] == [(2, N), (2, 400)]
    assert found.rates == pytest.approx([500, 500])


def test_parts_of_lvm_with_other_channels_are_refused():
    with pytest.raises(SignalFileError, match=r"The parts of “a.lvm” have different channels; save each"):
        read("a.lvm", lvm(N, 400).replace(b"Voltage_0", b"Current_0", 1))


def test_a_step_of_lvm_that_is_no_number_says_no_rate():
    found = recorded("a.lvm", lvm(N).replace(b"Delta_X\t0.002\t0.002", b"Delta_X\t?\t?"))
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], atol=1e-6)
    assert found.rate_source != "Delta_X in the header"


# Excel


def xlsx(rows: list[list[object]], **others: list[list[object]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.title = "first"
    for row in rows:
        workbook.active.append(row)
    for title, more in others.items():
        sheet = workbook.create_sheet(title)
        for row in more:
            sheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def test_a_sheet_of_excel_is_read_as_a_table_and_smaller_sheets_are_told():
    rows = [["time [s]", "u [V]"], *([i / 100, float(WAVE[i])] for i in range(N))]
    found = recorded("a.xlsx", xlsx(rows, notes=[["by", "me"]]))
    assert found.unit == "V"
    assert found.rates == pytest.approx([100])
    np.testing.assert_allclose(found.values[0], [WAVE], rtol=1e-6)
    assert "notes" in found.ignored
    (sentence,) = [finding.sentence for finding in found.findings]
    assert sentence == "Sheet “notes” has other columns and is left out; to read one, set the sheet."


def test_sheets_with_the_same_columns_are_recordings_and_their_names_may_be_classes():
    rows = [["time [s]", "u [V]"], *([i / 100, float(WAVE[i])] for i in range(N))]
    titles = ("normal_1", "normal_2", "worn_1", "worn_2")
    content = xlsx([], **dict.fromkeys(titles, rows), notes=[["by", "me"]])
    found = read_recordings([("pump.xlsx", content)])
    assert found.names == [f"pump.xlsx, {title}" for title in titles]
    assert found.labels["file name"].tolist() == ["normal", "normal", "worn", "worn"]
    assert found.channel_names == ("u",)
    assert found.rates == pytest.approx([100] * 4)
    assert read_signals("pump.xlsx", content).shape == (4 * N, 2)
    assert "notes" in found.ignored


def test_one_sheet_is_read_where_it_is_set():
    rows = [["time [s]", "u [V]"], *([i / 100, float(WAVE[i])] for i in range(N))]
    content = xlsx(rows, second=[["time [s]", "a", "b", "c"], *([i / 10, i % 7, i % 5, i % 3] for i in range(20))])
    found = read_recordings([("a.xlsx", content)], ReadSettings(sheet="second"))
    assert found.channel_names == ("a", "b", "c")
    with pytest.raises(SignalFileError, match="no sheet “third”; it has “first”, “second”"):
        read_recordings([("a.xlsx", content)], ReadSettings(sheet="third"))


def test_dates_in_excel_are_times():
    rows = [["time", "u"], *([datetime(2024, 3, 1) + timedelta(seconds=i), float(WAVE[i])] for i in range(N))]
    found = recorded("a.xlsx", xlsx(rows))
    assert found.rates == pytest.approx([1])
    assert len(found.values[0]) == 1


def test_durations_and_truths_in_excel_are_seconds_and_a_channel():
    steps = [timedelta(milliseconds=100 * i) for i in range(N)]
    rows = [["time", "on", "u"], *([step, i // 40 % 2 == 1, float(WAVE[i])] for i, step in enumerate(steps))]
    found = recorded("a.xlsx", xlsx(rows))
    assert found.channel_names == ("on", "u")
    assert found.rates == pytest.approx([10])
    np.testing.assert_allclose(found.values[0], [np.arange(N) // 40 % 2, WAVE], rtol=1e-6)


def test_sheets_without_names_of_columns_are_no_recordings_of_one_kind():
    rows = [[float(u), float(w)] for u, w in zip(WAVE, OTHER, strict=True)]
    found = recorded("a.xlsx", xlsx(rows, other=rows[:400]))
    assert [values.shape for values in found.values] == [(2, N)]
    assert found.ignored == ("other",)


def test_an_empty_workbook_is_refused():
    with pytest.raises(SignalFileError, match="is empty; give a sheet"):
        read("a.xlsx", xlsx([]))


# EDF and BDF


def edf(kind: str, *channels: tuple[str, np.ndarray, float]) -> bytes:
    import edfio

    make, signal = (edfio.Edf, edfio.EdfSignal) if kind == "edf" else (edfio.Bdf, edfio.BdfSignal)
    signals = [signal(values, rate, label=name, physical_dimension="uV") for name, values, rate in channels]
    return make(signals).to_bytes()


@pytest.mark.parametrize("kind", ["edf", "bdf"])
def test_biosignals_have_channels_with_units_and_a_rate(kind):
    found = recorded(f"a.{kind}", edf(kind, ("C3", WAVE, 200), ("C4", OTHER, 200)))
    assert found.channel_names == ("C3", "C4")
    assert found.unit == "uV"
    assert found.rates.tolist() == [200]
    np.testing.assert_allclose(found.values[0], [WAVE, OTHER], atol=1e-4)


def test_biosignals_of_several_rates_are_brought_to_the_highest():
    found = recorded("a.edf", edf("edf", ("ECG", WAVE, 200), ("breath", OTHER[:75], 25)))
    assert found.values[0].shape == (2, N)
    assert found.rates.tolist() == [200]


# Kinds


def test_the_content_says_of_what_kind_a_file_is():
    sheet = xlsx([["a"], [1]])
    file = io.BytesIO()
    np.savez(file, x=WAVE)
    contents = {
        "xlsx": sheet,
        "npz": file.getvalue(),
        "tdms": tdms(channel("g", "u", WAVE)),
        "edf": edf("edf", ("u", WAVE, 100)),
        "bdf": edf("bdf", ("u", WAVE, 100)),
        "arrow": arrow(pa.table({"u": WAVE})),
        "lvm": lvm(50),
        "txt": b"time,u\n0,1\n",
    }
    for kind, content in contents.items():
        assert kind_of("recording", content) == kind
        assert kind_of("recording.out", content) == kind
    assert kind_of("a.csv", b"1,2\n") == "csv"
    assert kind_of("a.csv", sheet) == "xlsx"


# WFDB


@pytest.fixture
def record(tmp_path) -> list[tuple[str, bytes]]:
    """A header and its samples, as files that were dropped together."""
    wfdb.wrsamp(
        "r100",
        fs=250,
        units=["mV", "mV"],
        sig_name=["I", "II"],
        p_signal=np.stack([WAVE, OTHER], axis=1),
        fmt=["212", "212"],
        write_dir=str(tmp_path),
    )
    return [(path.name, path.read_bytes()) for path in sorted(tmp_path.iterdir())]


def test_a_header_and_its_samples_are_one_record(record):
    assert [name for name, _ in record] == ["r100.dat", "r100.hea"]
    for files in (record, record[::-1]):
        found = read_recordings(files)
        assert found.channel_names == ("I", "II")
        assert found.unit == "mV"
        assert found.rates.tolist() == [250]
        np.testing.assert_allclose(found.values[0], [WAVE, OTHER], atol=0.002)


def test_a_header_without_its_samples_is_refused(record):
    with pytest.raises(SignalFileError, match=r"names the file “r100.dat”, which is not there; give the header"):
        read_recordings(record[1:])


def test_a_header_that_names_files_elsewhere_is_refused(record):
    header = record[1][1].replace(b"r100.dat", b"../r100.dat")
    with pytest.raises(SignalFileError, match="which is not there"):
        read_recordings([("r100.hea", header)])


def test_without_its_reader_the_command_that_installs_it_is_said(record, monkeypatch):
    monkeypatch.setitem(sys.modules, "wfdb", None)
    with pytest.raises(SignalFileError, match=r'install it with pip install "wavetwin\[formats\]"'):
        read_recordings(record)


def test_records_of_one_name_in_several_folders_are_each_read_with_their_own_samples(record):
    other = [(name, content) if name.endswith(".hea") else (name, bytes(len(content))) for name, content in record]
    files = [(f"{folder}/{name}", content) for folder, own in (("a", record), ("b", other)) for name, content in own]
    first, second = read_recordings(files).values
    np.testing.assert_array_equal(first, read_recordings(record).values[0])
    assert np.ptp(second, axis=1).max() == 0
