-- Links of issues that go by this server, which counts how often each is opened: by how many readers or by whom is not kept.
create table issue_links (
  issue_id text not null references issues (id) on delete cascade,
  position integer not null,           -- as in the link's address, from 1
  url      text not null,
  clicks   integer not null default 0,
  primary key (issue_id, position)
);
