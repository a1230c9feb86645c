-- Mails that sign-ups caused within the last day: by them floods are noticed, also after a restart. No address stands here.
create table sign_up_mails (
  id      text primary key,
  at      text not null,
  address text not null,  -- keyed hash
  domain  text not null
);
create index sign_up_mails_by_time on sign_up_mails (at);
create index sign_up_mails_of_address on sign_up_mails (address, at);
create index sign_up_mails_of_domain on sign_up_mails (domain, at);

-- Readers whose confirmation waits, since too many signed up at once.
create table sign_ups_waiting (
  subscriber_id text primary key references subscribers (id) on delete cascade,
  since         text not null,
  domain        text not null,
  held          integer not null default 0  -- since a restore: until an editor says so
);
create index sign_ups_waiting_by_time on sign_ups_waiting (held, since, subscriber_id);
create index sign_ups_waiting_of_domain on sign_ups_waiting (domain);
