-- What the desk's list of articles filters and sorts by, on narrow rows of their own: an article's row is as wide as
-- its text. Kept true by triggers (see the engine's own migration), whoever writes articles.
create table desk_list (
  number     integer primary key,
  article_id text not null unique references articles (id) on delete cascade,
  account_id text,
  state      text not null,  -- draft, waiting, scheduled, published, withdrawn, trash
  section_id text not null,
  changed    text not null,  -- of the working copy, where that is newer
  published  text not null,  -- or planned; empty where neither
  title      text not null   -- folded, its first 80 characters
);
-- Each order holds all that a filter asks for, so that even a filter that finds nothing reads one index only.
create index desk_list_by_change on desk_list (changed, number, state, section_id, account_id);
create index desk_list_by_publication on desk_list (published, number, state, section_id, account_id);
create index desk_list_by_title on desk_list (title, number, state, section_id, account_id);
create index desk_list_by_state on desk_list (state, section_id, account_id);

-- Tags and authors, by the number above.
create table desk_list_terms (
  term_id text not null,
  number  integer not null references desk_list (number) on delete cascade,
  primary key (term_id, number)
) without rowid;
create index desk_list_terms_of_article on desk_list_terms (number);
