-- The desk looks for beginnings of three letters and more, so those of two need not be kept.
drop table desk_search;
create virtual table desk_search using fts5 (
  words,
  tokenize = 'unicode61 remove_diacritics 2',
  prefix = '3',
  content = '', contentless_delete = 1, detail = none
);
insert into desk_search (desk_search, rank) values ('hashsize', 16777216);
insert into desk_search (rowid, words)
select l.number, case when m.article_id is null then a.title || ' ' || a.dek || ' ' || a.body
  else json_extract(m.fields, '$.title') || ' ' || json_extract(m.fields, '$.dek') || ' ' || json_extract(m.fields, '$.body') end
from desk_list as l join articles as a on a.id = l.article_id left join manuscripts as m on m.article_id = a.id;

-- Eight pieces of an index are merged into one instead of four: each word is written anew less often, and a search looks into some
-- pieces more.
insert into search_index (search_index, rank) values ('automerge', 8);
insert into search_titles (search_titles, rank) values ('automerge', 8);
insert into desk_search (desk_search, rank) values ('automerge', 8);
