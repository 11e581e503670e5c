"""Tables out of records: what a reader opens in a spreadsheet or a statistics package."""
