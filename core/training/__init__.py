"""Adversarial training, without a screen or a disk."""
