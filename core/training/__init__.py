"""Initialization and adversarial training, without a screen or a disk."""
