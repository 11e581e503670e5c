"""What happens between two pages of a pull, drawn at random: one small world, quick enough for hundreds of
runs."""
