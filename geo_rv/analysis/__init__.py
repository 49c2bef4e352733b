"""Planning questions as pure functions: frames in, frames or frozen dataclasses out."""
