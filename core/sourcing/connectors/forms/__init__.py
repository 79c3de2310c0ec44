"""Lead forms of advertising platforms: Meta, Google, LinkedIn, fetched in bulk or told as they come (SPEC 8.1)."""
