"""Where a project keeps its layers and their history."""
