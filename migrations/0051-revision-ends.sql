-- Where each article's history ends, so that revisions cut off at its end are missed too.
create table revision_ends (
  article_id text primary key references articles (id) on delete cascade,
  number     integer not null,
  mark       text not null
);
insert into revision_ends (article_id, number, mark)
select article_id, number, mark from revisions as r
where number = (select max(number) from revisions where article_id = r.article_id);
