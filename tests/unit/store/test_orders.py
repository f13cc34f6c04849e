"""Signals as they are ordered, and what their card says of the run."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from core.config import changed
from core.errors import ConfigError, RunNotFoundError
from core.fidelity.report import Report
from core.generation.export import FORMATS, Content
from core.jobs.training import train
from core.signals.batch import collect
from core.signals.faults import FaultSettings
from core.store.datasets import DataSetStore
from core.store.orders import Order
from core.store.run import Run
from core.training.selection import STOP_SENTENCES, StopReason

OLD_REPORT = Path(__file__).parents[1] / "fidelity" / "report_of_version_2.json"
FAULTS = FaultSettings(kinds=("offset",), share=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tiny_config) -> Run:
    """A finished run; tests leave it as it is."""
    return train(tiny_config, "Mine", tmp_path_factory.mktemp("ordered"))


def judged(run: Run, monkeypatch: pytest.MonkeyPatch, **subject: object) -> Report:
    """A report as that of the run, without a measurement."""
    report = Report.model_validate_json(OLD_REPORT.read_bytes())
    report = report.model_copy(update={"subject": report.subject.model_copy(update=subject)})
    monkeypatch.setattr(Run, "report", property(lambda run: report))
    return report


def test_faults_are_in_units_of_the_source(trained):
    good, faulty = (collect(Order(trained, 50, 3, faults=faults).pieces(), 50) for faults in (None, FAULTS))
    shifts = np.abs((faulty.signals - good.signals)[faulty.faulty])
    np.testing.assert_allclose(shifts, trained.load_surrogate().scaling.std.item(), rtol=1e-3)


def test_reals_get_the_same_faults_as_fakes(trained):
    marks = [collect(Order(trained, 50, 3, kind, faults=FAULTS).pieces(), 50).faulty for kind in ("real", "fake")]
    np.testing.assert_array_equal(*marks)


@pytest.mark.parametrize("kind", ["fake", "real"])
def test_an_order_loads_its_twin_and_describes_it_once(trained, monkeypatch, kind):
    loaded, load = [], Run.load_surrogate
    monkeypatch.setattr(Run, "load_surrogate", lambda run: loaded.append(run.id) or load(run))
    order = Order(trained, 5, kind=kind, faults=FAULTS)
    order.check("csv")
    b"".join(order.encoded("csv"))
    order.check_marks()
    b"".join(order.encoded_marks())
    assert order.card() is order.card()
    assert loaded == [trained.id]


@pytest.mark.parametrize("count", [1, 2000])
@pytest.mark.parametrize("faults", [None, FAULTS])
@pytest.mark.parametrize("name", FORMATS)
def test_how_large_a_file_will_be_is_known(name, faults, count, trained):
    content = Content.of(trained.config, faults)
    order = Order(trained, int(min(count, FORMATS[name].most(content))), faults=faults)
    n_bytes = sum(map(len, order.encoded(name)))
    assert order.about_bytes(name) == pytest.approx(n_bytes, rel=0.15)


def test_nothing_is_asked_of_reals(trained):
    with pytest.raises(ConfigError, match="come as they are"):
        Order(trained, 1, kind="real", requested={"amplitude": (1.0, 2.0)})


def test_a_card_tells_of_the_run(trained):
    card = Order(trained, 7, 5).card()
    assert (card.signals.count, card.signals.seed, card.signals.n_samples) == (7, 5, 32)
    assert card.signals.sampling_rate == pytest.approx(trained.config.source.sampling_rate)
    training = card.training
    assert (training.run, training.name, training.preset) == (trained.id, "Mine", "article")
    assert (training.architecture, training.steps) == ("article", 60)
    assert training.step == trained.load_surrogate().step
    assert training.ended == STOP_SENTENCES[StopReason.LAST_STEP]
    assert training.sha256 == hashlib.sha256(trained.surrogate_file.read_bytes()).hexdigest()
    assert card.source.settings["waveform"] == "sine"
    assert "experiment_cost" not in card.source.settings
    assert card.verdict is None


def test_a_card_tells_of_the_last_report(trained, monkeypatch):
    report = judged(trained, monkeypatch, step=1, quick=True)
    verdict = Order(trained, 7).card().verdict
    assert (verdict.title, verdict.step, verdict.is_quick) == (report.verdict.title, 1, True)
    assert verdict.measured_at == report.subject.measured_at
    assert any("another state of the twin, at step 1" in caution for caution in Order(trained, 7).card().cautions)


def test_reals_of_a_run_without_a_twin_have_a_card_too(store, tiny_config):
    run = store.create(tiny_config, "New")
    assert Order(run, 3, kind="real").card().training is None
    with pytest.raises(RunNotFoundError):
        Order(run, 3).card()
    with pytest.raises(RunNotFoundError):  # which knows what faults are measured in
        Order(run, 3, kind="real", faults=FAULTS).pieces()


def test_the_licence_of_a_data_set_is_on_the_card(store, data, tmp_path, tiny_config):
    kept = DataSetStore(tmp_path).keep(data, license="CC BY 4.0")
    config = changed(tiny_config, source=kept, conditions=())
    card = Order(store.create(config), 3, kind="real").card()
    assert (card.source.kind, card.source.name, card.source.license) == ("recordings", data.name, "CC BY 4.0")
