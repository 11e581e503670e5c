"""What syncing costs here, beside others on the same machine in the same run. See README.md."""
