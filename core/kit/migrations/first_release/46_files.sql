-- Files that somebody brought, by whichever door: who, when, how many rows, and which of them could not be read (SPEC 8.1). Neither their content
-- nor a cell of theirs stands here: rows that were read are raw records, and what a row said is told by its number alone.
create table source_file (
  id uuid primary key,                   -- its runs name it as their job; the page's file has a job of this id
  source_id uuid not null references source,
  door text not null check (door in ('page', 'api', 'adf', 'command')),
  name text not null check (length(name) between 1 and 200),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  rows bigint not null check (rows >= 0),            -- that could be read
  bad_rows bigint not null check (bad_rows >= 0),    -- that could not
  problems jsonb not null default '[]' check (jsonb_typeof(problems) = 'array'),  -- [{"row", "why"}] of the first 1,000 of those
  asked_by uuid references user_account, -- null: whoever sat at the command line or showed the source's key
  asked_at timestamptz not null,
  check (rows + bad_rows > 0),
  check (asked_by is not null or door in ('adf', 'command'))
);
create index source_file_newest on source_file (source_id, id desc);
