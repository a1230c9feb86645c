-- Who did what to what at the desk. Rows are only ever added; each holds the mark of the one before it.
create table audit (
  number        integer primary key,  -- 1, 2, 3 … without a gap
  at            text not null,
  account_id    text,                 -- null: the program itself
  account_name  text not null,        -- as it was then
  action        text not null,        -- 'published', 'signed-in' …
  subject_kind  text not null,        -- 'article', 'account' …
  subject_id    text not null,
  subject_label text not null,        -- as it was then
  details       text not null,        -- JSON
  previous      text not null,        -- mark of the row before; empty for the first
  mark          text not null         -- HMAC-SHA256 of all of the above, hex
);
create index audit_of_subject on audit (subject_kind, subject_id, number);
create index audit_of_account on audit (account_id, number);

-- The end of the chain, so that rows cut off at the end are missed too.
create table audit_end (
  only   integer primary key check (only = 1),
  number integer not null,
  mark   text not null
);
