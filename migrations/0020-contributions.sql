-- The ways in which readers can give, in the editors' order.
create table ways_to_give (
  id       text primary key,
  position integer not null unique,
  kind     text not null check (kind in ('link', 'bank', 'crypto', 'cheque')),
  details  text not null  -- JSON, checked by contributions/schema.ts
);
