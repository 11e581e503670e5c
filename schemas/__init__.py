"""What is said: forms, expressions, changes, records, wire messages. No database, no network."""
