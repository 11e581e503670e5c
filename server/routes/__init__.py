"""Routes translate: decode, ask the core, store, answer."""
