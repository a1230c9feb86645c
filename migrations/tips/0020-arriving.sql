-- Parts whose files are on their way to their place: noted before the first is moved there, gone with the transaction that
-- enters them as parts. What a crash leaves in between can so be told from folders that a lost database has forgotten.
create table arriving (
  tip_id text not null,
  batch  integer not null,
  kind   text not null,  -- as in tip_parts: tells whose the parts are to clear away
  primary key (tip_id, batch)
) without rowid;
