-- Who works on the site.
create table accounts (
  id            text primary key,
  email         text not null unique,  -- folded: lower case
  name          text not null,
  role          text not null check (role in ('owner', 'editor', 'author', 'contributor')),
  password_hash text not null,         -- argon2id, PHC string
  created       text not null
);

-- Signed-in browsers. Only the hash of what the cookie holds is kept: a stolen database signs nobody in.
create table sessions (
  token_hash text primary key,
  account_id text not null references accounts (id) on delete cascade,
  created    text not null,
  last_used  text not null
);
create index sessions_of_account on sessions (account_id);

-- Links that work once.
create table staff_links (
  token_hash text primary key,
  purpose    text not null check (purpose in ('setup')),
  expires    text not null
);
