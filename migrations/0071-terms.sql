-- Whose profile it is among the staff; they may edit it themselves.
alter table authors add column account_id text references accounts (id) on delete set null;
create unique index authors_of_account on authors (account_id) where account_id is not null;

-- Addresses that a section, tag or author had before, and the ids of those that were merged into another. A working copy or
-- a revision may still name them.
create table former_terms (
  kind      text not null check (kind in ('section', 'tag', 'author')),
  slug      text not null,
  former_id text,           -- of one that was merged; null: it was only renamed
  term_id   text not null,  -- what it leads to
  primary key (kind, slug)
);
create index former_terms_of_term on former_terms (term_id);
create index former_terms_merged on former_terms (former_id) where former_id is not null;

-- What was deleted unused, so that the deletion can be undone for a day.
create table removed_terms (
  id      text primary key,
  kind    text not null,
  fields  text not null,  -- JSON of the row
  removed text not null
);
create index removed_terms_by_date on removed_terms (removed);

-- All articles of a term, drafts too: counted, merged, and asked before anything is deleted.
create index article_tags_of_tag on article_tags (tag_id, article_id);
create index article_authors_of_author on article_authors (author_id, article_id);
create index tags_by_name on tags (name);
create index articles_of_section on articles (section_id);
