-- Pictures that were deleted lately: they can be taken back for a day. Their public files are gone at once.
create table media_removed (
  id         text primary key,
  account_id text,           -- whose upload it was
  item       text not null,  -- JSON: the row as it was
  removed    text not null
);

-- What articles and profiles already say of pictures is what the library says of them first.
update media set alt = coalesce(
    (select a.hero_alt from articles as a where a.hero = media.id and a.hero_alt <> '' order by a.id limit 1),
    (select p.picture_alt from authors as p where p.picture = media.id and p.picture_alt <> '' order by p.id limit 1),
    '')
  where alt = '' and decorative = 0;
update media set caption = coalesce(
    (select a.hero_caption from articles as a where a.hero = media.id and a.hero_caption <> '' order by a.id limit 1), '')
  where caption = '';
update media set credit = coalesce(
    (select a.hero_credit from articles as a where a.hero = media.id and a.hero_credit <> '' order by a.id limit 1), '')
  where credit = '';
update media set words = lower(name || ' ' || alt || ' ' || caption || ' ' || credit) where words = lower(name);
