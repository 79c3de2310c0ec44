"""Homes offered on a site's own pages: what robots.txt lets us read, sitemaps, structured data (SPEC 8.1, 8.2)."""
