"""Leads from outside: sources and what each may be used for, connectors, the pipeline from raw record to lead, quarantine,
duplicates and enrichment (SPEC 8). A record is kept exactly as it came; nothing that a source said is ever dropped."""
