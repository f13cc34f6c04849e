"""How networks come about before the first adversarial step."""
