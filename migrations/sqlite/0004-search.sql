-- FTS5 addresses documents by integer; articles have text ids.
create table search_documents (
  document   integer primary key,
  article_id text not null unique references articles (id) on delete cascade
);

create virtual table search_index using fts5 (
  title, dek, body,
  tokenize = 'unicode61 remove_diacritics 2',
  prefix = '2 3'
);

create trigger search_documents_removed after delete on search_documents begin
  delete from search_index where rowid = old.document;
end;
