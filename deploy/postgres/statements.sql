-- What statements cost, for docs/runbooks: in a database of its own, where the application has no business.
\connect postgres
create extension pg_stat_statements;
