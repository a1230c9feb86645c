create index articles_scheduled on articles (published) where status = 'scheduled';

-- Which file this database was at its last start. A copy of it, put back from a backup say, tells itself by that.
create table schedule_home (
  only integer primary key check (only = 1),
  file text not null
);
