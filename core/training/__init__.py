"""Adversarial training, without a screen or a disk."""

from core.training.trainer import Trainer

__all__ = ["Trainer"]
