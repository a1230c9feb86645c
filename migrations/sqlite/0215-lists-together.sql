-- Whoever takes in many articles says here after which row of `articles` the new ones come. What the desk's list, its terms, its words and
-- the months say of them waits then, and is written for all of them at the end of the same transaction.
create table desk_list_waiting (
  only  integer primary key check (only = 1),
  after integer not null
);

drop trigger desk_list_article_added;
create trigger desk_list_article_added after insert on articles when not exists (select 1 from desk_list_waiting) begin
  insert into desk_list (article_id, account_id, state, section_id, changed, published, title)
  values (new.id, new.account_id,
    case when new.trashed is not null then 'trash' when new.status = 'draft' and new.submitted is not null then 'waiting'
      else new.status end,
    new.section_id, new.changed, coalesce(new.published, ''), substr(lower(new.title), 1, 80));
  insert into desk_search (rowid, words)
  select number, new.title || ' ' || new.dek || ' ' || new.body from desk_list where article_id = new.id;
end;
drop table desk_words_waiting;

drop trigger published_months_article_added;
create trigger published_months_article_added after insert on articles
when new.status = 'published' and not exists (select 1 from desk_list_waiting) begin
  insert into published_months (month, articles) values (substr(new.published, 1, 7), 1)
  on conflict (month) do update set articles = articles + 1;
end;

drop trigger desk_list_tag_added;
create trigger desk_list_tag_added after insert on article_tags when not exists (select 1 from desk_list_waiting) begin
  insert or ignore into desk_list_terms (term_id, number)
  select new.tag_id, number from desk_list where article_id = new.article_id;
end;

drop trigger desk_list_author_added;
create trigger desk_list_author_added after insert on article_authors when not exists (select 1 from desk_list_waiting) begin
  insert or ignore into desk_list_terms (term_id, number)
  select new.author_id, number from desk_list where article_id = new.article_id;
end;
