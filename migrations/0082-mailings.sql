-- An issue under way to its readers. The letter is frozen when it is dispatched, so that all readers get the same.
-- The counts change in the transaction that changes the deliveries.
create table mailings (
  issue_id   text primary key references issues (id),
  number     integer not null unique,
  state      text not null check (state in ('queueing', 'sending', 'paused', 'held', 'finished', 'cancelled')),
  from_name  text not null,
  subject    text not null,
  html       text not null,
  text       text not null,
  frequency  text,                        -- as in issues
  sections   text not null default '[]',
  queued_to  text not null default '',    -- the last reader for whom a row was written
  queued     integer not null default 0,  -- waiting or under way
  accepted   integer not null default 0,
  failed     integer not null default 0,
  unknown    integer not null default 0,
  created    text not null,
  started    text,
  finished   text
);
create index mailings_by_state on mailings (state, number);

-- Programs that work on mailings; one that has not been seen for a while is dead, and what it was doing is looked after.
create table mail_workers (
  id   text primary key,
  seen text not null
);

-- What came back: bounces, complaints, and answers that were found to be neither.
create table bounces (
  id            text primary key,
  subscriber_id text references subscribers (id) on delete cascade,
  issue_id      text,
  at            text not null,
  kind          text not null check (kind in ('hard', 'soft', 'complaint', 'other')),
  code          text not null default '',   -- RFC 3463, as 5.1.1
  reason        text not null default '',
  decision      text not null check (decision in ('suppressed', 'counted', 'noted')),
  source        text not null check (source in ('smtp', 'command', 'webhook', 'relay')),
  raw           text not null default ''    -- the cause as it came, bounded
);
create index bounces_of_subscriber on bounces (subscriber_id, at);
create index bounces_by_time on bounces (at, id);
