-- Words of every article for the desk's own search, drafts and working copies included. Which articles a word
-- stands in is all that is asked, so neither texts nor places are kept.
create virtual table desk_search using fts5 (
  words,
  tokenize = 'unicode61 remove_diacritics 2',
  prefix = '2 3',
  content = '', contentless_delete = 1, detail = none
);

insert into desk_list (article_id, account_id, state, section_id, changed, published, title)
select id, account_id,
  case when trashed is not null then 'trash' when status = 'draft' and submitted is not null then 'waiting' else status end,
  section_id, changed, coalesce(published, ''), substr(lower(title), 1, 80)
from articles order by id;
insert into desk_search (rowid, words)
select l.number, a.title || ' ' || a.dek || ' ' || a.body from desk_list as l join articles as a on a.id = l.article_id;
insert into desk_list_terms (term_id, number)
select t.tag_id, l.number from article_tags as t join desk_list as l on l.article_id = t.article_id
union
select t.author_id, l.number from article_authors as t join desk_list as l on l.article_id = t.article_id;

create trigger desk_list_article_added after insert on articles begin
  insert into desk_list (article_id, account_id, state, section_id, changed, published, title)
  values (new.id, new.account_id,
    case when new.trashed is not null then 'trash' when new.status = 'draft' and new.submitted is not null then 'waiting'
      else new.status end,
    new.section_id, new.changed, coalesce(new.published, ''), substr(lower(new.title), 1, 80));
  insert into desk_search (rowid, words)
  select number, new.title || ' ' || new.dek || ' ' || new.body from desk_list where article_id = new.id;
end;

create trigger desk_list_article_changed
after update of account_id, status, submitted, trashed, section_id, changed, published, title on articles begin
  update desk_list set
    account_id = new.account_id,
    state = case when new.trashed is not null then 'trash'
      when new.status = 'draft' and new.submitted is not null then 'waiting' else new.status end,
    section_id = new.section_id,
    changed = max(new.changed, coalesce((select changed from manuscripts where article_id = new.id), '')),
    published = coalesce(new.published, ''),
    title = substr(lower(new.title), 1, 80)
  where article_id = new.id;
end;

create trigger desk_search_article_changed after update of title, dek, body on articles
when new.title is not old.title or new.dek is not old.dek or new.body is not old.body begin
  delete from desk_search where rowid = (select number from desk_list where article_id = new.id);
  insert into desk_search (rowid, words)
  select number, new.title || ' ' || new.dek || ' ' || new.body from desk_list where article_id = new.id;
end;

create trigger desk_list_manuscript_added after insert on manuscripts begin
  update desk_list set changed = max(changed, new.changed) where article_id = new.article_id;
  delete from desk_search where rowid = (select number from desk_list where article_id = new.article_id);
  insert into desk_search (rowid, words)
  select number, json_extract(new.fields, '$.title') || ' ' || json_extract(new.fields, '$.dek') || ' ' ||
    json_extract(new.fields, '$.body') from desk_list where article_id = new.article_id;
end;

create trigger desk_list_manuscript_changed after update of fields, changed on manuscripts begin
  update desk_list set changed = max(changed, new.changed) where article_id = new.article_id;
  delete from desk_search where rowid = (select number from desk_list where article_id = new.article_id);
  insert into desk_search (rowid, words)
  select number, json_extract(new.fields, '$.title') || ' ' || json_extract(new.fields, '$.dek') || ' ' ||
    json_extract(new.fields, '$.body') from desk_list where article_id = new.article_id;
end;

create trigger desk_list_removed after delete on desk_list begin
  delete from desk_search where rowid = old.number;
end;

create trigger desk_list_tag_added after insert on article_tags begin
  insert or ignore into desk_list_terms (term_id, number)
  select new.tag_id, number from desk_list where article_id = new.article_id;
end;
create trigger desk_list_tag_removed after delete on article_tags begin
  delete from desk_list_terms
  where term_id = old.tag_id and number = (select number from desk_list where article_id = old.article_id);
end;
create trigger desk_list_tag_changed after update of tag_id, article_id on article_tags begin
  delete from desk_list_terms
  where term_id = old.tag_id and number = (select number from desk_list where article_id = old.article_id);
  insert or ignore into desk_list_terms (term_id, number)
  select new.tag_id, number from desk_list where article_id = new.article_id;
end;

create trigger desk_list_author_added after insert on article_authors begin
  insert or ignore into desk_list_terms (term_id, number)
  select new.author_id, number from desk_list where article_id = new.article_id;
end;
create trigger desk_list_author_removed after delete on article_authors begin
  delete from desk_list_terms
  where term_id = old.author_id and number = (select number from desk_list where article_id = old.article_id);
end;
create trigger desk_list_author_changed after update of author_id, article_id on article_authors begin
  delete from desk_list_terms
  where term_id = old.author_id and number = (select number from desk_list where article_id = old.article_id);
  insert or ignore into desk_list_terms (term_id, number)
  select new.author_id, number from desk_list where article_id = new.article_id;
end;
