"""The wall between us and strangers' files: the door, and the processes that read behind it."""
