-- What the library knows of a picture beside its public files.
alter table media add column alt text not null default '';
alter table media add column decorative integer not null default 0;  -- says nothing that the text does not: needs no alt text
alter table media add column caption text not null default '';
alter table media add column credit text not null default '';
alter table media add column licence text not null default '';
alter table media add column focal_x integer not null default 50;    -- per cent from the left edge: what crops keep
alter table media add column focal_y integer not null default 50;    -- per cent from the top edge
alter table media add column type text not null default '';          -- of the original; empty where none was kept
alter table media add column bytes integer not null default 0;       -- of the original
alter table media add column original text;                          -- its file in the private folder
alter table media add column account_id text references accounts (id) on delete set null;  -- whose upload it is
alter table media add column account_name text not null default '';
alter table media add column words text not null default '';         -- what a search looks through, folded
alter table media add column awaits_avif integer not null default 0;
alter table media add column attempts integer not null default 0;    -- at making them
create index media_by_hash on media (hash);
create index media_waiting on media (id) where awaits_avif = 1;
create index media_without_alt on media (id) where alt = '' and decorative = 0;
update media set words = lower(name);

-- Where pictures are shown. Each feature notes its own in the transaction that changes them.
create table media_uses (
  media_id     text not null references media (id),
  subject_kind text not null,  -- 'article', 'draft', 'author', 'site' …
  subject_id   text not null,
  label        text not null,
  address      text not null,  -- of the desk's page on which it can be changed
  primary key (subject_kind, subject_id, media_id)
);
create index media_uses_of_media on media_uses (media_id);

insert into media_uses (media_id, subject_kind, subject_id, label, address)
  select hero, 'article', id, title, '/admin/articles/' || id from articles where hero is not null;
insert into media_uses (media_id, subject_kind, subject_id, label, address)
  select picture, 'author', id, name, '/admin/authors/' || id from authors where picture is not null;
insert into media_uses (media_id, subject_kind, subject_id, label, address)
  select m.id, 'article', a.id, a.title, '/admin/articles/' || a.id
  from articles as a join media as m on a.body like '%](' || m.name || '%' or a.body like '%](<' || m.name || '%'
  where a.hero is null or a.hero <> m.id;
