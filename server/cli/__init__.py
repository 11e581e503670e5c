"""The commands. Names are fixed: scripts rely on them."""
