-- Which version of the working copy stands in the article's own row: a later one is not seen by readers yet.
alter table manuscripts add column filed integer not null default 0;

update manuscripts set filed = version
where article_id in (select id from articles where status not in ('published', 'withdrawn'));
