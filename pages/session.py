"""What the pages of one browser session share: the chosen run and the source that is set."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import orjson
import streamlit as st

from core.access.quotas import why_no_more_data, why_no_training, why_not_now
from core.config import RecordingsConfig, RunConfig, SimulatorConfig, SourceConfig, SourceOptions, changed, validated
from core.errors import AccessError, ConfigError, DataSetError, WavetwinError
from core.jobs.manager import JobManager
from core.signals.dataset import DataSet
from core.store.datasets import DataSetStore
from core.store.paths import default_data_dir
from core.store.run import Run
from core.store.runs import RunStore
from core.store.writing import errors_as
from pages import access
from pages.widgets.text import plain
from pages.widgets.waiting import waited

log = logging.getLogger(__name__)

_one_at_a_time = Lock()  # so that two who start at once cannot both take the last place

RUN, SOURCE = "run", "source"  # both in the session and in the URL


def manager() -> JobManager:
    """Trains in the background, for all sessions."""
    return JobManager.of(default_data_dir())


def store() -> RunStore:
    """Where all runs are kept."""
    return manager().store


def picked_run() -> Run | None:
    """The run chosen in the sidebar; None where there is none yet."""
    run_id = st.session_state.get(RUN)
    try:
        return store().get(run_id) if run_id else None
    except WavetwinError:  # deleted since, perhaps in another browser
        return None


def pick(run: Run) -> None:
    """Choose another run; the sidebar's picker takes it up in the next rerun."""
    st.query_params[RUN] = run.id


def data_sets() -> DataSetStore:
    """Where data sets are kept."""
    return DataSetStore(default_data_dir())


def why_no_training_now() -> str:
    """Why the reader may start no training at present; empty where they may."""
    return why_no_training(access.settings(), access.person(), store())


def why_no_more_data_now() -> str:
    """Why the reader may keep no more data sets at present; empty where they may."""
    return why_no_more_data(access.settings(), access.person(), default_data_dir())


def start_training(config: RunConfig, name: str) -> Run:
    """Put a new training of the reader in the queue. Raises AccessError where they may not, RunFileError."""
    with _one_at_a_time:
        if reason := why_no_training_now():
            raise AccessError(reason)
        return manager().start(config, name, access.owner())


def resume_training(run: Run) -> None:
    """Go on from a run's last checkpoint. Raises AccessError where the queue is full, and what JobManager.resume raises."""
    if reason := why_not_now(access.settings(), store()):
        raise AccessError(reason)
    manager().resume(run.id)


def keep_data_set(data: DataSet, **settings: Any) -> RecordingsConfig:
    """Keep a data set of the reader. Raises AccessError where they have no room for it, ConfigError, DataSetError."""
    if reason := why_no_more_data(access.settings(), access.person(), default_data_dir(), data.signals.nbytes):
        raise AccessError(reason)
    before = {kept.config.dataset for kept in data_sets().all()}
    config = waited("Saving …", lambda tell: data_sets().keep(data, **settings))
    if config.dataset not in before and (owner := access.owner()):
        with errors_as(DataSetError, data_sets().root):
            owner.keep(data_sets().root / config.dataset)
    return config


def current_source() -> SourceConfig:
    """The source as it is set on page Signals."""
    return st.session_state.setdefault(SOURCE, SimulatorConfig())


def set_source(source: SourceConfig) -> None:
    """Set the source, here and in the URL, which can be shared."""
    st.session_state[SOURCE] = source
    keep_source_in_url()


def keep_source_in_url() -> None:
    """Write what differs from the default source into the URL, so that a reload or a shared link has it."""
    source = current_source()
    values = source.model_dump(exclude_defaults=True)
    if isinstance(source, RecordingsConfig):
        options = {name: value for name, value in values.items() if name in SourceOptions.model_fields}
        values = {"kind": source.kind, "dataset": source.dataset} | options
    if values:
        st.query_params[SOURCE] = orjson.dumps(values).decode()
    elif SOURCE in st.query_params:
        del st.query_params[SOURCE]


def take_source_from_url() -> None:
    """Set the source from the URL when a session begins.

    Raises ConfigError where the URL makes no sense, DataSetError where its data set is gone.
    """
    if SOURCE in st.session_state or SOURCE not in st.query_params:
        return
    text = st.query_params[SOURCE]
    current_source()  # the default, in case the URL is wrong
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict):
        raise ConfigError(
            "The source settings in the link cannot be read, so you see the default source. Ask the sender for a new link."
        )
    is_recorded = values.get("kind") == "recordings"
    kept = data_sets().config(str(values.get("dataset"))) if is_recorded else None
    try:
        st.session_state[SOURCE] = _with_options(kept, values) if kept else validated(SimulatorConfig, values)
    except ConfigError as error:
        raise ConfigError(
            f"The source settings in the link are invalid, so you see the default source. {error}"
        ) from None


def _with_options(kept: RecordingsConfig, values: dict[str, Any]) -> RecordingsConfig:
    """A kept data set with the options in a link, the default ones where it has none. Raises ConfigError."""
    options = {name: value for name, value in values.items() if name not in ("kind", "dataset")}
    return changed(kept, **validated(SourceOptions, options).model_dump())


@contextmanager
def show_errors() -> Iterator[None]:
    """Show an error as a sentence; an unexpected one goes into the log with its traceback."""
    try:
        yield
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except Exception:
        log.exception("A page failed")
        st.error(
            "Something went wrong on this page. Your runs are safe, and any training continues. Reload the page; if it "
            "happens again, look in the server’s log.",
            icon=":material/error:",
        )
