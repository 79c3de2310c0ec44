"""Health and metrics (SPEC 13.3), for balancers and Prometheus; no rate limit."""
