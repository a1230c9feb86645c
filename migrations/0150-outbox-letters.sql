-- What many mails have in common, kept once; of a mail that was made for one reader alone the outbox holds all.
create table outbox_letters (
  id    text primary key,  -- SHA-256 of what it says
  html  text not null,
  text  text not null,
  marks text not null      -- JSON: what stands in both for a reader's own values
);
alter table outbox add column letter text references outbox_letters (id);
alter table outbox add column filling text not null default '{}';  -- JSON: mark → value
