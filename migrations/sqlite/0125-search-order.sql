-- Documents are numbered in the order of publication: seconds since the year 0, or the next number that is free. So the newest
-- articles that hold a word are the first that the index finds, and the others need not be looked at.
create table search_numbers as
select article_id, former, max(instant - place) over (order by place) + place as number from (
  select d.article_id, d.document as former, unixepoch(a.published) + 62167219200 as instant,
    row_number() over (order by a.published, a.id) as place
  from search_documents as d join articles as a on a.id = d.article_id
);

create virtual table search_pages using fts5 (
  title, dek, body,
  tokenize = 'unicode61 remove_diacritics 2',
  prefix = '2 3'
);
insert into search_pages (rowid, title, dek, body)
select n.number, i.title, i.dek, i.body from search_numbers as n join search_index as i on i.rowid = n.former order by n.number;

drop trigger search_documents_removed;
drop table search_index;
alter table search_pages rename to search_index;

-- Titles once more, by themselves: what a title says is found however many texts say it too.
create virtual table search_titles using fts5 (
  title,
  tokenize = 'unicode61 remove_diacritics 2',
  prefix = '2 3',
  content = '', contentless_delete = 1
);
insert into search_titles (rowid, title) select rowid, title from search_index order by rowid;

delete from search_documents;
insert into search_documents (document, article_id) select number, article_id from search_numbers order by number;
drop table search_numbers;

create trigger search_documents_removed after delete on search_documents begin
  delete from search_index where rowid = old.document;
  delete from search_titles where rowid = old.document;
end;
