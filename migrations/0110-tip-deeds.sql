-- What somebody is just doing to the tip line, whose database is another: a deed that a crash cuts short still gets its entry in the
-- trail at the next start. Empty at other times.
create table tip_deeds (
  id           text primary key,
  at           text not null,
  account_id   text,           -- null: the program itself
  account_name text not null,
  action       text not null,
  subject      text not null,  -- JSON: kind, id, label
  details      text not null   -- JSON
);
