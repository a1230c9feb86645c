-- What stood in a setting before each change, so that a change can be taken back.
create table settings_before (
  id         text primary key,
  name       text not null,
  value      text not null,
  after_mark text not null,  -- sha256 of what replaced it
  replaced   text not null
);
create index settings_before_by_name on settings_before (name, id);

alter table standing_pages add column deleted text;  -- when; it may be brought back

-- Addresses that a standing page had before; they lead to it.
create table former_page_slugs (
  slug    text primary key,
  page_id text not null references standing_pages (id) on delete cascade
);
create index former_page_slugs_of_page on former_page_slugs (page_id);

-- Ways to give that were removed and may be brought back.
create table removed_ways (
  id       text primary key,
  position integer not null,
  details  text not null,
  removed  text not null
);
