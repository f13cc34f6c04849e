import numpy as np

from core.presentation import anomaly_plots
from core.units import Units


def test_anomalies_stand_out_from_usual_windows():
    values, is_anomaly = np.array([0.1, 5.0, 0.2]), np.array([False, True, False])
    figure = anomaly_plots.scores(values, is_anomaly, 2.0, ["a", "b", "c"])
    usual, anomaly = figure["data"]
    assert (usual["x"], usual["customdata"]) == ([1, 3], ["a", "c"])
    assert (anomaly["x"], anomaly["customdata"]) == ([2], ["b"])
    assert usual["marker"]["color"] != anomaly["marker"]["color"]
    assert usual["marker"]["symbol"] != anomaly["marker"]["symbol"]  # also without colours
    assert figure["layout"]["shapes"][0]["y0"] == 2.0


def test_a_window_has_a_strip_for_each_channel():
    signal = np.arange(24.0).reshape(3, 8)
    figure = anomaly_plots.window(np.arange(8) / 10, signal, signal + 1, np.full((3, 8), 2.345), 1, Units("V"))
    data = {trace["name"]: trace for trace in figure["data"] if trace["type"] == "scatter"}
    assert set(data) == {"signal", "nearest fake"}
    strip = figure["data"][-1]
    assert np.allclose(strip["z"], 2.345, atol=0.006)
    assert strip["y"] == ["1", "2", "3"]
    assert figure["layout"]["yaxis"]["title"]["text"] == "value / V"
    assert figure["layout"]["xaxis"]["matches"] == "x2"


def test_a_strip_below_one_channel_needs_no_names():
    one = np.zeros((1, 8))
    layout = anomaly_plots.window(np.arange(8.0), one, one, one)["layout"]
    assert not layout["yaxis2"]["showticklabels"]
