"""One connector per protocol: how records come in and what they say. None of them knows the database (SPEC 8.1)."""
