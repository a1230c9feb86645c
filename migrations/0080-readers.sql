-- Why a reader gets no mail whatever the status says: bounced, complained, forbidden by an editor. Null: nothing stands against it.
alter table subscribers add column suppressed text;
drop index subscribers_by_status;
create index subscribers_by_status on subscribers (status, suppressed, id);

-- A reader who chose no section gets all of them.
create table subscriber_sections (
  subscriber_id text not null references subscribers (id) on delete cascade,
  section_id    text not null references sections (id) on delete cascade,
  primary key (subscriber_id, section_id)
);
create index subscriber_sections_by_section on subscriber_sections (section_id);

-- Rebuilt with more kinds of events and what is to be said of them; nothing refers to this table.
create table consents_rebuilt (
  id            text primary key,
  subscriber_id text not null references subscribers (id) on delete cascade,
  at            text not null,
  event         text not null check (event in (
    'signed-up', 'confirmed', 'unsubscribed', 'imported', 'changed', 'moved', 'suppressed', 'lifted')),
  form          text not null,             -- which form, the mail whose link was used, the file that was imported
  wording       text not null,             -- version of the sentence that stood beside the button
  detail        text not null default ''   -- what was changed, what the file said of the consent
);
insert into consents_rebuilt (id, subscriber_id, at, event, form, wording)
  select id, subscriber_id, at, event, form, wording from consents;
drop table consents;
alter table consents_rebuilt rename to consents;
create index consents_of_subscriber on consents (subscriber_id, at);
create index consents_by_event on consents (event, at);

-- Rebuilt for the link that confirms a new address; nothing refers to this table.
create table subscriber_tokens_rebuilt (
  hash          text primary key,  -- of the token, which only the mail holds
  purpose       text not null check (purpose in ('confirm', 'unsubscribe', 'move')),
  subscriber_id text not null references subscribers (id) on delete cascade,
  expires       text,              -- null: never
  address       text               -- where a reader wants to move to
);
insert into subscriber_tokens_rebuilt (hash, purpose, subscriber_id, expires)
  select hash, purpose, subscriber_id, expires from subscriber_tokens;
drop table subscriber_tokens;
alter table subscriber_tokens_rebuilt rename to subscriber_tokens;
create index subscriber_tokens_by_expiry on subscriber_tokens (expires) where expires is not null;
create index subscriber_tokens_of_subscriber on subscriber_tokens (subscriber_id);

-- Addresses that get no mail, whatever is imported or signed up. The hash is keyed (HMAC), so that the address of somebody
-- who was erased cannot be found out by trying.
create table suppressions (
  hash   text primary key,
  email  text,          -- null once the reader was erased
  reason text not null check (reason in ('hard-bounce', 'soft-bounces', 'complaint', 'erased', 'editor', 'import')),
  detail text not null default '',
  at     text not null
);
create index suppressions_by_time on suppressions (at, hash);

-- What editors decide about the newsletter: name → JSON.
create table newsletter_settings (
  name  text primary key,
  value text not null
);
