-- Mail that waits. A row is written in the transaction of what caused it and goes once a relay has accepted it,
-- since its text holds live tokens. What no relay will ever take stays as `failed`, without its text.
create table outbox (
  id           text primary key,
  recipient    text not null,
  from_name    text not null,
  subject      text not null,
  html         text not null,
  text         text not null,
  headers      text not null,  -- JSON: name → value
  status       text not null default 'queued' check (status in ('queued', 'failed')),
  attempts     integer not null default 0,
  next_attempt text not null,
  last_error   text,
  created      text not null
);
create index outbox_due on outbox (status, next_attempt, id);
