-- What the desk keeps of an article beside what readers see.
alter table articles add column account_id text references accounts (id) on delete set null;  -- whose it is
alter table articles add column created text not null default '';
alter table articles add column submitted text;            -- when its writer asked for it to be published
alter table articles add column embargo text not null default '';  -- a note to colleagues; not public
alter table articles add column held integer not null default 0;   -- overdue after a restore: waits for an editor
alter table articles add column trashed text;              -- when; its status is draft as long as it lies there
alter table articles add column trashed_status text;       -- what it was before

-- The working copy of each article that somebody at the desk has opened and saved. Readers see an article's own row;
-- what is published copies this there.
create table manuscripts (
  article_id text primary key references articles (id) on delete cascade,
  version    integer not null,  -- counts saves; a save names the version that it was made to
  fields     text not null,     -- JSON, checked by articles/desk/schema.ts
  changed    text not null,
  account_id text references accounts (id) on delete set null  -- who saved last
);

-- Every save of substance. Rows are only ever added; each holds the mark of the article's one before.
create table revisions (
  id           text primary key,
  article_id   text not null references articles (id) on delete cascade,
  number       integer not null,
  at           text not null,
  account_id   text,
  account_name text not null,
  kind         text not null,  -- 'saved', 'published', 'updated', 'restored', 'imported' …
  reason       text not null,
  fields       text not null,  -- JSON as in manuscripts
  previous     text not null,
  mark         text not null,  -- sha256 of all of the above, hex
  unique (article_id, number)
);

-- Who has an article open just now.
create table presence (
  article_id text not null references articles (id) on delete cascade,
  account_id text not null references accounts (id) on delete cascade,
  seen       text not null,
  primary key (article_id, account_id)
) without rowid;

-- Secret addresses at which a draft is shown to somebody outside.
create table preview_links (
  token_hash text primary key,
  article_id text not null references articles (id) on delete cascade,
  account_id text references accounts (id) on delete set null,
  created    text not null,
  expires    text not null
);
create index preview_links_of_article on preview_links (article_id);
