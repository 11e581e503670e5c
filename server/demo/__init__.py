"""An invented commune, made through the same doors as real data."""
