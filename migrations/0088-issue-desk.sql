-- A draft that was thrown away; it can be brought back.
alter table issues add column removed text;
-- Whether readers who want each article get this one by mail when it is published. An article is mailed so once.
alter table articles add column mail_when_published integer not null default 0;
alter table issues add column article_id text references articles (id) on delete set null;
create unique index issues_of_article on issues (article_id) where article_id is not null;
create index issues_archive on issues (number) where status = 'sent' and origin <> 'article';
