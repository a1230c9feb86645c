-- All that is kept of a tip beside its sealed files. No address, no browser, no time finer than the day.
create table tips (
  id     text primary key,  -- random; holds no time
  day    text not null,     -- of the first message
  lookup text not null unique  -- hash of what the codename derives to
);

create table tip_parts (
  tip_id text not null references tips (id) on delete cascade,
  batch  integer not null,  -- 1 for the tip itself, then one more each time the source adds to it
  number integer not null,  -- 0 for the message, then the files in their order
  day    text not null,
  primary key (tip_id, batch, number)
) without rowid;

-- To whom tips are sealed, beside those that the operator names in the environment.
create table recipients (
  public_key text primary key,
  added_day  text not null
);
