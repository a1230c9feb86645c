-- FTS5 writes its words to the disk at every savepoint, and each row that a trigger adds makes one. So whoever takes in many articles
-- says here from which number on the words of new ones wait, and adds them all at the end of the same transaction.
create table desk_words_waiting (
  only  integer primary key check (only = 1),
  after integer not null
);

drop trigger desk_list_article_added;
create trigger desk_list_article_added after insert on articles begin
  insert into desk_list (article_id, account_id, state, section_id, changed, published, title)
  values (new.id, new.account_id,
    case when new.trashed is not null then 'trash' when new.status = 'draft' and new.submitted is not null then 'waiting'
      else new.status end,
    new.section_id, new.changed, coalesce(new.published, ''), substr(lower(new.title), 1, 80));
  insert into desk_search (rowid, words)
  select number, new.title || ' ' || new.dek || ' ' || new.body from desk_list
  where article_id = new.id and not exists (select 1 from desk_words_waiting);
end;
