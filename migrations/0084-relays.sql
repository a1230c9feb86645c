-- How many mails each relay took on a day (UTC), so that a day's share is kept across restarts.
create table relay_days (
  relay text not null,  -- host and port
  day   text not null,  -- YYYY-MM-DD
  sent  integer not null,
  primary key (relay, day)
);

-- The tag of a mail's return path: whose bounce it is when it comes back. Null: bounces go to the sender's address.
alter table outbox add column return_tag text;
