"""Pages of the house: administrators, analysts and scientists."""
