"""Ways to see and hear what a twin learned."""
