"""Our figures beside a peer's on the same work, in one run: ratios, never promises of seconds."""
