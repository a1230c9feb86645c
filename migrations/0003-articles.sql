create table sections (
  id          text primary key,
  slug        text not null unique,
  name        text not null,
  description text not null,
  position    integer not null
);

create table tags (
  id   text primary key,
  slug text not null unique,
  name text not null
);

create table authors (
  id          text primary key,
  slug        text not null unique,
  name        text not null,
  bio         text not null,
  picture     text references media (id),
  picture_alt text not null,
  links       text not null  -- JSON: [{ label, url }]
);

create table articles (
  id               text primary key,
  slug             text not null unique,
  title            text not null,
  dek              text not null,
  body             text not null,  -- Markdown
  status           text not null check (status in ('draft', 'scheduled', 'published', 'withdrawn')),
  section_id       text not null references sections (id),
  hero             text references media (id),
  hero_alt         text not null,
  hero_caption     text not null,
  hero_credit      text not null,
  quick_note       text,           -- null: the site's own; empty: none
  published        text,
  updated          text,
  update_reason    text,
  canonical_url    text,
  withdrawn_reason text,
  changed          text not null,
  check (status <> 'published' or published is not null)
);
create index articles_by_date on articles (published desc, id desc) where status = 'published';
create index articles_by_section on articles (section_id, published desc, id desc) where status = 'published';
create index articles_by_change on articles (coalesce(updated, published) desc, id desc) where status = 'published';

-- `published` stands here again, for published articles only, so that a listing is one walk along one index.
create table article_tags (
  article_id text not null references articles (id) on delete cascade,
  tag_id     text not null references tags (id),
  position   integer not null,
  published  text,
  primary key (article_id, tag_id)
);
create index article_tags_by_date on article_tags (tag_id, published desc, article_id desc) where published is not null;

create table article_authors (
  article_id text not null references articles (id) on delete cascade,
  author_id  text not null references authors (id),
  position   integer not null,
  published  text,
  primary key (article_id, author_id)
);
create index article_authors_by_date on article_authors (author_id, published desc, article_id desc) where published is not null;

create table corrections (
  id         text primary key,
  article_id text not null references articles (id) on delete cascade,
  at         text not null,
  text       text not null
);
create index corrections_by_date on corrections (at desc, id desc);
create index corrections_of_article on corrections (article_id, at);

-- Addresses that an article had before; they lead to it for good.
create table former_slugs (
  slug       text primary key,
  article_id text not null references articles (id) on delete cascade
);

-- What editors put at the top: place 0 is the lead, the others are the seconds.
create table front_page (
  place      integer primary key,
  article_id text not null references articles (id) on delete cascade
);
