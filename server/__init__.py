"""Who may say it and where it is kept."""
