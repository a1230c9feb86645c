-- Corrections that were taken back, so that this can be undone for a day.
create table removed_corrections (
  id         text primary key,
  article_id text not null references articles (id) on delete cascade,
  fields     text not null,  -- JSON: the correction as it was
  removed    text not null
);
create index removed_corrections_by_date on removed_corrections (removed);
