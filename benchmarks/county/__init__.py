"""A county's graves against 200 000 features with 12.5 million vertices: ours beside its peers."""
