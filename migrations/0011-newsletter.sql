create table subscribers (
  id           text primary key,
  email        text not null,         -- as the reader wrote it, the domain in ASCII
  email_key    text not null unique,  -- folded, so that nobody subscribes twice by capitals
  name         text not null,
  frequency    text not null check (frequency in ('every', 'daily', 'weekly')),
  status       text not null check (status in ('pending', 'active', 'unsubscribed')),
  created      text not null,
  confirmed    text,
  unsubscribed text
);

-- What a reader agreed to, when and where: the proof of consent.
create table consents (
  id            text primary key,
  subscriber_id text not null references subscribers (id) on delete cascade,
  at            text not null,
  event         text not null check (event in ('signed-up', 'confirmed', 'unsubscribed')),
  form          text not null,  -- which form, or the mail whose link was used
  wording       text not null   -- version of the sentence that stood beside the button
);
create index consents_of_subscriber on consents (subscriber_id, at);

create table subscriber_tokens (
  hash          text primary key,  -- of the token, which only the mail holds
  purpose       text not null check (purpose in ('confirm', 'unsubscribe')),
  subscriber_id text not null references subscribers (id) on delete cascade,
  expires       text               -- null: never
);
create index subscriber_tokens_by_expiry on subscriber_tokens (expires) where expires is not null;
create index subscriber_tokens_of_subscriber on subscriber_tokens (subscriber_id);
