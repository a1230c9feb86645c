-- What is written to be mailed. Number and slug are given when it is sent.
create table issues (
  id          text primary key,
  number      integer unique,
  slug        text unique,
  subject     text not null default '',
  preheader   text not null default '',
  intro       text not null default '',        -- Markdown
  outro       text not null default '',        -- Markdown
  frequency   text check (frequency in ('every', 'daily', 'weekly')),  -- whom it is for; null: whatever they chose
  sections    text not null default '[]',      -- JSON: ids; whom it is for; none: whatever they chose
  origin      text not null check (origin in ('desk', 'article', 'daily', 'weekly', 'command')),
  status      text not null check (status in ('draft', 'scheduled', 'held', 'sent')),
  send_at     text,                            -- when it is scheduled for
  sent        text,                            -- when it was handed to the ledger
  version     integer not null default 1,      -- grows with each save: a stale form is told by it
  account_id  text references accounts (id) on delete set null,
  created     text not null,
  changed     text not null
);
create index issues_by_status on issues (status, send_at, id);
create index issues_by_change on issues (changed, id);

create table issue_articles (
  issue_id   text not null references issues (id) on delete cascade,
  article_id text not null references articles (id) on delete cascade,
  position   integer not null,
  form       text not null check (form in ('full', 'dek')),
  primary key (issue_id, article_id)
);
create index issue_articles_of_article on issue_articles (article_id);
