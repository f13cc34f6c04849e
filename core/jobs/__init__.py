"""What runs in the background: trainings and evaluations."""
