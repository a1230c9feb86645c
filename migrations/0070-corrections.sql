-- A correction says what was wrong and what is right; `text` is both in one, or all there is of one from a file.
alter table corrections add column wrong text not null default '';
alter table corrections add column correct text not null default '';
alter table corrections add column changed text not null default '';  -- when it was last reworded; empty: never
alter table corrections add column account_id text references accounts (id) on delete set null;  -- by whom; not public

-- The date of an article's latest correction stands here again, so that sitemaps stay one walk along one index.
alter table articles add column corrected text;
update articles set corrected = (select max(at) from corrections where article_id = articles.id);
