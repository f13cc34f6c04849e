"""The exceptions a user may see. Each message is one sentence or two: what is wrong, where, what to do.

WavetwinError
├── ConfigError          a setting is impossible
├── TrainingError        training cannot continue
│   └── PeerError            another process of the same training is gone
├── FidelityError        signals cannot be compared
├── SignalFileError      a file of signals cannot be read
├── DataSetError         a data set cannot be kept, found, read or deleted
├── ShardError           shards of signals cannot be written or read
├── AccessError          somebody may not do this on this server, or no more of it
├── BackupError          a data folder cannot be backed up or restored
└── RunError             something about a run
    ├── RunNotFoundError     there is no such run
    ├── RunStateError        the run cannot do this in its present state
    └── RunFileError         a file of the run is missing, broken or half-written
"""


class WavetwinError(Exception):
    """Base of all errors whose message is meant for the user."""


class ConfigError(WavetwinError):
    """A setting is impossible."""


class TrainingError(WavetwinError):
    """Training cannot continue."""


class PeerError(TrainingError):
    """Another process of the same training is gone."""


class FidelityError(WavetwinError):
    """Signals cannot be compared."""


class SignalFileError(WavetwinError):
    """A file of signals cannot be read."""


class DataSetError(WavetwinError):
    """A data set cannot be kept, found, read or deleted."""


class ShardError(WavetwinError):
    """Shards of signals cannot be written or read."""


class AccessError(WavetwinError):
    """Somebody may not do this on this server, or no more of it."""


class BackupError(WavetwinError):
    """A data folder cannot be backed up or restored."""


class RunError(WavetwinError):
    """Something about a run."""


class RunNotFoundError(RunError):
    """There is no such run."""


class RunStateError(RunError):
    """The run cannot do this in its present state."""


class RunFileError(RunError):
    """A file of the run is missing, broken or half-written."""
