"""MLS listings by RESO Web API (OData), fetched since a cursor or pushed (SPEC 8.1)."""
