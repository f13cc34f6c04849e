"""A training from nothing to its last step: the initialization, then the trainer, as one stream of events."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from core.config import RunConfig
from core.networks import ARCHITECTURES, Conditions, Draft
from core.seeds import Purpose, torch_rng
from core.signals.source import Source
from core.signals.training_set import first_reals
from core.training.device import pick_device
from core.training.evaluator import Evaluator
from core.training.events import EvaluationDone, Event, PhaseBegun, SnapshotTaken
from core.training.peers import ALONE, Peers
from core.training.phases import ADVERSARIAL
from core.training.state import load_state_dict, rebuild, state_dict
from core.training.trainer import Trainer

N_VIEWED = 4096  # reals that the discriminator's views are fitted to


class Training:
    """Initializes networks on the signals of `source` and trains them; goes on from `state` where there is one.

    peers: other processes that train with this one; whoever leads tells them the settings and the state to start from.
    Raises ConfigError where the source has nothing to learn or the device is missing, TrainingError where training
    diverges, PeerError where peers are gone, KeyError, RuntimeError or ValueError where the state is of other networks.
    """

    trainer: Trainer | None = None  # once the networks are initialized

    def __init__(
        self, config: RunConfig, source: Source, state: Mapping[str, Tensor] | None = None, peers: Peers = ALONE
    ) -> None:
        self.config = config
        self.source = source
        self.peers = peers
        self.architecture = ARCHITECTURES[config.network.architecture]
        self.device = pick_device(config.training.device)
        reals = first_reals(source, config.training.seed)
        self.evaluator = Evaluator(config, source, reals)
        if state is not None:
            self.trainer = Trainer(rebuild(config, state), source, config, self.evaluator, peers)
            load_state_dict(self.trainer, state)
        else:
            self._reals = reals
            self._weights_rng = torch.Generator().manual_seed(config.training.seed).get_state()

    def events(self) -> Iterator[Event]:
        """All events from where the training stands to its end."""
        if self.trainer is None:
            yield from self._initialization()
        yield PhaseBegun(ADVERSARIAL)
        self.peers.tell((self.config, {name: value.cpu() for name, value in self.state_dict().items()}))
        yield from self.prepared().events()

    def prepared(self) -> Trainer:
        """The trainer before its first step, or where the state left it."""
        if self.trainer is None:
            for _ in self._initialization():
                pass
        assert self.trainer
        return self.trainer

    def stage_number(self, stage: str) -> int:
        """The place of a stage in the initialization, from 0."""
        return list(self.architecture.stages).index(stage)

    def state_dict(self) -> dict[str, Tensor]:
        """What a training can go on from, once its networks are initialized."""
        return state_dict(self.prepared())

    def _initialization(self) -> Iterator[Event]:
        """What each stage of the initialization brings; the last one's is for the trainer to show, as its step 0."""
        stages = list(self.architecture.stages)
        reals = torch.from_numpy(self.evaluator.scaling.to_network(self._reals.signals))
        n_classes = [len(column.classes) for column in self.config.columns]
        conditions = Conditions(torch.from_numpy(self._reals.conditions), n_classes)
        del self._reals  # they may be large
        if stages:
            yield PhaseBegun(stages[0])
        for draft in self._drafts(reals, conditions):
            if draft.stage in stages[:-1]:
                yield from self._shown(draft)
                yield PhaseBegun(stages[self.stage_number(draft.stage) + 1])
        self.evaluator.drop_bounds(draft.generator)
        with self._own_random_numbers():
            networks = self.architecture.complete(self.config.network, draft.generator, reals[:N_VIEWED])
        self.trainer = Trainer(networks, self.source, self.config, self.evaluator, self.peers)

    def _shown(self, draft: Draft) -> Iterator[Event]:
        yield SnapshotTaken(0, self.evaluator.snapshot(draft.generator), draft.stage)
        yield EvaluationDone(0, self.evaluator.evaluate(draft.generator), False, draft.stage)

    def _drafts(self, reals: Tensor, conditions: Conditions) -> Iterator[Draft]:
        rng = torch_rng(self.config.training.seed, Purpose.INITIALIZATION)
        drafts = self.architecture.initialize(self.config.network, reals, conditions, self.evaluator, rng)
        while True:
            with self._own_random_numbers():
                draft = next(drafts, None)
            if draft is None:
                return
            yield draft

    @contextmanager
    def _own_random_numbers(self) -> Iterator[None]:
        """The global random numbers of torch, which weights begin with; a consumer may draw others between two stages."""
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(self._weights_rng)
            yield
            self._weights_rng = torch.get_rng_state()
