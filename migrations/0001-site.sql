-- What editors say about the site itself; one JSON value a name, checked by site/schema.ts.
create table settings (
  name  text primary key,
  value text not null
);

create table standing_pages (
  id          text primary key,
  slug        text not null unique,
  title       text not null,
  description text not null,
  body        text not null,
  changed     text not null
);

-- When anything that readers see last changed; bumped in the transaction of the change.
create table content_changes (
  only    integer primary key check (only = 1),
  changed text not null
);
