-- Whose the newsroom's keys are. Tips are sealed to those whose public half stands in the tip line's own database
-- (recipients); a key that does not stand there opens old tips only.
create table tip_keys (
  id         text primary key,
  public_key text not null unique,
  kind       text not null check (kind in ('editor', 'recovery')),
  account_id text references accounts (id) on delete set null,
  label      text not null,
  wrapped    text,           -- the secret half, sealed with a passphrase in the browser that made it (age, armoured); null: kept as a file
  made       text not null
);
create index tip_keys_account on tip_keys (account_id);
