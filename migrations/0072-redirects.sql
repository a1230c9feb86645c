-- Addresses from elsewhere, an older site say, and where what stood there stands now. Asked only when no page answers.
create table redirects (
  id         text primary key,
  from_path  text not null unique,  -- decoded, without a slash at its end; may end with ?p=123
  to_address text not null,         -- a path of ours, or an https address
  to_key     text not null,         -- the target written as a from_path; empty: it is not ours
  created    text not null,
  changed    text not null,
  account_id text references accounts (id) on delete set null,
  removed    text                   -- deleted then, and kept for a day so that it can be undone
);
create index redirects_by_target on redirects (to_key) where removed is null;
create index redirects_removed on redirects (removed) where removed is not null;

-- A file of redirects between its dry run and its application.
create table redirect_imports (
  id         text primary key,
  account_id text references accounts (id) on delete cascade,
  created    text not null,
  lines      integer not null
);
create table redirect_import_lines (
  import_id     text not null references redirect_imports (id) on delete cascade,
  line          integer not null,
  redirect_id   text not null,
  from_path     text not null,
  to_address    text not null,
  to_key        text not null,
  final_address text not null,  -- where it leads with all chains followed
  final_key     text not null,
  circle        text not null default '',  -- found to lead in one; a problem once all lines are looked at
  problem       text not null,  -- empty: none
  primary key (import_id, line)
);
create index redirect_import_lines_by_from on redirect_import_lines (import_id, from_path) where problem = '';
create index redirect_import_problems on redirect_import_lines (import_id, line) where problem <> '';
