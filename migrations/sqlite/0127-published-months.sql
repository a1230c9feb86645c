-- How many articles each month holds, in UTC, kept true by triggers: what lists months, or cuts the archive into sitemaps, need not
-- walk along all articles.
create table published_months (
  month    text primary key,  -- 2020-12
  articles integer not null
) without rowid;
insert into published_months (month, articles)
select substr(published, 1, 7), count(*) from articles where status = 'published' group by 1;

create trigger published_months_article_added after insert on articles when new.status = 'published' begin
  insert into published_months (month, articles) values (substr(new.published, 1, 7), 1)
  on conflict (month) do update set articles = articles + 1;
end;

create trigger published_months_article_changed after update of status, published on articles
when new.status is not old.status or new.published is not old.published begin
  update published_months set articles = articles - 1
  where old.status = 'published' and month = substr(old.published, 1, 7);
  delete from published_months where articles = 0 and month = substr(old.published, 1, 7);
  insert into published_months (month, articles)
  select substr(new.published, 1, 7), 1 where new.status = 'published'
  on conflict (month) do update set articles = articles + 1;
end;

create trigger published_months_article_removed after delete on articles when old.status = 'published' begin
  update published_months set articles = articles - 1 where month = substr(old.published, 1, 7);
  delete from published_months where articles = 0 and month = substr(old.published, 1, 7);
end;
