"""Our own parsers under fire for a bounded time: `make fuzz`."""
