"""Pages and parts of pages that more than one role has."""
