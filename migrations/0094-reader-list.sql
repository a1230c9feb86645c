-- The desk's list of readers, in the order in which they came: narrow, so that a filter over a million of them reads little.
create table reader_list (
  number        integer primary key,
  subscriber_id text not null unique references subscribers (id) on delete cascade,
  state         text not null,  -- pending, active, unsubscribed; suppressed above all of them
  frequency     text not null,
  domain        text not null,
  created       text not null
);
create index reader_list_by_state on reader_list (state, number);
create index reader_list_by_domain on reader_list (domain, number);

-- Kept with the list, since counting a million takes longer than a page may.
create table reader_counts (
  state text primary key,
  count integer not null
);

-- How many readers joined and left on each day (UTC).
create table reader_days (
  day    text primary key,
  joined integer not null default 0,
  gone   integer not null default 0
);

-- A file of readers on its way into the list. The file itself lies in DATA_DIR/imports until this is over.
create table reader_imports (
  id         text primary key,
  file       text not null,                 -- as its owner named it
  account_id text,                          -- who brought it; null: from the shell
  created    text not null,
  state      text not null check (state in ('received', 'checking', 'checked', 'importing', 'finished', 'failed')),
  format     text not null,                 -- what was found out about the file, JSON
  choices    text not null default '{}',    -- which column is what, and how it is taken in, JSON
  counts     text not null default '{}',    -- so far, JSON
  problems   text not null default '[]',    -- the first lines that could not be taken, JSON
  failure    text not null default '',
  seen       text not null                  -- when it last got on
);
create index reader_imports_by_time on reader_imports (created, id);
