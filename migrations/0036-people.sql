-- Colleagues: invited and not here yet, at work, or kept out for now.
alter table accounts add column state text not null default 'active' check (state in ('invited', 'active', 'disabled'));
alter table accounts add column last_seen text;
-- An authenticator app (TOTP, RFC 6238).
alter table accounts add column totp text not null default '';         -- its secret, sealed with the key in DATA_DIR; empty: none
alter table accounts add column totp_step integer not null default 0;  -- the last time step whose code was used

alter table sessions add column id text not null default '';           -- stays when the token is renewed
alter table sessions add column device text not null default '';       -- as 'Firefox on Linux'
alter table sessions add column confirmed text not null default '';    -- when its owner last proved to be there
update sessions set id = token_hash, confirmed = created;
create unique index sessions_by_id on sessions (id);

-- Passwords on paper for who lost the second factor. Each works once.
create table recovery_codes (
  code_hash  text primary key,  -- HMAC with the key in DATA_DIR
  account_id text not null references accounts (id) on delete cascade
);
create index recovery_codes_of_account on recovery_codes (account_id);

-- WebAuthn credentials.
create table passkeys (
  id         text primary key,  -- the credential's own, base64url
  account_id text not null references accounts (id) on delete cascade,
  name       text not null,     -- as its owner calls it
  public_key text not null,     -- COSE, base64url
  counter    integer not null,
  transports text not null,     -- JSON
  created    text not null,
  last_used  text
);
create index passkeys_of_account on passkeys (account_id);

-- Challenges carry their own proof and end; these were answered and may not be answered again before that.
create table spent_challenges (
  challenge_hash text primary key,
  expires        text not null
);
create index spent_challenges_by_expiry on spent_challenges (expires);

-- Links in mails to colleagues.
create table account_links (
  token_hash text primary key,
  purpose    text not null check (purpose in ('invitation', 'reset', 'email')),
  account_id text not null references accounts (id) on delete cascade,
  email      text not null,  -- where it was sent
  expires    text not null
);
create index account_links_of_account on account_links (account_id, purpose);

-- Whoever gave the right password and still owes the second factor. It opens nothing.
create table half_sign_ins (
  token_hash text primary key,
  account_id text not null references accounts (id) on delete cascade,
  expires    text not null
);
create index half_sign_ins_by_expiry on half_sign_ins (expires);

-- Tries that failed, whether or not there is such an account.
create table sign_in_failures (
  subject      text primary key,  -- HMAC of what was tried: no address can be read here
  failures     integer not null,
  locked_until text not null,
  last         text not null
);
create index sign_in_failures_by_time on sign_in_failures (last);

-- Who asks for a new password is answered before anybody looks whether there is such an account.
create table reset_requests (
  id    text primary key,
  email text not null,
  at    text not null
);

-- What the owners decided for everybody.
create table staff_rules (
  only          integer primary key check (only = 1),
  second_factor integer not null  -- 1: nobody works without one
);

create index audit_of_kind on audit (subject_kind, number);
