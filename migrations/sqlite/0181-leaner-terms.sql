-- What an article is filed under stands in its key alone, and one index serves readers' lists, counts and merges: two places for each
-- tag and author of an article instead of four.
create table filed_tags (
  article_id text not null references articles (id) on delete cascade,
  tag_id     text not null references tags (id),
  position   integer not null,
  published  text,
  primary key (article_id, tag_id)
) without rowid;
insert into filed_tags (article_id, tag_id, position, published)
select article_id, tag_id, position, published from article_tags order by article_id, tag_id;
drop table article_tags;
alter table filed_tags rename to article_tags;
create index article_tags_by_date on article_tags (tag_id, published desc, article_id desc);

create table filed_authors (
  article_id text not null references articles (id) on delete cascade,
  author_id  text not null references authors (id),
  position   integer not null,
  published  text,
  primary key (article_id, author_id)
) without rowid;
insert into filed_authors (article_id, author_id, position, published)
select article_id, author_id, position, published from article_authors order by article_id, author_id;
drop table article_authors;
alter table filed_authors rename to article_authors;
create index article_authors_by_date on article_authors (author_id, published desc, article_id desc);

-- The same for the desk's list, whose rows of tags and authors go by these before the article does.
create table listed_terms (
  term_id text not null,
  number  integer not null,
  primary key (term_id, number)
) without rowid;
insert into listed_terms (term_id, number) select term_id, number from desk_list_terms order by term_id, number;
drop table desk_list_terms;
alter table listed_terms rename to desk_list_terms;

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

create trigger desk_list_terms_removed before delete on articles begin
  delete from desk_list_terms
  where number = (select number from desk_list where article_id = old.id)
    and term_id in (select tag_id from article_tags where article_id = old.id
      union all select author_id from article_authors where article_id = old.id);
end;
